// Where the bytes of a log are read by the word: the end of a string, and hexadecimal digits. Internal to
// gateway/ledger.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "gateway/base/uuid.hpp"

namespace ketenpoort::ledger {

// Which bytes end a run of plain text: '"', '\' and control characters always, those beyond ASCII if asked.
enum class Plain : unsigned char { ascii, utf8 };

namespace scan {

constexpr std::uint64_t ones = 0x0101010101010101U;
constexpr std::uint64_t highs = 0x8080808080808080U;

template <Plain plain>
bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && c != '"' && c != '\\' && (plain == Plain::utf8 || byte < 0x80);
}

// The high bit of every byte that is not plain; of the lowest such byte for certain, higher ones may be wrong.
template <Plain plain>
std::uint64_t not_plain(std::uint64_t word) {
  const std::uint64_t quote = word ^ (ones * '"');
  const std::uint64_t slash = word ^ (ones * '\\');
  const std::uint64_t hit = ((quote - ones) & ~quote) | ((slash - ones) & ~slash) | ((word - ones * 0x20) & ~word);
  return (plain == Plain::ascii ? hit | word : hit) & highs;
}

#ifdef __SSE2__
// One bit for each of sixteen bytes that is not plain.
template <Plain plain>
unsigned not_plain(__m128i bytes) {
  const auto quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  const auto slash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  // Bytes beyond ASCII are negative, and so below any other.
  const auto low = plain == Plain::ascii ? _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20))
                                         : _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, slash), low)));
}
#endif

}  // namespace scan

// How many bytes from here on are plain.
template <Plain plain>
std::size_t plain_length(const char* at, std::size_t size) {
  std::size_t i = 0;
#ifdef __SSE2__
  for (; i + 16 <= size; i += 16) {
    __m128i bytes;
    std::memcpy(&bytes, at + i, sizeof bytes);
    if (const auto hit = scan::not_plain<plain>(bytes); hit != 0)
      return i + static_cast<std::size_t>(std::countr_zero(hit));
  }
#endif
  if constexpr (std::endian::native == std::endian::little)
    for (; i + 8 <= size; i += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, at + i, sizeof word);
      if (const auto hit = scan::not_plain<plain>(word); hit != 0)
        return i + static_cast<std::size_t>(std::countr_zero(hit)) / 8;
    }
  while (i < size && scan::is_plain<plain>(at[i])) ++i;
  return i;
}

// Lower-case digits only: what stands in the ledger has one encoding. -1 for anything else.
constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

// Eight lower-case hex digits.
inline bool read_eight_digits(const char* at, std::uint8_t* out) {
  if constexpr (std::endian::native != std::endian::little) {
    for (std::size_t i = 0; i < 4; ++i) {
      const int high = hex_value(at[2 * i]);
      const int low = hex_value(at[2 * i + 1]);
      if (high < 0 || low < 0) return false;
      out[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return true;
  }
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  if ((word & scan::highs) != 0) return false;
  // Sums of two numbers below 0x80: no byte carries into the next, and the high bit says which was reached.
  const auto reached = [word](std::uint64_t c) { return word + scan::ones * (0x80 - c); };
  const auto letter = reached('a') & ~reached('f' + 1);
  const auto digit = reached('0') & ~reached('9' + 1);
  if (((letter | digit) & scan::highs) != scan::highs) return false;
  const auto values = (word & scan::ones * 0x0F) + ((letter & scan::highs) >> 7) * 9;
  auto pairs = (values << 4 | values >> 8) & 0x00FF00FF00FF00FFU;
  pairs = (pairs | pairs >> 8) & 0x0000FFFF0000FFFFU;
  const auto bytes = static_cast<std::uint32_t>(pairs | pairs >> 16);
  std::memcpy(out, &bytes, sizeof bytes);
  return true;
}

// Exactly out.size() * 2 lower-case hex digits; out.size() is a multiple of four.
inline bool read_hex(std::string_view text, std::span<std::uint8_t> out) {
  if (text.size() != out.size() * 2) return false;
  for (std::size_t i = 0; i < out.size(); i += 4)
    if (!read_eight_digits(text.data() + 2 * i, out.data() + i)) return false;
  return true;
}

// In lower case: an id has one form.
inline bool read_uuid(std::string_view text, Uuid& out) {
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return false;
  const char* at = text.data();
  char digits[16];
  std::memcpy(digits, at + 9, 4);
  std::memcpy(digits + 4, at + 14, 4);
  std::memcpy(digits + 8, at + 19, 4);
  std::memcpy(digits + 12, at + 24, 4);
  auto* bytes = out.bytes.data();
  return read_eight_digits(at, bytes) && read_eight_digits(digits, bytes + 4) &&
         read_eight_digits(digits + 8, bytes + 8) && read_eight_digits(at + 28, bytes + 12);
}

}  // namespace ketenpoort::ledger
