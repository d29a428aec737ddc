#include "gateway/net/base_url.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::net::test {
namespace {

TEST(BaseUrl, is_taken_apart) {
  const auto url = parse_base_url("https://partner.example:8443/kvs/v1/").value();
  EXPECT_TRUE(url.tls);
  EXPECT_EQ(url.host, "partner.example");
  EXPECT_EQ(url.port, "8443");
  EXPECT_EQ(url.authority, "partner.example:8443");
  EXPECT_EQ(url.prefix, "/kvs/v1");
  EXPECT_EQ(parse_base_url("https://partner.example").value().port, "443");
  EXPECT_EQ(parse_base_url("https://[::1]:1").value().host, "::1");
  EXPECT_EQ(parse_base_url("https://my-partner.example/a_b~c.d-e").value().prefix, "/a_b~c.d-e");
  const auto plain = parse_base_url("http://127.0.0.1").value();
  EXPECT_FALSE(plain.tls);
  EXPECT_EQ(plain.port, "80");
}

TEST(BaseUrl, is_refused_when_it_is_not_one_or_would_send_in_the_clear) {
  for (const char* url : {"partner.example", "ftp://a", "https://", "https://a:0", "https://a:99999", "https://a:b",
                          "https://u@a", "https://a/b?c", "https://a/b#c", "https://[::1", "https://[::1]x",
                          "https://a:443x", "https://a:", "https://[partner.example]", "https://[fe80::1%1]",
                          "https://[fe80::1%25eth0]", "http://partner.example", "http://10.0.0.1", "https://a b"}) {
    const auto parsed = parse_base_url(url);
    ASSERT_FALSE(parsed) << url;
    EXPECT_EQ(parsed.error().code, ErrorCode::config);
  }
}

}  // namespace
}  // namespace ketenpoort::net::test
