// What people are told, in their language: why something was decided, what a problem means, what a receipt says. The
// sentences are data (config/texts); here is how they are found and filled in. Pure.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/base/time.hpp"
#include "gateway/domain/transfer.hpp"

namespace ketenpoort {

using Phrases = std::map<std::string, std::string, std::less<>>;

// Sentences in one language. Those that explain decisions and problems are there when `explains`; every other
// language has what a receipt or an access report needs, or both.
struct LanguageTexts {
  std::string tag;                 // BCP 47: "nl", "ar"
  std::string name;                // of itself: "Nederlands"
  std::vector<std::string> codes;  // ISO 639-3 codes it serves: "nld"
  bool right_to_left = false;

  std::string date;                 // "{day} {month} {year}"
  std::string first_of_month;       // what stands for {day} on the first: "1er"; empty: 1
  std::vector<std::string> months;  // twelve

  bool explains = false;
  Phrases outcomes;  // permit, hold, refuse, cancel
  Phrases reasons;   // by code
  Phrases dated;     // by code, with {date}: said as well where the day is known

  struct RuleWords {
    std::string name;
    Phrases reasons;  // what a reason means under this rule, where that differs

    bool operator==(const RuleWords&) const = default;
  };
  std::map<std::string, RuleWords, std::less<>> rules;

  struct ProblemWords {
    std::string title;
    std::string detail;

    bool operator==(const ProblemWords&) const = default;
  };
  std::map<std::string, ProblemWords, std::less<>> problems;  // by the last part of its type

  Phrases purposes;                   // by id
  std::vector<std::string> borrowed;  // of them, those said in English for want of own words
  Phrases categories;                 // by id; those of config/categories.yaml where they stand there
  Phrases receipt;                    // by receipt_phrases; empty where no receipt is written in this language

  // What the access report says, by "section.key" of report_phrases.hpp; empty for a language that does not speak it.
  Phrases report;
  bool machine_translated = false;  // and nobody has looked at it yet: the page says so

  bool operator==(const LanguageTexts&) const = default;
};

// What the page of a receipt is made of; every language says all of it.
inline constexpr std::array<std::string_view, 44> receipt_phrases = {
    "title",          "intro",        "answer",
    "given",          "refused",      "withdrawn",
    "expired",        "superseded",   "purpose",
    "recipient",      "categories",   "withdrawnCategories",
    "said",           "until",        "noEnd",
    "told",           "notice",       "read",
    "heard",          "pictogram",    "app",
    "interpreter",    "present",      "video",
    "phone",          "none",         "representative",
    "expressed",      "paper",        "eid",
    "oral",           "expressedApp", "basis",
    "withdrawTitle",  "withdrawHow",  "withdrawNumber",
    "withdrawEffect", "rightsTitle",  "rights",
    "complaint",      "number",       "printed",
    "otherLanguage",  "publisher",
};

struct Explanation {
  std::string code;  // of the reason, or of the outcome
  std::string text;
};

class Texts {
 public:
  std::vector<LanguageTexts> languages;

  [[nodiscard]] const LanguageTexts* find(std::string_view tag) const;        // "nl"; also "nl-BE"
  [[nodiscard]] const LanguageTexts* find_code(std::string_view code) const;  // "nld"
  // The tags of those that explain decisions, in the order of the files.
  [[nodiscard]] std::vector<std::string_view> explaining() const;

  bool operator==(const Texts&) const = default;
};

// "nl"; also "nl-BE".
bool is_tag_of(const LanguageTexts& words, std::string_view tag);

std::string format_date(const LanguageTexts& words, Date date);

// Replaces {name} by its value; what is no name of these stays.
std::string fill_in(std::string_view phrase, const std::vector<std::pair<std::string_view, std::string_view>>& values);

// One sentence or two for each reason, in their order. `rule` is the one the purpose asks for, empty for none.
std::vector<Explanation> explain(const LanguageTexts& words, const std::vector<Reason>& reasons, std::string_view rule,
                                 const std::optional<Date>& held_until);

// Which of the tags on offer a reader wants most, after RFC 9110 section 12.5.4 and RFC 4647 lookup ("fr-BE" takes
// "fr"); `fallback` where the header is empty, not understood, or wants none of them.
std::string_view choose_language(std::string_view accept_language, const std::vector<std::string_view>& offered,
                                 std::string_view fallback);

}  // namespace ketenpoort
