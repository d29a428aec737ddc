#include "gateway/base/byte_block.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>

namespace ketenpoort {
namespace {

template <class Is>
unsigned expected(const std::array<char, ByteBlock::size>& bytes, Is is) {
  unsigned mask = 0;
  for (unsigned i = 0; i < ByteBlock::size; ++i)
    mask |= static_cast<unsigned>(is(static_cast<unsigned char>(bytes[i]))) << i;
  return mask;
}

TEST(ByteBlock, tells_of_every_byte_at_every_place) {
  for (unsigned byte = 0; byte < 256; ++byte)
    for (std::size_t place = 0; place < ByteBlock::size; ++place) {
      std::array<char, ByteBlock::size> bytes{};
      for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(byte + 37 * i);
      bytes[place] = static_cast<char>(byte);
      const ByteBlock block(bytes.data());
      EXPECT_EQ(block.json_specials(), expected(bytes, [](auto c) { return c < 0x20 || c == '"' || c == '\\'; }));
      EXPECT_EQ(block.xml_specials(),
                expected(bytes, [](auto c) { return c < 0x20 || c == '&' || c == '<' || c == '>'; }));
      EXPECT_EQ(block.name_bytes(), expected(bytes, [](auto c) {
                  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                         c == '.' || c == '_';
                }));
      EXPECT_EQ(block.xml_spaces(),
                expected(bytes, [](auto c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }));
      EXPECT_EQ(block.high(), expected(bytes, [](auto c) { return c >= 0x80; }));
    }
}

TEST(ByteBlock, writes_what_it_read) {
  const std::string text = "sixteen bytes...";
  std::string copy(ByteBlock::size, '\0');
  ByteBlock(text.data()).write(copy.data());
  EXPECT_EQ(copy, text);
}

TEST(ByteBlock, same_text_looks_at_every_byte_and_none_beyond) {
  for (std::size_t size = 0; size < 40; ++size) {
    const auto one = std::string(size, 'a') + "x" + std::string(ByteBlock::size, '\0');
    const auto other = std::string(size, 'a') + "y" + std::string(ByteBlock::size, '\1');
    EXPECT_TRUE(same_text(one.data(), other.data(), size));
    EXPECT_FALSE(same_text(one.data(), other.data(), size + 1));
    for (std::size_t place = 0; place < size; ++place) {
      auto changed = other;
      changed[place] = 'b';
      EXPECT_FALSE(same_text(one.data(), changed.data(), size));
    }
  }
}

TEST(ByteBlock, greater_of_two_at_every_place) {
  for (unsigned byte = 0; byte < 256; ++byte) {
    std::array<char, ByteBlock::size> rising{};
    std::array<char, ByteBlock::size> same{};
    for (std::size_t i = 0; i < rising.size(); ++i) rising[i] = static_cast<char>(i * 16);
    same.fill(static_cast<char>(byte));
    std::array<char, ByteBlock::size> greater{};
    ByteBlock(rising.data()).greater_of(ByteBlock(same.data())).write(greater.data());
    for (std::size_t i = 0; i < greater.size(); ++i)
      EXPECT_EQ(static_cast<unsigned char>(greater[i]), std::max<unsigned>(byte, static_cast<unsigned>(i * 16)));
    EXPECT_EQ(ByteBlock(greater.data()).greatest(), std::max(byte, 240U));
  }
}

}  // namespace
}  // namespace ketenpoort
