#include "gateway/mapping/notation/path.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::mapping {
namespace {

TEST(ParsePath, singular_queries_are_read) {
  const auto path = parse_path("a.b[0].c['odd name'][-1]");
  ASSERT_TRUE(path.has_value());
  ASSERT_EQ(path->steps.size(), 6U);
  EXPECT_EQ(path->steps[0].key, "a");
  EXPECT_EQ(path->steps[2].index, 0);
  EXPECT_EQ(path->steps[4].key, "odd name");
  EXPECT_EQ(path->steps[5].index, -1);
  EXPECT_FALSE(path->absolute);
}

TEST(ParsePath, roots_and_current_element) {
  EXPECT_TRUE(parse_path("$.a")->absolute);
  EXPECT_TRUE(parse_path("$")->steps.empty());
  EXPECT_TRUE(parse_path("@")->steps.empty());
  EXPECT_EQ(parse_path("[\"a\\\"b\"]")->steps[0].key, "a\"b");
  EXPECT_EQ(parse_path("\xC3\xA9t\xC3\xA9_1")->steps[0].key, "\xC3\xA9t\xC3\xA9_1");
}

TEST(ParsePath, what_gives_more_than_one_value_or_none_is_refused) {
  for (const auto* bad : {"",      ".",  "a.",  ".a",   "a..b",  "a[*]", "a[0:1]", "a[?@.b]", "a[0,1]", "a[01]",
                          "a[-0]", "a[", "a[1", "a['b", "a['b'", "a b",  "1a",     "a-b",     "a[]",    "a['\\x']"})
    EXPECT_FALSE(parse_path(bad).has_value()) << bad;
  EXPECT_FALSE(parse_path(std::string(501, 'a')).has_value());
  EXPECT_TRUE(parse_path("a[].b", true).has_value());
}

}  // namespace
}  // namespace ketenpoort::mapping
