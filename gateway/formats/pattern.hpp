// Regular expressions compiled to a deterministic automaton: linear in the text, no back-tracking, no stack, whatever
// the input.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"

namespace ketenpoort::formats {

// The part of ECMA 262 and of XML Schema that schemas and mappings use: literals, ., [..] and [^..] with ranges, \d \w
// \s (and \D \W \S), ( ), |, ?, *, +, {n}, {n,}, {n,m}, and ^ $ at the ends. Classes list ASCII; . and negated classes
// take any character, so counts are counts of characters. Anything else is refused when compiled.
class Pattern {
 public:
  // `anchored`: the whole text must match even without ^ and $ (XML Schema).
  static Result<Pattern> compile(std::string_view source, bool anchored = false);

  // `text` is valid UTF-8.
  [[nodiscard]] bool matches(std::string_view text) const;

 private:
  static constexpr std::uint16_t dead = 0;
  using Row = std::array<std::uint16_t, 256>;
  std::vector<Row> next_;  // next_[state][byte]; state 0 is dead, 1 the start
  std::vector<std::uint8_t> accepts_;
  bool open_end_ = false;  // no $: once accepted, the rest does not matter
};

}  // namespace ketenpoort::formats
