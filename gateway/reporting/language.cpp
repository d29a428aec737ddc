#include "gateway/reporting/language.hpp"

#include <algorithm>
#include <charconv>
#include <string>

namespace ketenpoort::reporting {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return out;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Thousandths; 1000 where nothing is said, 0 for what cannot be read.
int quality_of(std::string_view parameters) {
  const auto at = parameters.find("q=");
  if (at == std::string_view::npos) return 1000;
  const auto text = trim(parameters.substr(at + 2));
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && value >= 0 && value <= 1 ? static_cast<int>(value * 1000) : 0;
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
  auto best = Language::en;
  int best_quality = 0;
  while (!accept_language.empty()) {
    const auto end = accept_language.find(',');
    const auto range = trim(accept_language.substr(0, end));
    accept_language = end == std::string_view::npos ? std::string_view{} : accept_language.substr(end + 1);
    const auto parameters = range.find(';');
    const auto language = parse_language(trim(range.substr(0, parameters)));
    const int quality = parameters == std::string_view::npos ? 1000 : quality_of(range.substr(parameters));
    if (!language || quality <= best_quality) continue;
    best = *language;
    best_quality = quality;
  }
  return best;
}

}  // namespace ketenpoort::reporting
