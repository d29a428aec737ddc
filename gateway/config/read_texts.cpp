// What people are told, one file per language: every sentence that the program may need, and words for what the
// policy files name.
#include <fmt/format.h>

#include <algorithm>

#include "gateway/config/load.hpp"
#include "gateway/config/sections.hpp"
#include "gateway/domain/report_phrases.hpp"

namespace ketenpoort::config {
namespace {

constexpr std::array<std::string_view, 4> outcomes = {"permit", "hold", "refuse", "cancel"};
// Reasons that wait for a day.
constexpr std::array<std::string_view, 1> dated_reasons = {"too-early"};
// The last part of the type of a problem that a route may answer with.
constexpr std::array<std::string_view, 15> problem_types = {"badRequest",
                                                            "noAccessToken",
                                                            "invalidAccessToken",
                                                            "expiredAccessToken",
                                                            "missingScope",
                                                            "missingPermission",
                                                            "resourceNotFound",
                                                            "methodNotAllowed",
                                                            "notAcceptable",
                                                            "conflict",
                                                            "gone",
                                                            "payloadTooLarge",
                                                            "unsupportedMediaType",
                                                            "internalServerError",
                                                            "serviceUnavailable"};
// Its own words for these stand in categories.yaml.
constexpr std::array<std::string_view, 4> languages_of_categories = {"nl", "fr", "de", "en"};

template <class List>
bool lists(const List& list, std::string_view text) {
  return std::ranges::find(list, text) != std::ranges::end(list);
}

template <class List>
Phrases read_phrases(Section& file, std::string_view key, const List& wanted) {
  Phrases out;
  if (auto section = file.section(key, Need::required))
    for (const auto& name : wanted) out.emplace(std::string(name), section->text(name));
  return out;
}

std::vector<std::string_view> reason_codes() {
  std::vector<std::string_view> codes;
  for (std::size_t i = 0; i < reason_count; ++i) codes.push_back(to_text(static_cast<Reason>(i)));
  return codes;
}

std::vector<std::string> purpose_ids(const Configuration& so_far) {
  std::vector<std::string> ids;
  for (const auto& purpose : so_far.purposes)
    if (!lists(ids, purpose.id)) ids.push_back(purpose.id);
  return ids;
}

std::vector<std::string> rule_ids(const Configuration& so_far) {
  std::vector<std::string> ids;
  for (const auto& stated : so_far.rules)
    if (!lists(ids, stated.rule.id)) ids.push_back(stated.rule.id);
  return ids;
}

void read_dates(Section& file, LanguageTexts& out) {
  auto dates = file.section("dates", Need::required);
  if (!dates) return;
  out.date = dates->text("form");
  for (const auto* part : {"{day}", "{month}", "{year}"})
    if (!out.date.empty() && out.date.find(part) == std::string::npos)
      dates->complain("form", fmt::format("`form` lacks {}", part));
  out.first_of_month = dates->text("firstOfMonth", Need::optional);
  out.months = dates->texts("months");
  if (out.months.size() != 12) dates->complain("months", "a year has twelve months: name them all");
}

// A rule has a name, and may say of a reason what it means under this rule.
LanguageTexts::RuleWords read_rule_words(Section rule, const std::vector<std::string>& keys) {
  LanguageTexts::RuleWords words;
  words.name = rule.text("name");
  for (const auto& key : keys) {
    if (key == "name") continue;
    if (parse_reason(key))
      words.reasons[key] = rule.text(key);
    else
      rule.complain(key, fmt::format("`{}` is no reason code", key));
  }
  return words;
}

void read_rules_words(Section& file, LanguageTexts& out) {
  const auto ids = file.names("rules");
  auto rules = file.section("rules", Need::required);
  if (!rules) return;
  for (const auto& id : ids) {
    const auto keys = rules->names(id);
    if (auto rule = rules->section(id, Need::required)) out.rules[id] = read_rule_words(std::move(*rule), keys);
  }
}

void read_problems(Section& file, LanguageTexts& out) {
  auto problems = file.section("problems", Need::required);
  if (!problems) return;
  for (const auto type : problem_types)
    if (auto one = problems->section(type, Need::required)) {
      auto& words = out.problems[std::string(type)];
      words.title = one->text("title");
      words.detail = one->text("detail");
    }
}

void read_explanations(Section& file, LanguageTexts& out) {
  out.explains = true;
  out.outcomes = read_phrases(file, "outcomes", outcomes);
  out.reasons = read_phrases(file, "reasons", reason_codes());
  out.dated = read_phrases(file, "dated", dated_reasons);
  for (const auto& [code, phrase] : out.dated)
    if (!phrase.empty() && phrase.find("{date}") == std::string::npos)
      file.complain("dated", fmt::format("the sentence for `{}` must name {{date}}", code));
  read_rules_words(file, out);
  if (out.tag != "en") read_problems(file, out);  // problems are written in English
}

Phrases read_category_words(Section& file, const Configuration& so_far, const LanguageTexts& words) {
  Phrases out;
  for (const auto& text : so_far.categories) {
    const std::string id(to_text(text.category));
    if (words.tag == "nl") out[id] = text.nl;
    if (words.tag == "fr") out[id] = text.fr;
    if (words.tag == "de") out[id] = text.de;
    if (words.tag == "en") out[id] = text.en;
  }
  if (lists(languages_of_categories, words.tag)) return out;
  return read_phrases(file, "categories", CategorySet::all().names());
}

std::vector<std::string_view> state_names() {
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i <= static_cast<std::size_t>(TransferState::cancelled); ++i)
    names.push_back(to_text(static_cast<TransferState>(i)));
  return names;
}

// A sentence names all that it is filled in with, and nothing else.
void check_placeholders(Section& section, std::string_view key, std::string_view phrase) {
  const auto* known = std::ranges::find(report_placeholders, key, &ReportPlaceholders::key);
  const auto names = known == report_placeholders.end() ? std::span<const std::string_view>{} : known->names;
  for (const auto name : names)
    if (!phrase.empty() && phrase.find(fmt::format("{{{}}}", name)) == std::string_view::npos)
      section.complain(key, fmt::format("`{}` lacks {{{}}}", key, name));
  if (std::ranges::count(phrase, '{') > static_cast<std::ptrdiff_t>(names.size()) ||
      std::ranges::count(phrase, '{') != std::ranges::count(phrase, '}'))
    section.complain(key, fmt::format("`{}` has braces that nothing fills in", key));
}

template <class List>
void read_report_section(Section& report, std::string_view name, const List& keys, Phrases& out) {
  auto section = report.section(name, Need::required);
  if (!section) return;
  for (const auto& key : keys) {
    auto phrase = section->text(key);
    check_placeholders(*section, key, phrase);
    out.emplace(fmt::format("{}.{}", name, key), std::move(phrase));
  }
}

Phrases read_report(Section& file) {
  Phrases out;
  auto report = file.section("report", Need::required);
  if (!report) return out;
  for (const auto& [name, keys] : report_sections) read_report_section(*report, name, keys, out);
  read_report_section(*report, "states", state_names(), out);
  read_report_section(*report, "reasons", reason_codes(), out);
  return out;
}

}  // namespace

