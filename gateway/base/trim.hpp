// A text without the white space around it.
#pragma once

#include <string_view>

namespace ketenpoort {

// Of ASCII: the space and what stands from tab to carriage return.
constexpr bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
constexpr bool is_blank(char c) {
  return c == ' ';
}
// OWS of header fields (RFC 9110 section 5.6.3).
constexpr bool is_space_or_tab(char c) {
  return c == ' ' || c == '\t';
}

template <class IsSpace>
constexpr std::string_view trim_end(std::string_view text, IsSpace is) {
  while (!text.empty() && is(text.back())) text.remove_suffix(1);
  return text;
}

template <class IsSpace>
constexpr std::string_view trim(std::string_view text, IsSpace is) {
  while (!text.empty() && is(text.front())) text.remove_prefix(1);
  return trim_end(text, is);
}

}  // namespace ketenpoort
