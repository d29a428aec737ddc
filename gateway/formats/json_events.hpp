// What the tree of a JSON text is read with: RapidJSON's reader over a stream of ours, behind the checks it lacks.
// Internal to formats and mapping.
#pragma once

#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "gateway/base/byte_block.hpp"
#include "gateway/base/result.hpp"

namespace ketenpoort::formats {

// Refuses what RapidJSON 1.1 lets through or reads past: a NUL byte (ends its input silently), invalid UTF-8 (its own
// check reads past a truncated buffer), and \u escapes of NUL or of a lone low surrogate. `offset` is where.
struct TextFault {
  const char* what = nullptr;  // null: none
  std::size_t offset = 0;
  bool surely_printable = false;  // as JsonView has it, should the text be JSON
};
TextFault check_json_text(std::string_view text);

// "line:column" (from 1, column in bytes) of an offset.
std::string line_and_column(std::string_view text, std::size_t offset);

constexpr unsigned json_flags = rapidjson::kParseInsituFlag | rapidjson::kParseNumbersAsStringsFlag;

// RapidJSON as it is: what our own ways of reading are measured and tested against. Parses `buffer` (size bytes, then a
// NUL), which it overwrites; strings handed to `handler` point into it. The handler stops at its own limits by
// returning false. The text must have passed check_json_text.
template <class Handler>
rapidjson::ParseResult parse_in_situ(rapidjson::Reader& reader, char* buffer, Handler& handler) {
  rapidjson::InsituStringStream stream(buffer);
  return reader.Parse<json_flags>(stream, handler);
}

// How much a buffer for JsonStream holds behind the text: a NUL, and what a block may read beyond.
constexpr std::size_t json_padding = ByteBlock::size + 1;

// As RapidJSON's stream for text in situ, with two differences. It passes over what a string begins with a block at a
// time, mostly the whole of it. (RapidJSON 1.1's own way of doing so, RAPIDJSON_SSE2, lets raw control characters from
// 0x1A on through.) And it is no stream to be copied for each value; RapidJSON asks such a one for the place of a
// number when it has read it, so RawNumber is told where the number ends.
class JsonStream {
 public:
  using Ch = char;
  explicit JsonStream(char* text) : from_(text), to_(text), text_(text) {}

  [[nodiscard]] char Peek() const { return *from_; }
  char Take() { return *from_++; }
  [[nodiscard]] std::size_t Tell() const { return static_cast<std::size_t>(from_ - text_); }
  // The NUL behind a string is left out: nobody needs it, and reading the string would wait for it to be written.
  void Put(char c) {
    if (c != '\0') *to_ = c;
    ++to_;
  }
  char* PutBegin() {
    auto* const begin = from_;
    if (begin[-1] != '"') return begin;  // a number
    unsigned ends = 0;
    while ((ends = ByteBlock(from_).json_specials()) == 0) from_ += ByteBlock::size;
    from_ += std::countr_zero(ends);
    to_ = from_;
    return begin;
  }
  std::size_t PutEnd(const char* begin) { return static_cast<std::size_t>(to_ - begin); }
  void Flush() {}

 private:
  char* from_;
  char* to_;
  char* text_;
};

// Equal for equal texts, and mostly different for others: what their first and last eight bytes and their size make.
inline std::uint32_t tag_of(std::uint64_t first, std::uint64_t last, std::size_t size) {
  const auto mixed = (first ^ std::rotl(last * 0x9E3779B97F4A7C15ULL, 29) ^ size) * 0xD6E8FEB86659FD93ULL;
  return static_cast<std::uint32_t>(mixed >> 32);
}

inline std::uint32_t tag_of(std::string_view text) {
  const auto size = text.size();
  const auto bytes = [&]<class T>(std::size_t at, T bytes) {
    std::memcpy(&bytes, text.data() + at, sizeof bytes);
    return std::uint64_t{bytes};
  };
  std::uint64_t all = 0;  // of a short text; where pieces overlap they have the same bits
  if (size >= 8) return tag_of(bytes(0, std::uint64_t{}), bytes(size - 8, std::uint64_t{}), size);
  if (size >= 4)
    all = bytes(0, std::uint32_t{}) | bytes(size - 4, std::uint32_t{}) << 8 * (size - 4);
  else if (size > 0)
    all = bytes(0, std::uint8_t{}) | bytes(size / 2, std::uint8_t{}) << 8 * (size / 2) |
          bytes(size - 1, std::uint8_t{}) << 8 * (size - 1);
  return tag_of(all, all, size);
}

// The same of a text that is readable for eight bytes, sooner told.
inline std::uint32_t tag_of_readable(const char* at, std::size_t size) {
  if (size == 0) return tag_of(0, 0, 0);
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::memcpy(&first, at, 8);
  std::memcpy(&last, at + (size > 8 ? size - 8 : 0), 8);
  const auto wanted = ~std::uint64_t{0} >> (size < 8 ? 64 - 8 * size : 0);
  return tag_of(first & wanted, last & wanted, size);
}

}  // namespace ketenpoort::formats
