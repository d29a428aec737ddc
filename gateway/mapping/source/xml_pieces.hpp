// The small pieces of XML, as xml_scan.cpp meets them.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

#include "gateway/base/byte_block.hpp"

namespace ketenpoort::mapping {

inline bool is_xml_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}
inline bool is_forbidden_in_xml(char c) {
  return static_cast<unsigned char>(c) < 0x20 && !is_xml_space(c);
}
// Whatever lies beyond ASCII counts; Name::high tells of it.
inline bool begins_xml_name(char c) {
  const auto u = static_cast<unsigned char>(c);
  return (u | 0x20U) - 'a' < 26U || c == '_' || c == ':' || u >= 0x80;
}

inline char* skip_xml_space(char* at) {
  while (is_xml_space(*at)) ++at;
  return at;
}
// Is there nothing but white space? A block must be readable from wherever it ends.
[[gnu::always_inline]] inline bool is_all_xml_space(const char* at, const char* end) {
  for (; end - at > static_cast<std::ptrdiff_t>(ByteBlock::size); at += ByteBlock::size)
    if (ByteBlock(at).xml_spaces() != 0xFFFFU) return false;
  return (ByteBlock(at).xml_spaces() | ~0U << (end - at)) == ~0U;
}

struct Name {
  const char* text = nullptr;
  std::uint32_t size = 0;
  std::uint32_t prefix = 0;  // its size; 0: none
  bool wrong = false;        // colons where none may be
  bool high = false;         // not ASCII alone

  [[nodiscard]] std::uint32_t local_at() const { return prefix == 0 ? 0 : prefix + 1; }
  [[nodiscard]] std::string_view whole() const { return {text, size}; }
};

// Names with several colons, or beyond ASCII.
char* take_unusual_name(char* begin, Name& name);

[[gnu::always_inline]] inline char* skip_name_bytes(char* at) {
  while (true) {
    const auto others = ~ByteBlock(at).name_bytes() & 0xFFFFU;
    if (others != 0) return at + std::countr_zero(others);
    at += ByteBlock::size;
  }
}

// The name that begins here; gives where it ends.
[[gnu::always_inline]] inline char* take_name(char* const begin, Name& name) {
  char* at = skip_name_bytes(begin);
  name = {begin, 0, 0, false, false};
  if (*at == ':') {
    name.prefix = static_cast<std::uint32_t>(at - begin);
    at = skip_name_bytes(at + 1);
    name.wrong = name.prefix == 0 || !begins_xml_name(begin[name.prefix + 1]);
  }
  if (*at == ':' || static_cast<unsigned char>(*at) >= 0x80) [[unlikely]]
    return take_unusual_name(begin, name);
  name.size = static_cast<std::uint32_t>(at - begin);
  return at;
}

// Is the text a name of ASCII alone, without a colon? A block must be readable from wherever it ends.
[[gnu::always_inline]] inline bool is_readable_usual_xml_name(const char* text, std::size_t size) {
  const auto first = static_cast<unsigned char>(*text);
  if ((first | 0x20U) - 'a' >= 26U && first != '_') return false;
  for (; size > ByteBlock::size; text += ByteBlock::size, size -= ByteBlock::size)
    if (ByteBlock(text).name_bytes() != 0xFFFFU) return false;
  return (ByteBlock(text).name_bytes() | ~0U << size) == ~0U;
}
bool is_usual_xml_name(std::string_view text);

// Replaces references and line ends where they stand; in attributes all white space becomes a space. `out` becomes the
// end of what was written; false when there is a reference that is none of XML's own. `end_of_text`: of the document.
bool decode_xml(const char* at, const char* end, const char* end_of_text, char*& out, bool attribute);

// The value in quotation marks at `at`, decoded; gives where it ends, null when it is none.
char* take_attribute_value(char* at, const char* end_of_text, std::string_view& value);

// Behind the comment that begins here; null when it is none.
char* skip_xml_comment(char* at);

// The CDATA section that begins here, with its line ends made one: `begin` and `end` of its text. Gives where the
// section ends, null when it is none.
char* take_cdata(char* at, const char* end_of_text, char*& begin, char*& end);

}  // namespace ketenpoort::mapping
