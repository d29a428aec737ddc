#include "gateway/api/http/query.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::api {
namespace {

TEST(ParseQuery, decodes_known_parameters) {
  const auto query = parse_query("state=held&after=a%20b", {"state", "after"});
  ASSERT_TRUE(query);
  EXPECT_EQ(query->at("state"), "held");
  EXPECT_EQ(query->at("after"), "a b");
  EXPECT_TRUE(parse_query("", {})->empty());
}

TEST(ParseQuery, refuses_unknown_repeated_and_broken_ones) {
  for (const char* bad : {"colour=red", "state=a&state=b", "state=%", "state=%4", "state=%00", "state=%FF", "&state=a"})
    EXPECT_FALSE(parse_query(bad, {"state"})) << bad;
}

TEST(ParseQuery, names_what_it_does_not_know_unless_that_may_be_more_than_a_name) {
  const auto place = [](const char* raw) {
    const auto issue = parse_query(raw, {"state", "after"}).error().issues.at(0);
    EXPECT_EQ(issue.code, ErrorCode::unknown_input) << raw;
    return issue.where + ": " + issue.detail;
  };
  EXPECT_EQ(place("colour=red"),
            "colour: this call does not know the parameter; leave it out, or use one of state, after");
  for (const char* number : {"90051400138=1", "ssin90051400138", "a%20b=1", "=1"})
    EXPECT_TRUE(place(number).starts_with("?: ")) << number;
  EXPECT_EQ(parse_query("state=held", {}).error().issues.at(0).detail, "this call takes no parameter; leave it out");
}

TEST(ParseNumber, takes_digits_alone) {
  EXPECT_EQ(parse_number("0"), 0U);
  EXPECT_EQ(parse_number("18446744073709551615"), 18'446'744'073'709'551'615U);
  for (const char* bad : {"", "-1", "+1", " 1", "1 ", "0x1", "1.0", "18446744073709551616"})
    EXPECT_FALSE(parse_number(bad)) << bad;
}

}  // namespace
}  // namespace ketenpoort::api
