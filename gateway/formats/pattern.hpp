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
  // A state is where its row begins: for each class of bytes the next state, then whether the text may end here.
  using State = std::uint32_t;
  static constexpr State dead = 0;
  void find_fixed();
  [[nodiscard]] bool matches_fixed(std::string_view text) const;

  std::array<std::uint8_t, 256> class_of_{};  // bytes that no state tells apart have one class
  std::uint32_t classes_ = 0;
  std::vector<State> rows_;           // the first state is dead, the second the start
  std::vector<std::uint32_t> fixed_;  // texts of one length alone: which classes each byte may have
  bool open_end_ = false;             // no $: once accepted, the rest does not matter
};

}  // namespace ketenpoort::formats
