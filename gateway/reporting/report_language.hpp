// The language of an access report: one of the four that the program speaks, or one of those that residents read, whose
// words are data (config/texts).
#pragma once

#include <string>
#include <string_view>

#include "gateway/domain/category.hpp"
#include "gateway/domain/texts.hpp"
#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/reporting/language.hpp"
#include "gateway/reporting/words.hpp"

namespace ketenpoort::reporting {

class ReportLanguage {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): each of the four is one.
  ReportLanguage(Language own) : own_(own) {}
  // Which must outlive it and have the words of a report.
  explicit ReportLanguage(const LanguageTexts& words) : words_(&words) {}

  [[nodiscard]] std::string_view tag() const;
  [[nodiscard]] bool is_right_to_left() const { return words_ != nullptr && words_->right_to_left; }
  // A warning that nobody has checked the translation; empty where somebody has.
  [[nodiscard]] std::string_view translation_note() const;

  [[nodiscard]] std::string_view say(Phrase phrase) const;
  [[nodiscard]] std::string_view say(Reason reason) const;
  [[nodiscard]] std::string_view say(TransferState state) const;
  // The code itself where there is no word for it.
  [[nodiscard]] std::string_view say(Vocabulary vocabulary, std::string_view code) const;
  [[nodiscard]] std::string_view say_right(unsigned article) const;
  [[nodiscard]] std::string say(Date date) const;
  [[nodiscard]] std::string name(Category category, const exchange::Terms& terms) const;
  [[nodiscard]] std::string name_of_purpose(std::string_view purpose) const;

 private:
  [[nodiscard]] std::string_view find(std::string_view section, std::string_view key) const;

  Language own_ = Language::en;
  const LanguageTexts* words_ = nullptr;
};

// Who reads the report: what they asked for (?lang=), what they accept, and what the resident prefers (ISO 639-3).
struct Readers {
  std::string_view asked, accepted, preferred;
};
// The first of the three that is spoken, else English.
ReportLanguage choose_report_language(const Readers& readers, const Texts& texts);

}  // namespace ketenpoort::reporting
