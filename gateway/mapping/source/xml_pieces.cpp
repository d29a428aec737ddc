#include "gateway/mapping/source/xml_pieces.hpp"

#include <algorithm>
#include <cstring>

namespace ketenpoort::mapping {
namespace {

bool is_xml_character(std::uint32_t c) {
  if (c < 0x20) return c == '\t' || c == '\n' || c == '\r';
  return c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF) && c != 0xFFFE && c != 0xFFFF;
}

char* put_character(char* out, std::uint32_t c) {
  const auto put = [&](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
  const auto follow = [&](unsigned shift) { put(0x80 | ((c >> shift) & 0x3F)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    follow(0);
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    follow(6);
    follow(0);
  } else {
    put(0xF0 | (c >> 18));
    follow(12);
    follow(6);
    follow(0);
  }
  return out;
}

// The reference at `at` (an ampersand), put to `out`; false when it is none of XML's own.
bool take_reference(const char*& at, const char* end, char*& out) {
  constexpr std::ptrdiff_t longest = 12;
  const auto* const semicolon = std::find(at, std::min(at + longest, end), ';');
  if (semicolon == std::min(at + longest, end)) return false;
  const std::string_view name(at + 1, static_cast<std::size_t>(semicolon - at - 1));
  at = semicolon + 1;
  struct Known {
    std::string_view name;
    char character;
  };
  for (const auto& known : {Known{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}})
    if (name == known.name) {
      *out++ = known.character;
      return true;
    }
  if (name.size() < 2 || name[0] != '#') return false;
  const bool hex = name[1] == 'x';
  const auto digits = name.substr(hex ? 2 : 1);
  std::uint32_t point = 0;
  for (const char c : digits) {
    const char letter = static_cast<char>(c | 0x20);
    const bool decimal = c >= '0' && c <= '9';
    if (!decimal && !(hex && letter >= 'a' && letter <= 'f')) return false;
    point = point * (hex ? 16U : 10U) + static_cast<std::uint32_t>(decimal ? c - '0' : letter - 'a' + 10);
    if (point > 0x10FFFF) return false;
  }
  if (digits.empty() || !is_xml_character(point)) return false;
  out = put_character(out, point);
  return true;
}

bool has_forbidden(const char* at, const char* end) {
  return std::any_of(at, end, is_forbidden_in_xml);
}

}  // namespace

bool is_usual_xml_name(std::string_view text) {
  const auto continues = [](char c) {
    return (begins_xml_name(c) && c != ':' && static_cast<unsigned char>(c) < 0x80) || (c >= '0' && c <= '9') ||
           c == '-' || c == '.';
  };
  return !text.empty() && begins_xml_name(text.front()) && std::all_of(text.begin(), text.end(), continues);
}

bool decode_xml(const char* at, const char* end, const char* end_of_text, char*& out, bool attribute) {
  while (at < end) {
    if (*at == '&') {
      if (!take_reference(at, end_of_text, out) || at > end) return false;
    } else if (*at == '\r') {
      at += at[1] == '\n' && at + 1 < end ? 2 : 1;
      *out++ = attribute ? ' ' : '\n';
    } else {
      *out++ = attribute && is_xml_space(*at) ? ' ' : *at;
      ++at;
    }
  }
  return true;
}

char* take_attribute_value(char* at, const char* end_of_text, std::string_view& value) {
  const char quote = *at;
  if (quote != '"' && quote != '\'') return nullptr;
  char* const begin = ++at;
  bool changes = false;
  while (*at != quote) {
    if (*at == '<' || is_forbidden_in_xml(*at)) return nullptr;
    if (*at == '&' || is_xml_space(*at)) changes = true;
    ++at;
  }
  value = {begin, static_cast<std::size_t>(at - begin)};
  if (!changes) return at + 1;
  char* out = begin;
  if (!decode_xml(begin, at, end_of_text, out, true)) return nullptr;
  value = {begin, static_cast<std::size_t>(out - begin)};
  return at + 1;
}

char* skip_xml_comment(char* at) {
  if (std::memcmp(at, "<!--", 4) != 0) return nullptr;
  char* const begin = at + 4;
  for (at = begin; *at != '\0'; ++at)
    if (at[0] == '-' && at[1] == '-') return at[2] == '>' && !has_forbidden(begin, at) ? at + 3 : nullptr;
  return nullptr;
}

char* take_cdata(char* at, const char* end_of_text, char*& begin, char*& end) {
  if (std::memcmp(at, "<![CDATA[", 9) != 0) return nullptr;
  begin = at + 9;
  const std::string_view rest(begin, static_cast<std::size_t>(end_of_text - begin));
  const auto size = rest.find("]]>");
  if (size == std::string_view::npos || has_forbidden(begin, begin + size)) return nullptr;
  end = begin;
  for (char* from = begin; from < begin + size; ++from) {  // line ends alone change here
    if (*from == '\r' && from + 1 < begin + size && from[1] == '\n') continue;
    *end++ = *from == '\r' ? '\n' : *from;
  }
  return begin + size + 3;
}

char* take_unusual_name(char* const begin, Name& name) {
  unsigned colons = 0;
  name = {begin, 0, 0, false, false};
  char* at = begin;
  for (;; ++at) {
    const auto c = static_cast<unsigned char>(*at);
    if (c == ':' && colons++ == 0) name.prefix = static_cast<std::uint32_t>(at - begin);
    if (c >= 0x80) name.high = true;
    const bool continues = begins_xml_name(*at) || (c >= '0' && c <= '9') || c == '-' || c == '.';
    if (!continues) break;
  }
  name.size = static_cast<std::uint32_t>(at - begin);
  name.wrong = colons > 1 || (colons == 1 && (name.prefix == 0 || !begins_xml_name(begin[name.prefix + 1])));
  return at;
}

}  // namespace ketenpoort::mapping
