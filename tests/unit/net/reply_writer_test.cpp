#include "gateway/net/reply_writer.hpp"

#include <gtest/gtest.h>

#include "tests/unit/net/loopback.hpp"

namespace ketenpoort::net::test {
namespace {

std::string written(const api::Reply& reply, bool secure = true) {
  ReplyContext context;
  context.secure = secure;
  std::string out;
  return write_reply(out, reply, context) ? out : std::string("refused" + out);
}

TEST(WriteReply, says_for_itself_only_what_the_handler_did_not) {
  const auto own = written({.body = "x", .headers = {{"cache-control", "private"}}});
  EXPECT_EQ(header_of(own, "cache-control"), "private");
  EXPECT_EQ(header_of(own, "Cache-Control"), "") << "two would be read as one, and the narrower counts";
  EXPECT_EQ(header_of(own, "X-Content-Type-Options"), "nosniff");
}

TEST(WriteReply, keeps_browsers_to_tls_only_where_there_is_tls) {
  EXPECT_NE(header_of(written({}), "Strict-Transport-Security"), "");
  const auto plain = written({}, false);
  EXPECT_EQ(header_of(plain, "Strict-Transport-Security"), "");
  EXPECT_EQ(header_of(plain, "Cache-Control"), "no-store");
}

// RFC 9110 8.6, RFC 9112 6.3: a body behind these would be read as the next answer.
TEST(WriteReply, gives_neither_length_nor_body_where_no_content_can_be) {
  for (const int status : {204, 304}) {
    const auto answer = written({.status = status, .body = "HTTP/1.1 200 OK\r\n\r\n"});
    EXPECT_EQ(header_of(answer, "Content-Length"), "") << status;
    EXPECT_EQ(body_of(answer), "") << status;
  }
  EXPECT_EQ(header_of(written({.status = 200}), "Content-Length"), "0");
}

TEST(WriteReply, refuses_control_characters_wherever_they_stand) {
  for (const std::string bad : {"a\rb", "a\nb", "\x1f", "\x7f"}) {
    EXPECT_EQ(written({.headers = {{"X", bad}}}), "refused") << bad;
    EXPECT_EQ(written({.headers = {{bad, "x"}}}), "refused") << bad;
    EXPECT_EQ(written({.content_type = bad, .body = "x"}), "refused") << bad;
  }
  EXPECT_NE(written({.headers = {{"X", "a b\x80"}}}), "refused") << "a space and what lies beyond ASCII are none";
}

TEST(WriteReply, tells_the_type_of_what_there_is) {
  EXPECT_EQ(header_of(written({.body = "x"}), "Content-Type"), "application/json");
  EXPECT_EQ(header_of(written({}), "Content-Type"), "");
}

}  // namespace
}  // namespace ketenpoort::net::test
