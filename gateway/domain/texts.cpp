#include "gateway/domain/texts.hpp"

#include <algorithm>

#include "gateway/base/ascii.hpp"
#include "gateway/base/field_text.hpp"

namespace ketenpoort {
namespace {

// A header that names more is not read further: nobody speaks that many.
constexpr std::size_t most_ranges = 32;

std::string_view primary(std::string_view tag) {
  return tag.substr(0, tag.find('-'));
}

struct Range {
  std::string_view tag;
  int weight = 1000;
};

std::optional<Range> read_range(std::string_view text) {
  Range range;
  const auto semicolon = text.find(';');
  range.tag = trim(text.substr(0, semicolon));
  if (range.tag.empty()) return std::nullopt;
  if (semicolon == std::string_view::npos) return range;
  const auto parameter = trim(text.substr(semicolon + 1));
  if (!parameter.starts_with("q=") && !parameter.starts_with("Q=")) return std::nullopt;
  const auto weight = read_weight(trim(parameter.substr(2)));
  if (!weight) return std::nullopt;
  range.weight = *weight;
  return range;
}

std::vector<Range> read_ranges(std::string_view header) {
  std::vector<Range> ranges;
  while (!header.empty() && ranges.size() < most_ranges) {
    const auto comma = header.find(',');
    if (const auto range = read_range(header.substr(0, comma))) ranges.push_back(*range);
    header = comma == std::string_view::npos ? std::string_view{} : header.substr(comma + 1);
  }
  return ranges;
}

// The weight of the range that says most about a tag: the tag itself before its language before the star.
int weight_of(std::string_view tag, const std::vector<Range>& ranges) {
  int best_match = 0;
  int weight = 0;
  for (const auto& range : ranges) {
    const int match = same_ignoring_case(range.tag, tag)            ? 3
                      : same_ignoring_case(primary(range.tag), tag) ? 2
                      : range.tag == "*"                            ? 1
                                                                    : 0;
    if (match == 0 || match < best_match) continue;
    weight = match > best_match ? range.weight : std::max(weight, range.weight);
    best_match = match;
  }
  return weight;
}

const std::string* find_phrase(const Phrases& phrases, std::string_view key) {
  const auto it = phrases.find(key);
  return it == phrases.end() ? nullptr : &it->second;
}

}  // namespace

bool is_tag_of(const LanguageTexts& words, std::string_view tag) {
  return same_ignoring_case(words.tag, tag) || same_ignoring_case(words.tag, primary(tag));
}

const LanguageTexts* Texts::find(std::string_view tag) const {
  const auto it = std::ranges::find_if(languages, [&](const auto& one) { return is_tag_of(one, tag); });
  return it == languages.end() ? nullptr : &*it;
}

const LanguageTexts* Texts::find_code(std::string_view code) const {
  const auto it = std::ranges::find_if(
      languages, [&](const auto& one) { return std::ranges::find(one.codes, code) != one.codes.end(); });
  return it == languages.end() ? nullptr : &*it;
}

std::vector<std::string_view> Texts::explaining() const {
  std::vector<std::string_view> tags;
  for (const auto& one : languages)
    if (one.explains) tags.emplace_back(one.tag);
  return tags;
}

std::string fill_in(std::string_view phrase, const std::vector<std::pair<std::string_view, std::string_view>>& values) {
  std::string out;
  while (!phrase.empty()) {
    const auto open = phrase.find('{');
    const auto close = open == std::string_view::npos ? open : phrase.find('}', open);
    if (close == std::string_view::npos) break;
    out += phrase.substr(0, open);
    const auto name = phrase.substr(open + 1, close - open - 1);
    const auto it = std::ranges::find(values, name, &std::pair<std::string_view, std::string_view>::first);
    out += it == values.end() ? phrase.substr(open, close - open + 1) : it->second;
    phrase.remove_prefix(close + 1);
  }
  return out.append(phrase);
}

std::string format_date(const LanguageTexts& words, Date date) {
  const auto month = static_cast<unsigned>(date.month());
  const auto number = static_cast<unsigned>(date.day());
  if (words.months.size() != 12 || words.date.empty()) return to_iso(date);
  const auto day = number == 1 && !words.first_of_month.empty() ? words.first_of_month : std::to_string(number);
  return fill_in(
      words.date,
      {{"day", day}, {"month", words.months[month - 1]}, {"year", std::to_string(static_cast<int>(date.year()))}});
}

std::vector<Explanation> explain(const LanguageTexts& words, const std::vector<Reason>& reasons, std::string_view rule,
                                 const std::optional<Date>& held_until) {
  const auto of_rule = words.rules.find(rule);
  std::vector<Explanation> out;
  for (const auto reason : reasons) {
    const auto code = to_text(reason);
    const auto* phrase = of_rule == words.rules.end() ? nullptr : find_phrase(of_rule->second.reasons, code);
    if (phrase == nullptr) phrase = find_phrase(words.reasons, code);
    Explanation one{std::string(code), phrase == nullptr ? std::string(code) : *phrase};
    const auto* dated = held_until ? find_phrase(words.dated, code) : nullptr;
    if (dated != nullptr) one.text += ' ' + fill_in(*dated, {{"date", format_date(words, *held_until)}});
    out.push_back(std::move(one));
  }
  return out;
}

std::string_view choose_language(std::string_view accept_language, const std::vector<std::string_view>& offered,
                                 std::string_view fallback) {
  const auto ranges = read_ranges(accept_language);
  // Among equals the one that is named first; a star prefers nobody.
  const auto place = [&](std::string_view tag) {
    return std::ranges::find_if(ranges,
                                [&](const Range& range) { return same_ignoring_case(primary(range.tag), tag); }) -
           ranges.begin();
  };
  std::string_view best = fallback;
  int most = std::ranges::find(offered, fallback) == offered.end() ? 0 : weight_of(fallback, ranges);
  for (const auto tag : offered) {
    const int weight = weight_of(tag, ranges);
    if (weight < most || weight == 0 || (weight == most && place(tag) >= place(best))) continue;
    best = tag;
    most = weight;
  }
  return best;
}

}  // namespace ketenpoort
