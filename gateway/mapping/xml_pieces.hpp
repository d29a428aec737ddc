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

// The same when it is known to begin with a prefix of that size and a colon: where the local name begins need not be
// searched, and what comes after it can begin sooner.
[[gnu::always_inline]] inline char* take_name_after(char* const begin, std::uint32_t prefix, Name& name) {
  char* const at = skip_name_bytes(begin + prefix + 1);
  if (*at == ':' || static_cast<unsigned char>(*at) >= 0x80) [[unlikely]]
    return take_unusual_name(begin, name);
  name = {begin, static_cast<std::uint32_t>(at - begin), prefix, !begins_xml_name(begin[prefix + 1]), false};
  return at;
}

// The reference at `at` (an ampersand), put to `out`; false when it is none of XML's own.
bool take_reference(const char*& at, const char* end, char*& out);

}  // namespace ketenpoort::mapping
