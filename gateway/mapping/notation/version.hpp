// Versions of mappings, fragments, layouts and code lists: major.minor.patch.
#pragma once

#include <string_view>

namespace ketenpoort::mapping {

// Three numbers as semantic versioning writes them: 1.0.0, never 01.0.0.
inline bool is_version(std::string_view text) {
  constexpr std::size_t most_digits = 9;
  for (int part = 0; part < 3; ++part) {
    const auto end = part < 2 ? text.find('.') : text.size();
    if (end == std::string_view::npos) return false;
    const auto number = text.substr(0, end);
    const bool leading_zero = number.size() > 1 && number.front() == '0';
    if (number.empty() || number.size() > most_digits || leading_zero) return false;
    if (number.find_first_not_of("0123456789") != std::string_view::npos) return false;
    text.remove_prefix(part < 2 ? end + 1 : end);
  }
  return true;
}

constexpr auto version_wanted = "version must be major.minor.patch, like 1.0.0";

}  // namespace ketenpoort::mapping
