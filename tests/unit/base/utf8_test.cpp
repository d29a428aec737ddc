#include "gateway/base/utf8.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ketenpoort {
namespace {

TEST(Utf8, says_where_the_first_wrong_byte_stands) {
  EXPECT_EQ(find_invalid_utf8(""), 0U);
  EXPECT_EQ(find_invalid_utf8("Zoë"), std::string_view("Zoë").size());
  EXPECT_EQ(find_invalid_utf8("Zo\xEB"), 2U);
  const std::string long_before(100, 'x');
  EXPECT_EQ(find_invalid_utf8(long_before + "é\xFFmore"), 102U);
  EXPECT_EQ(find_invalid_utf8(long_before + "\xE2\x82"), 100U) << "a sequence that is cut off";
  EXPECT_EQ(find_invalid_utf8("a\xED\xA0\x80"), 1U) << "half a surrogate pair";
}

TEST(Utf8, is_valid_where_nothing_is_wrong) {
  EXPECT_TRUE(is_valid_utf8("😀 Zoë"));
  EXPECT_FALSE(is_valid_utf8("😀 Zo\xEB"));
}

}  // namespace
}  // namespace ketenpoort
