#include "gateway/reporting/language.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "gateway/domain/texts.hpp"

namespace ketenpoort::reporting {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return out;
}

}  // namespace

std::optional<Language> parse_language(std::string_view tag) {
  const auto primary = lower(tag.substr(0, tag.find('-')));
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
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

Language choose_language(std::string_view wanted, std::string_view accept_language) {
  if (const auto spoken = parse_language(wanted)) return *spoken;
  const std::vector<std::string_view> offered{"nl", "fr", "de", "en"};
  return *parse_language(ketenpoort::choose_language(accept_language, offered, to_text(Language::en)));
}

}  // namespace ketenpoort::reporting
