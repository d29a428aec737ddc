#include "gateway/api/http/content_type.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::api {
namespace {

TEST(ContentTypes, are_read_whatever_their_case_and_spaces) {
  const auto plain = parse_content_type("application/json");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->media_type, "application/json");
  EXPECT_TRUE(plain->parameters.empty());
  const auto full = parse_content_type("Text/CSV ; Charset=\"UTF-8\";mapping=legacy-csv-to-resident ;");
  ASSERT_TRUE(full);
  EXPECT_EQ(full->media_type, "text/csv");
  EXPECT_EQ(full->parameters.at("charset"), "UTF-8");
  EXPECT_EQ(full->parameters.at("mapping"), "legacy-csv-to-resident");
}

TEST(ContentTypes, that_are_none_are_nothing) {
  for (const auto* wrong :
       {"", "json", "text/", "/csv", "text/c sv", "text/csv; charset", "text/csv; =x", "text/csv; a=b c",
        "text/csv; a=\"b", "text/csv; a=1; A=2", "text/csv, text/xml", "text/csv; a=b;c"})
    EXPECT_FALSE(parse_content_type(wrong)) << wrong;
}

}  // namespace
}  // namespace ketenpoort::api
