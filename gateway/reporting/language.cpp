#include "gateway/reporting/language.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "gateway/base/ascii.hpp"
#include "gateway/domain/texts.hpp"

namespace ketenpoort::reporting {
namespace {}  // namespace

std::optional<Language> parse_language(std::string_view tag) {
  const auto primary = to_lower(tag.substr(0, tag.find('-')));
  constexpr std::array<std::array<std::string_view, 4>, language_count> names = {{
      {"nl", "nld", "dut", "nld"},
      {"fr", "fra", "fre", "fra"},
      {"de", "deu", "ger", "deu"},
      {"en", "eng", "eng", "eng"},
  }};
  for (std::size_t i = 0; i < language_count; ++i)
    if (std::ranges::find(names[i], primary) != names[i].end()) return static_cast<Language>(i);
  return std::nullopt;
}

bool is_language_tag(std::string_view text) {
  if (text.size() < 2 || text.size() > 35 || text.front() == '-' || text.back() == '-') return false;
  return std::ranges::all_of(text, [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

Language choose_language(std::string_view wanted, std::string_view accept_language) {
  if (const auto spoken = parse_language(wanted)) return *spoken;
  const std::vector<std::string_view> offered{"nl", "fr", "de", "en"};
  return *parse_language(ketenpoort::choose_language(accept_language, offered, to_text(Language::en)));
}

}  // namespace ketenpoort::reporting