LanguageTexts read_texts(Section file, const Configuration& so_far) {
  LanguageTexts out;
  out.tag = file.text("language");
  out.name = file.text("name");
  out.codes = file.texts("codes");
  for (const auto& other : so_far.texts.languages)
    if (other.tag == out.tag) file.complain("language", fmt::format("`{}` has another file too", out.tag));
  out.right_to_left = file.one_of("direction", {"ltr", "rtl"}) == "rtl";
  read_dates(file, out);
  out.purposes = read_phrases(file, "purposes", file.names("purposes"));
  out.categories = read_category_words(file, so_far, out);
  // The program has the words of the report in its own four languages.
  if (file.has("report") && !lists(languages_of_categories, out.tag)) out.report = read_report(file);
  if (file.has("receipt") || out.report.empty()) out.receipt = read_phrases(file, "receipt", receipt_phrases);
  out.machine_translated = file.one_of("translation", {"machine", "reviewed"}, Need::optional) == "machine";
  if (file.has("reasons") || lists(languages_of_categories, out.tag)) read_explanations(file, out);
  return out;
}

void lend_english(Texts& texts) {
  const auto* english = texts.find("en");
  if (english == nullptr) return;
  for (auto& words : texts.languages) {
    if (words.explains) continue;
    for (const auto& [id, phrase] : english->purposes)
      if (words.purposes.emplace(id, phrase).second) words.borrowed.push_back(id);
  }
}

std::vector<Issue> find_borrowed_texts(const Configuration& configuration) {
  std::vector<Issue> issues;
  for (const auto& words : configuration.texts.languages)
    for (const auto& id : words.borrowed) {
      const auto file = configuration.settings.config_dir / "texts" / (words.tag + ".yaml");
      issues.push_back({ErrorCode::config, file.string() + ":1:1",
                        fmt::format("`purposes` lacks `{}`: residents read it in English; have it translated", id)});
    }
  return issues;
}

std::vector<Issue> find_missing_texts(const Configuration& configuration) {
  std::vector<Issue> issues;
  for (const auto& words : configuration.texts.languages) {
    if (!words.explains) continue;  // these borrow
    const auto complain = [&](std::string_view key, std::string_view id) {
      const auto file = configuration.settings.config_dir / "texts" / (words.tag + ".yaml");
      issues.push_back({ErrorCode::config, file.string() + ":1:1",
                        fmt::format("`{}` lacks `{}`: a person would read this id instead of words", key, id)});
    };
    for (const auto& id : purpose_ids(configuration))
      if (!words.purposes.contains(id)) complain("purposes", id);
    for (const auto& id : rule_ids(configuration))
      if (!words.rules.contains(id)) complain("rules", id);
  }
  return issues;
}

}  // namespace ketenpoort::config
