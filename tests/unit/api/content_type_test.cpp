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
  for (const auto* wrong : {"", "json", "text/", "/csv", "text/c sv", "text/csv; charset", "text/csv; =x",
                            "text/csv; a=b c", "text/csv; a=\"b", "text/csv; a=1; A=2", "text/csv, text/xml",
                            "text/csv; a=b;c", "text/csv; a=\"b\"c\"", "text/csv; a=\"b\\c\""})
    EXPECT_FALSE(parse_content_type(wrong)) << wrong;
}

TEST(ContentTypes, of_xml_are_one_under_all_its_names) {
  for (const auto* name : {"application/xml", "text/xml", "Text/XML;charset=utf-8", "application/soap+xml"}) {
    const auto type = parse_content_type(name);
    ASSERT_TRUE(type) << name;
    EXPECT_EQ(type->media_type, "application/xml") << name;
    EXPECT_EQ(format_of(type->media_type), "xml") << name;
  }
  const auto with_action =
      parse_content_type("application/soap+xml; charset=utf-8; action=\"http://example.org/Give\"");
  ASSERT_TRUE(with_action);
  EXPECT_EQ(with_action->parameter("action"), "http://example.org/Give");
  EXPECT_EQ(with_action->parameter("charset"), "utf-8");
  EXPECT_EQ(parse_content_type("application/xhtml+xml")->media_type, "application/xhtml+xml");
}

}  // namespace
}  // namespace ketenpoort::api
