#include "gateway/base/field_text.hpp"

#include <gtest/gtest.h>

namespace ketenpoort {
namespace {

TEST(Trim, takes_what_is_named_off_both_ends_and_nothing_else) {
  EXPECT_EQ(trim(" \t a b\t "), "a b");
  EXPECT_EQ(trim(" \n"), "\n") << "a line end is no OWS";
  EXPECT_EQ(trim(" \r\n\v\f\ta\n", is_space), "a");
  EXPECT_EQ(trim("\t a ", is_blank), "\t a");
  EXPECT_EQ(trim_end(" a ", is_blank), " a");
  EXPECT_EQ(trim("   "), "");
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim("\xC2\xA0", is_space), "\xC2\xA0") << "of ASCII only";
}

TEST(IsToken, knows_the_characters_of_names) {
  EXPECT_TRUE(is_token("ld+json"));
  EXPECT_TRUE(is_token("!#$%&'*+-.^_`|~09azAZ"));
  for (const auto* wrong : {"", "a b", "a/b", "\"a\"", "\xC3\xA9", "a,"}) EXPECT_FALSE(is_token(wrong)) << wrong;
}

TEST(ReadWeight, is_nought_to_one_with_three_digits_at_most) {
  EXPECT_EQ(read_weight("0"), 0);
  EXPECT_EQ(read_weight("1"), 1000);
  EXPECT_EQ(read_weight("1.000"), 1000);
  EXPECT_EQ(read_weight("0.5"), 500);
  EXPECT_EQ(read_weight("0.875"), 875);
  EXPECT_EQ(read_weight("0.001"), 1);
  EXPECT_EQ(read_weight("0."), 0);
  for (const auto* wrong : {"", "2", "1.001", ".5", "0,5", "0.1234", "00", "-0", "0.x"})
    EXPECT_FALSE(read_weight(wrong)) << wrong;
}

}  // namespace
}  // namespace ketenpoort
