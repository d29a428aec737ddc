// Pieces of header fields (RFC 9110).
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

#include "gateway/base/ascii.hpp"
#include "gateway/base/trim.hpp"

namespace ketenpoort {

// Without optional white space around it (section 5.6.3).
constexpr std::string_view trim(std::string_view text) {
  return trim(text, is_space_or_tab);
}

// Section 5.6.2.
constexpr bool is_token(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return is_letter_or_digit(c) || others.find(c) != std::string_view::npos;
  });
}

// "0", "1", "0.5", "0.875": thousandths (section 12.4.2). Nothing for any other text.
constexpr std::optional<int> read_weight(std::string_view text) {
  constexpr std::size_t longest = 5;
  constexpr int whole = 1000;
  if (text.empty() || text.size() > longest || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int weight = (text[0] - '0') * whole;
  int place = whole;
  for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (c < '0' || c > '9') return std::nullopt;
    place /= 10;
    weight += (c - '0') * place;
  }
  return weight <= whole ? std::optional(weight) : std::nullopt;
}

}  // namespace ketenpoort
