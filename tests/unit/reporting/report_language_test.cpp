// The access report in a language that is data: its words, its direction, and who gets it.
#include "gateway/reporting/report_language.hpp"

#include <gmock/gmock.h>

#include "gateway/domain/report_phrases.hpp"
#include "gateway/reporting/subject_report.hpp"

namespace ketenpoort::reporting {
namespace {

using testing::HasSubstr;
using testing::Not;

// Every word is its own key between brackets.
LanguageTexts language(std::string tag, std::string code) {
  LanguageTexts words;
  words.tag = std::move(tag);
  words.codes = {std::move(code)};
  words.right_to_left = words.tag == "ar";
  words.date = "{day} {month} {year}";
  for (int month = 1; month <= 12; ++month) words.months.push_back("M" + std::to_string(month));
  words.purposes = {{"work-guidance", "[work]"}};
  for (const auto& name : CategorySet::all().names())
    words.categories[std::string(name)] = "[" + std::string(name) + "]";
  const auto add = [&](std::string key) { words.report[key] = "[" + key + "]"; };
  for (const auto& section : report_sections)
    for (const auto key : section.keys) add(std::string(section.name) + "." + std::string(key));
  for (std::size_t i = 0; i < reason_count; ++i) add("reasons." + std::string(to_text(static_cast<Reason>(i))));
  for (int i = 0; i <= static_cast<int>(TransferState::cancelled); ++i)
    add("states." + std::string(to_text(static_cast<TransferState>(i))));
  words.report["text.daysAfter"] = "[after {from}: {days}]";
  words.report["text.until"] = "[until {date}]";
  words.report["text.deadline"] = "[by {date}]";
  return words;
}

SubjectReport a_report() {
  SubjectReport report;
  report.made = parse_rfc3339("2026-11-24T11:00:00Z").value();
  report.with_values = true;
  ReportedTransfer transfer;
  transfer.recipient = "vdab";
  transfer.purpose = "work-guidance";
  transfer.state = TransferState::held;
  transfer.decisions.push_back(
      {report.made, TransferState::held, {Reason::too_early}, parse_date("2026-12-01").value()});
  report.transfers.push_back(transfer);
  report.sources.push_back(
      {RecordId{}, report.made, "S", "0860737913", "POE", R"({"resident":{"contact":{"preferredLanguage":"ara"}}})"});
  report.looks.push_back({report.made, "audit.queried", "supervision"});
  report.looks.push_back({report.made, "audit.queried", "own-word"});
  return report;
}

class ReportsInOtherLanguages : public testing::Test {
 protected:
  [[nodiscard]] std::string page(const LanguageTexts& words) const {
    return render_html(a_report(), {terms_, retention_, "https://gateway.example"}, ReportLanguage(words)).body;
  }
  [[nodiscard]] std::string json(const LanguageTexts& words) const {
    return render_json(a_report(), {terms_, retention_, "https://gateway.example"}, ReportLanguage(words));
  }
  exchange::Terms terms_;
  std::vector<config::RetentionRule> retention_{{"record", std::chrono::days{180}, "stay-ended", "GDPR art. 5(1)(e)"}};
};

TEST_F(ReportsInOtherLanguages, are_whole_and_run_in_their_direction) {
  const auto arabic = page(language("ar", "ara"));
  EXPECT_THAT(arabic, HasSubstr("<html lang=\"ar\" dir=\"rtl\">"));
  EXPECT_THAT(page(language("so", "som")), HasSubstr("<html lang=\"so\" dir=\"ltr\">"));
  for (const auto* said :
       {"[text.title]", "[states.held]", "[reasons.too-early]", "[work]", "[looks.supervision]", "own-word",
        "[until <time datetime=\"2026-12-01\">1 M12 2026</time>]", "[after [from.stay-ended]: 180]", "[data.record]",
        "[rights.15]", "[rights.21]", "[contact]"})
    EXPECT_THAT(arabic, HasSubstr(said));
  EXPECT_THAT(arabic.substr(arabic.find("</style>")), Not(HasSubstr("{")));
}

TEST_F(ReportsInOtherLanguages, say_in_english_what_they_have_no_word_for) {
  auto report = a_report();
  report.looks = {{report.made, "audit.queried", "referral-status"}};
  const auto words = language("so", "som");
  const auto page = render_html(report, {terms_, retention_, "https://gateway.example"}, ReportLanguage(words)).body;
  EXPECT_THAT(page, HasSubstr("where your referral stands"));
}

TEST_F(ReportsInOtherLanguages, say_that_a_machine_translated_them) {
  auto words = language("so", "som");
  EXPECT_THAT(page(words), Not(HasSubstr("[notes.machineTranslation]")));
  EXPECT_THAT(json(words), Not(HasSubstr("translationNote")));
  words.machine_translated = true;
  EXPECT_THAT(json(words), HasSubstr("\"language\":\"so\",\"translationNote\":\"[notes.machineTranslation]\""));
  EXPECT_THAT(page(words), HasSubstr("<p class=\"note\" role=\"note\">[notes.machineTranslation]</p>"));
}

TEST_F(ReportsInOtherLanguages, keep_codes_and_numbers_from_left_to_right) {
  const auto arabic = page(language("ar", "ara"));
  EXPECT_THAT(arabic, HasSubstr("<code dir=\"ltr\">"));
  EXPECT_THAT(arabic, HasSubstr("<bdi dir=\"auto\">KBO 0860737913</bdi>"));
}

TEST(ReportLanguages, are_what_was_asked_for_then_accepted_then_preferred) {
  Texts texts;
  texts.languages = {language("ar", "ara"), language("so", "som"), language("hy", "hye")};
  texts.languages[2].report.clear();
  const auto chosen = [&](Readers readers) { return std::string(choose_report_language(readers, texts).tag()); };
  EXPECT_EQ(chosen({"so", "fr", "ara"}), "so");
  EXPECT_EQ(chosen({"som", "", ""}), "so");
  EXPECT_EQ(chosen({"ar-SY", "", ""}), "ar");
  EXPECT_EQ(chosen({"nld", "", "ara"}), "nl");
  EXPECT_EQ(chosen({"xx", "fr-BE, so;q=0.5", "ara"}), "fr");
  EXPECT_EQ(chosen({"", "xx, so;q=0.5", "ara"}), "so");
  EXPECT_EQ(chosen({"", "", "ara"}), "ar");
  EXPECT_EQ(chosen({"", "xx", "fra"}), "fr");
  EXPECT_EQ(chosen({"", "*", "ara"}), "ar") << "a star prefers nobody";
  EXPECT_EQ(chosen({"", "*", ""}), "en");
  EXPECT_EQ(chosen({"", "som-SO, en;q=0.5", ""}), "so") << "by any of its codes";
  EXPECT_EQ(chosen({"", "", "hye"}), "en") << "receipts only";
  EXPECT_EQ(chosen({"", "", ""}), "en");
}

TEST(ReportLanguages, are_preferred_by_the_newest_record_that_is_kept) {
  auto report = a_report();
  EXPECT_EQ(preferred_language_of(report), "ara");
  report.sources.push_back(
      {RecordId{}, report.made, "S", "0860737913", "POE", R"({"resident":{"contact":{"preferredLanguage":"som"}}})"});
  report.sources.push_back({RecordId{}, report.made, "S", "0860737913", "POE", ""});
  EXPECT_EQ(preferred_language_of(report), "som");
  report.sources.clear();
  EXPECT_EQ(preferred_language_of(report), "");
}

}  // namespace
}  // namespace ketenpoort::reporting
