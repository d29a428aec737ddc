#include "gateway/base/utf8.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "gateway/base/byte_block.hpp"

namespace ketenpoort {
namespace {

std::size_t skip_ascii(const unsigned char* at, std::size_t size) {
  std::size_t i = 0;
  const auto block = [&](std::size_t number) {
    return ByteBlock(reinterpret_cast<const char*>(at) + i + number * ByteBlock::size);
  };
  for (; i + 4 * ByteBlock::size <= size; i += 4 * ByteBlock::size)
    if (block(0).greater_of(block(1)).greater_of(block(2).greater_of(block(3))).high() != 0) break;
  for (; i + ByteBlock::size <= size; i += ByteBlock::size)
    if (block(0).high() != 0) break;
  while (i < size && at[i] < 0x80) ++i;
  return i;
}

bool continues(unsigned char c) {
  return (c & 0xC0) == 0x80;
}

// The length of the well-formed sequence at `at`, 0 if there is none (RFC 3629 section 4, table of byte ranges).
std::size_t sequence_length(const unsigned char* at, std::size_t size) {
  const unsigned char c = at[0];
  if (c >= 0xC2 && c <= 0xDF) return size >= 2 && continues(at[1]) ? 2 : 0;
  if (c >= 0xE0 && c <= 0xEF) {
    if (size < 3 || !continues(at[1]) || !continues(at[2])) return 0;
    if (c == 0xE0 && at[1] < 0xA0) return 0;
    if (c == 0xED && at[1] > 0x9F) return 0;
    return 3;
  }
  if (c >= 0xF0 && c <= 0xF4) {
    if (size < 4 || !continues(at[1]) || !continues(at[2]) || !continues(at[3])) return 0;
    if (c == 0xF0 && at[1] < 0x90) return 0;
    if (c == 0xF4 && at[1] > 0x8F) return 0;
    return 4;
  }
  return 0;
}

// The code point at the front of a text and how many bytes it takes. What is no UTF-8 is taken for one character of one
// byte that is of no script.
std::pair<utf8proc_int32_t, std::size_t> first_point(std::string_view text) {
  utf8proc_int32_t point = 0;
  const auto used = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                     static_cast<utf8proc_ssize_t>(text.size()), &point);
  return used > 0 ? std::pair(point, static_cast<std::size_t>(used)) : std::pair(-1, std::size_t{1});
}

bool is_white_space(utf8proc_int32_t point) {
  constexpr utf8proc_int32_t next_line = 0x85;
  constexpr utf8proc_int32_t byte_order_mark = 0xFEFF;
  if (point < 0x80) return point == ' ' || (point >= '\t' && point <= '\r');
  const auto category = utf8proc_category(point);
  return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP ||
         point == next_line || point == byte_order_mark;
}

// Unicode's blocks that hold Latin letters (the IPA's among them, which African and Caucasian languages write with),
// the marks on them and general punctuation.
constexpr std::array latin_blocks = {std::pair{0x0000, 0x036F}, std::pair{0x1D00, 0x1DBF}, std::pair{0x1E00, 0x1EFF},
                                     std::pair{0x2000, 0x206F}, std::pair{0x2C60, 0x2C7F}, std::pair{0xA720, 0xA7FF},
                                     std::pair{0xAB30, 0xAB6F}, std::pair{0xFB00, 0xFB06}};

}  // namespace

bool is_valid_utf8(std::string_view text) {
  return find_invalid_utf8(text) == text.size();
}

std::size_t find_invalid_utf8(std::string_view text) {
  const auto* at = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t left = text.size();
  while (left > 0) {
    const std::size_t ascii = skip_ascii(at, left);
    at += ascii;
    left -= ascii;
    if (left == 0) break;
    const std::size_t length = sequence_length(at, left);
    if (length == 0) return text.size() - left;
    at += length;
    left -= length;
  }
  return text.size();
}

bool is_surely_nfc(std::string_view text) {
  const char* at = text.data();
  std::size_t left = text.size();
  for (; left >= 8; at += 8, left -= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    // A byte is 0xCC or more when its high bit is set and its low seven bits are 0x4C or more.
    const std::uint64_t low_is_large = (word & 0x7F7F7F7F7F7F7F7FULL) + 0x3434343434343434ULL;
    if ((low_is_large & word & 0x8080808080808080ULL) != 0) return false;
  }
  for (; left > 0; ++at, --left)
    if (static_cast<unsigned char>(*at) >= 0xCC) return false;
  return true;
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !continues(static_cast<unsigned char>(c)); }));
}

std::string_view last_characters(std::string_view text, std::size_t count) {
  auto at = text.size();
  while (at > 0 && count > 0)
    if (!continues(static_cast<unsigned char>(text[--at]))) --count;
  return text.substr(at);
}

std::string_view trim_white_space(std::string_view text) {
  while (!text.empty() && may_be_white_space(text.front())) {
    const auto [point, size] = first_point(text);
    if (!is_white_space(point)) break;
    text.remove_prefix(size);
  }
  while (!text.empty() && may_be_white_space(text.back())) {
    const auto last = last_characters(text, 1);
    if (!is_white_space(first_point(last).first)) break;
    text.remove_suffix(last.size());
  }
  return text;
}

bool is_latin(std::string_view text) {
  while (true) {
    text.remove_prefix(skip_ascii(reinterpret_cast<const unsigned char*>(text.data()), text.size()));
    if (text.empty()) return true;
    const auto [point, size] = first_point(text);
    const auto holds = [c = point](const auto& block) { return block.first <= c && c <= block.second; };
    if (!std::ranges::any_of(latin_blocks, holds)) return false;
    text.remove_prefix(size);
  }
}

Result<std::string> to_nfc(std::string_view text) {
  if (is_surely_nfc(text)) return std::string(text);
  utf8proc_uint8_t* out = nullptr;
  const auto size =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()), static_cast<utf8proc_ssize_t>(text.size()),
                   &out, static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
  if (size < 0) return fail(ErrorCode::malformed, "text is not valid UTF-8");
  std::string result(reinterpret_cast<const char*>(out), static_cast<std::size_t>(size));
  std::free(out);
  return result;
}

}  // namespace ketenpoort
