#include "gateway/reporting/report_language.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "gateway/domain/report_phrases.hpp"
#include "gateway/reporting/subject_report.hpp"

namespace ketenpoort::reporting {
namespace {

static_assert(report_texts.size() == static_cast<std::size_t>(Phrase::count));

// In the order of Vocabulary.
constexpr std::array<std::string_view, 12> sections = {
    "leftOut", "causes", "replies", "statuses", "outcomeKinds", "requestOutcomes",
    "data",    "from",   "grounds", "how",      "events",       "looks"};

bool speaks(const LanguageTexts& words) {
  return !words.report.empty();
}

std::optional<ReportLanguage> find_language(std::string_view tag, const Texts& texts) {
  if (const auto own = parse_language(tag)) return *own;
  const auto is_it = [&](const LanguageTexts& words) {
    return speaks(words) && (is_tag_of(words, tag) || std::ranges::find(words.codes, tag) != words.codes.end());
  };
  const auto found = std::ranges::find_if(texts.languages, is_it);
  if (found == texts.languages.end()) return std::nullopt;
  return ReportLanguage(*found);
}

}  // namespace

std::string_view ReportLanguage::tag() const {
  return words_ == nullptr ? to_text(own_) : std::string_view(words_->tag);
}

std::string_view ReportLanguage::translation_note() const {
  return words_ != nullptr && words_->machine_translated ? find("notes", report_notes.front()) : std::string_view{};
}

std::string_view ReportLanguage::find(std::string_view section, std::string_view key) const {
  const auto found = words_->report.find(fmt::format("{}.{}", section, key));
  return found == words_->report.end() ? std::string_view{} : std::string_view(found->second);
}

std::string_view ReportLanguage::say(Phrase phrase) const {
  if (words_ == nullptr) return reporting::say(phrase, own_);
  return find("text", report_texts[static_cast<std::size_t>(phrase)]);
}

std::string_view ReportLanguage::say(Reason reason) const {
  return words_ == nullptr ? reporting::say(reason, own_) : find("reasons", to_text(reason));
}

std::string_view ReportLanguage::say(TransferState state) const {
  return words_ == nullptr ? reporting::say(state, own_) : find("states", to_text(state));
}

std::string_view ReportLanguage::say(Vocabulary vocabulary, std::string_view code) const {
  if (words_ == nullptr) return reporting::say(vocabulary, code, own_);
  if (vocabulary == Vocabulary::purpose)
    if (const auto purpose = words_->purposes.find(code); purpose != words_->purposes.end()) return purpose->second;
  const auto word = find(sections[static_cast<std::size_t>(vocabulary)], code);
  return word.empty() ? reporting::say(vocabulary, code, Language::en) : word;  // a word is more than a code
}

std::string_view ReportLanguage::say_right(unsigned article) const {
  return words_ == nullptr ? reporting::say_right(article, own_) : find("rights", std::to_string(article));
}

std::string ReportLanguage::say(Date date) const {
  if (words_ != nullptr) return format_date(*words_, date);
  return fmt::format("{:02}/{:02}/{}", static_cast<unsigned>(date.day()), static_cast<unsigned>(date.month()),
                     static_cast<int>(date.year()));
}

std::string ReportLanguage::name(Category category, const exchange::Terms& terms) const {
  if (words_ == nullptr) return label_of(category, terms, own_);
  const auto word = words_->categories.find(to_text(category));
  return word == words_->categories.end() ? std::string(to_text(category)) : word->second;
}

std::string ReportLanguage::name_of_purpose(std::string_view purpose) const {
  return std::string(say(Vocabulary::purpose, purpose));
}

ReportLanguage choose_report_language(const Readers& readers, const Texts& texts) {
  if (const auto asked = find_language(readers.asked, texts)) return *asked;
  std::vector<std::string_view> offered{"nl", "fr", "de", "en"};
  for (const auto& words : texts.languages)
    if (speaks(words) && !parse_language(words.tag)) {
      offered.emplace_back(words.tag);
      offered.insert(offered.end(), words.codes.begin(), words.codes.end());
    }
  const auto preferred = find_language(readers.preferred, texts).value_or(Language::en);
  return *find_language(ketenpoort::choose_language(readers.accepted, offered, preferred.tag()), texts);
}

}  // namespace ketenpoort::reporting
