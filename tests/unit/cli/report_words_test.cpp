#include "gateway/cli/report_words.hpp"

#include <gmock/gmock.h>

#include <set>

namespace ketenpoort::cli {
namespace {

using reporting::Language;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(ReportWords, say_headings_and_codes_in_the_language_asked_for) {
  const Rows rows{{"recipient", "state", "reasons", "heldUntil"},
                  {{"vdab", "held", "too-early no-consent", "2026-12-01"}}};
  const auto dutch = in_words(rows, Language::nl);
  EXPECT_THAT(dutch.header, ElementsAre("ontvanger", "stand", "redenen", "wacht tot"));
  EXPECT_THAT(
      dutch.lines[0],
      ElementsAre("vdab", "wacht", "het mag wettelijk nog niet op die dag; u hebt er geen toestemming voor gegeven",
                  "2026-12-01"));
}

TEST(ReportWords, leave_what_they_do_not_know) {
  const Rows rows{{"recipient", "reasons", "own"}, {{"a b", "brand-new", "c d"}}};
  const auto words = in_words(rows, Language::fr);
  EXPECT_THAT(words.header, ElementsAre("destinataire", "motifs", "own"));
  EXPECT_THAT(words.lines[0], ElementsAre("a b", "brand-new", "c d"));
}

TEST(ReportWords, of_figures_and_of_what_recipients_were_told) {
  const Rows figures{{"outcome", "kind", "reason", "centre", "count"},
                     {{"DECLINED", "TRAINING", "ALREADY_KNOWN", "(all)", "(not shown)"}}};
  EXPECT_THAT(in_words(figures, Language::de).lines[0],
              ElementsAre("abgelehnt", "Ausbildung", "schon bekannt", "(alle)", "(nicht gezeigt)"));
  for (const auto* outcome : {"REFERRED", "DELIVERED", "HELD", "REFUSED", "CANCELLED"}) {
    const auto words = in_words({{"outcome"}, {{outcome}}}, Language::nl).lines[0];
    EXPECT_NE(words[0], outcome);
  }
  const Rows told{{"received", "told"}, {{"PERHAPS", "WITHDRAWAL ERASED; ERASURE OPEN"}}};
  EXPECT_THAT(in_words(told, Language::en).lines[0],
              ElementsAre("perhaps", "you withdrew your consent; erased; your data were erased; no answer yet"));
}

// Every column of every report, each in its own words.
TEST(ReportWords, know_every_column_in_four_languages) {
  const auto empty = formats::parse_json(R"({"items":[]})").value();
  for (const auto& rows : {recipient_rows(empty.root()), register_rows(empty.root()), figure_rows(empty.root()),
                           refusal_rows(empty.root().find("items"))})
    for (const auto& key : rows.header) {
      std::set<std::string_view> words;
      for (const auto language : {Language::nl, Language::fr, Language::de, Language::en}) {
        EXPECT_FALSE(heading_of(key, language).empty()) << key;
        words.insert(heading_of(key, language));
      }
      EXPECT_GT(words.size(), 1U) << key;
    }
}

TEST(ReportWords, name_data_categories_by_their_labels) {
  const auto answer = formats::parse_json(R"({"items":[{"id":"a","version":"1","purposes":[{"purpose":"work-guidance",
    "dataCategories":[{"category":"languages","label":{"nl":"Talen","fr":"Langues"}},{"category":"skills","label":{"nl":"Kunnen"}}]}]}]})")
                          .value();
  EXPECT_THAT(register_rows(answer.root()).lines[0], testing::Contains("languages skills"));
  EXPECT_THAT(register_rows(answer.root(), Language::nl).lines[0], testing::Contains("Talen; Kunnen"));
}

TEST(ReportWords, print_an_access_report_in_its_language) {
  const auto report =
      formats::parse_json(
          R"({"ref":"0f","state":"ACTIVE","recipients":[{"recipient":"vdab","name":"VDAB","received":"PERHAPS",
    "categories":[{"label":"Taal"}]}],"consents":[{"at":"2026-11-24T10:00:00Z","recipient":"vdab","purpose":"work-guidance","decision":"REFUSED"}],
    "values":{"records":[{}],"messages":[]}})")
          .value();
  const auto dutch = print_subject(report.root(), Language::nl);
  EXPECT_THAT(dutch, HasSubstr("betrokkene 0f (ACTIVE)"));
  EXPECT_THAT(dutch, HasSubstr("vdab VDAB (misschien): Taal"));
  EXPECT_THAT(dutch, HasSubstr("vdab work-guidance: geweigerd"));
  EXPECT_THAT(dutch, HasSubstr("1 dossiers, 0 berichten"));
  EXPECT_THAT(print_subject(report.root()), HasSubstr("the values themselves: 1 records, 0 messages"));
}

}  // namespace
}  // namespace ketenpoort::cli
