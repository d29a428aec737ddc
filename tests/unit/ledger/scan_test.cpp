#include "gateway/ledger/entry/scan.hpp"

#include <gtest/gtest.h>

#include <string>

#include "gateway/base/bytes.hpp"

namespace ketenpoort::ledger {
namespace {

template <Plain plain>
void expect_ends_at(const std::string& text, std::size_t at) {
  ASSERT_EQ(plain_length<plain>(text.data(), text.size()), at) << testing::PrintToString(text);
}

// Every byte at every place of texts of every length around the words they are read in.
TEST(PlainLength, ends_at_the_first_byte_that_is_not_plain) {
  for (std::size_t size = 0; size < 40; ++size) {
    expect_ends_at<Plain::ascii>(std::string(size, 'a'), size);
    for (std::size_t at = 0; at < size; ++at)
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(size, 'a');
        text[at] = static_cast<char>(byte);
        const bool ends = byte < 0x20 || byte == '"' || byte == '\\';
        expect_ends_at<Plain::utf8>(text, ends ? at : size);
        expect_ends_at<Plain::ascii>(text, ends || byte >= 0x80 ? at : size);
      }
  }
}

// A borrow of one byte must not hide the next, nor show one that is not there before it.
TEST(PlainLength, finds_the_first_of_several) {
  for (const std::string_view ends : {"\"\"", "!\"", "\"!", "\x1F ", " \x1F", "\\]", "[\\", "\x80\"", "\"\x80"})
    for (std::size_t before = 0; before < 34; ++before) {
      const auto text = std::string(before, 'a') + std::string(ends) + std::string(20, 'b');
      std::size_t first = 0;
      while (scan::is_plain<Plain::ascii>(text[first])) ++first;
      expect_ends_at<Plain::ascii>(text, first);
    }
}

// And the words without the instructions of one processor.
TEST(PlainLength, reads_eight_bytes_as_it_reads_one) {
  for (int byte = 0; byte < 256; ++byte)
    for (std::size_t at = 0; at < 8; ++at) {
      std::string text(8, 'a');
      text[at] = static_cast<char>(byte);
      std::uint64_t word = 0;
      std::memcpy(&word, text.data(), 8);
      ASSERT_EQ(scan::not_plain<Plain::ascii>(word) == 0, scan::is_plain<Plain::ascii>(text[at])) << byte;
      ASSERT_EQ(scan::not_plain<Plain::utf8>(word) == 0, scan::is_plain<Plain::utf8>(text[at])) << byte;
    }
}

TEST(ReadHex, takes_lower_case_digits_and_nothing_else) {
  std::array<std::uint8_t, 4> out{};
  ASSERT_TRUE(read_hex("0189abef", out));
  EXPECT_EQ(to_hex(out), "0189abef");
  EXPECT_FALSE(read_hex("0189abe", out));
  EXPECT_FALSE(read_hex("0189abef0", out));
  for (std::size_t at = 0; at < 8; ++at)
    for (int byte = 0; byte < 256; ++byte) {
      std::string text = "0189abef";
      text[at] = static_cast<char>(byte);
      const bool digit = hex_value(text[at]) >= 0;
      ASSERT_EQ(read_hex(text, out), digit) << byte;
      if (digit) ASSERT_EQ(to_hex(out), text);
    }
}

TEST(ReadUuid, takes_the_one_form_of_an_id) {
  const std::string text = "019ab5d0-7c00-7abc-8def-0123456789ab";
  Uuid id;
  ASSERT_TRUE(read_uuid(text, id));
  EXPECT_EQ(id.text(), text);
  EXPECT_FALSE(read_uuid(text + "0", id));
  EXPECT_FALSE(read_uuid(text.substr(1), id));
  for (std::size_t at = 0; at < text.size(); ++at)
    for (const char c : {'A', 'g', '-', ' ', '\xE9'}) {
      auto wrong = text;
      wrong[at] = c;
      ASSERT_EQ(read_uuid(wrong, id), wrong == text) << wrong;
    }
}

}  // namespace
}  // namespace ketenpoort::ledger
