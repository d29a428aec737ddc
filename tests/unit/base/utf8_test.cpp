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

TEST(Utf8, white_space_at_the_ends_is_that_of_unicode) {
  EXPECT_EQ(trim_white_space(" \t\nZoë Ann\r\n "), "Zoë Ann");
  EXPECT_EQ(trim_white_space("\u00A0\u2003Zoë\u00A0Ann\u202F\u3000\u00A0 "), "Zoë\u00A0Ann") << "no-break spaces too";
  EXPECT_EQ(trim_white_space("\uFEFFà\u0085"), "à") << "whose last byte is that of a no-break space";
  EXPECT_EQ(trim_white_space("\u00A0 \u2028"), "");
  EXPECT_EQ(trim_white_space("\u200Eé\u0301"), "\u200Eé\u0301");
}

TEST(Utf8, is_latin_where_no_letter_of_another_script_stands) {
  for (const auto* name :
       {"", "O'Neil", "al-ʿAbbās", "Məmmədov", "Ɓaɗɛɔ", "Nguyễn", "ﬁ", "D’Hondt-Çelik", "e\u0301", "Aꞌo"})
    EXPECT_TRUE(is_latin(name)) << name;
  for (const auto* name : {"حداد", "Ҳасан", "ሳሙኤል", "Σ", "山", "Ann Б", "😀"}) EXPECT_FALSE(is_latin(name)) << name;
}

}  // namespace
}  // namespace ketenpoort
