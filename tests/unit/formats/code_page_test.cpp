#include "gateway/formats/code_page.hpp"

#include <gtest/gtest.h>

#include "gateway/base/utf8.hpp"

namespace ketenpoort::formats {
namespace {

TEST(CodePage, reads_what_mainframes_and_windows_write) {
  EXPECT_EQ(to_utf8("Jos\x82 \x80\xA0\xE1", CodePage::cp850), "José Çáß");
  EXPECT_EQ(to_utf8("Jos\xE9 \x80 \x93x\x94", CodePage::windows_1252), "José € “x”");
  EXPECT_EQ(to_utf8("Jos\xC3\xA9", CodePage::utf_8), "José");
  EXPECT_EQ(to_utf8("plain", CodePage::cp850), "plain");
  EXPECT_EQ(to_utf8("Jos\xE9 \xA4 \xA6\xA8\xB4\xB8\xBC\xBD\xBE \xA0\xFF", CodePage::iso_8859_15),
            "José € ŠšŽžŒœŸ \u00A0ÿ");
}

TEST(CodePage, refuses_bytes_without_a_character) {
  for (const char* undefined : {"\x81", "\x8D", "\x8F", "\x90", "\x9D"})
    EXPECT_FALSE(to_utf8(undefined, CodePage::windows_1252).has_value());
  for (const char* control : {"\x80", "\x9F"}) EXPECT_FALSE(to_utf8(control, CodePage::iso_8859_15).has_value());
  EXPECT_FALSE(to_utf8("\xE9", CodePage::utf_8).has_value());
}

TEST(CodePage, every_byte_comes_back_as_itself) {
  for (const auto page : {CodePage::windows_1252, CodePage::iso_8859_15, CodePage::cp850})
    for (int byte = 1; byte < 256; ++byte) {
      const std::string one(1, static_cast<char>(byte));
      const auto text = to_utf8(one, page);
      if (!text) continue;
      EXPECT_TRUE(is_valid_utf8(*text));
      EXPECT_EQ(from_utf8(*text, page), one) << byte;
    }
}

TEST(CodePage, writes_no_question_marks) {
  EXPECT_EQ(from_utf8("Çelik", CodePage::cp850),
            "\x80"
            "elik");
  EXPECT_FALSE(from_utf8("ليلى", CodePage::cp850).has_value());
  EXPECT_FALSE(from_utf8("Ł", CodePage::windows_1252).has_value());
}

TEST(CodePage, has_names) {
  EXPECT_EQ(parse_code_page("cp850"), CodePage::cp850);
  EXPECT_EQ(parse_code_page("windows-1252"), CodePage::windows_1252);
  EXPECT_FALSE(parse_code_page("latin1").has_value());
  EXPECT_EQ(to_text(CodePage::utf_8), "utf-8");
}

TEST(CodePage, a_charset_has_several_names) {
  EXPECT_EQ(find_charset("UTF-8"), CodePage::utf_8);
  EXPECT_EQ(find_charset("us-ascii"), CodePage::utf_8);
  EXPECT_EQ(find_charset("Windows-1252"), CodePage::windows_1252);
  EXPECT_EQ(find_charset("ISO-8859-1"), CodePage::windows_1252);
  EXPECT_EQ(find_charset("IBM850"), CodePage::cp850);
  EXPECT_EQ(find_charset("cp850"), CodePage::cp850);
  EXPECT_EQ(find_charset("utf-16"), std::nullopt);
  EXPECT_EQ(find_charset(""), std::nullopt);
}

}  // namespace
}  // namespace ketenpoort::formats
