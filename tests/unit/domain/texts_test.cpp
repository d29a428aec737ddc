#include "gateway/domain/texts.hpp"

#include <gmock/gmock.h>

#include <random>

namespace ketenpoort {
namespace {

const std::vector<std::string_view> four{"de", "en", "fr", "nl"};

Date day(std::string_view iso) {
  return parse_date(iso).value();
}

struct Wish {
  const char* header;
  const char* language;
};
class ChooseLanguage : public ::testing::TestWithParam<Wish> {};

TEST_P(ChooseLanguage, takes_what_is_wanted_most) {
  EXPECT_EQ(choose_language(GetParam().header, four, "en"), GetParam().language) << GetParam().header;
}

INSTANTIATE_TEST_SUITE_P(
    Headers, ChooseLanguage,
    ::testing::Values(Wish{"", "en"}, Wish{"nl", "nl"}, Wish{"NL", "nl"}, Wish{"nl-BE", "nl"},
                      Wish{"fr-BE,nl;q=0.9", "fr"}, Wish{"fr;q=0.3, de;q=0.8", "de"}, Wish{"de,fr", "de"},
                      Wish{"fr,de", "fr"}, Wish{"fr;q=0", "en"}, Wish{"en;q=0, nl;q=0.1", "nl"}, Wish{"*", "en"},
                      Wish{"ar, *;q=0.5", "en"}, Wish{"ar", "en"}, Wish{"*;q=0.5, nl;q=0.4", "en"},
                      Wish{"nl;q=1.000", "nl"}, Wish{"nl;q=1.5, fr;q=0.1", "fr"}, Wish{"nl;q=0.5x, fr;q=0.1", "fr"},
                      Wish{" nl ; q=0.2 ,\tfr;q=0.1", "nl"}, Wish{",,,", "en"}, Wish{"nl;level=1, de;q=0.1", "de"},
                      Wish{"nl-BE;q=0.2, nl;q=0.9, fr;q=0.5", "nl"}, Wish{"nlx", "en"}, Wish{";q=1", "en"}));

// Whatever a header holds: one of the four, the same each time, and never what was said with q=0.
TEST(ChooseLanguage, takes_one_of_those_on_offer_whatever_it_is_given) {
  std::mt19937 random(7);
  const std::vector<std::string> pieces{"nl", "fr", "de", "en", "-BE", ";", "q=",   "0",
                                        "1",  ".",  "5",  ",",  " ",   "*", "\xC3", "x"};
  for (int round = 0; round < 20'000; ++round) {
    std::string header;
    for (std::size_t n = random() % 14; n > 0; --n) header += pieces[random() % pieces.size()];
    const auto chosen = choose_language(header, four, "en");
    EXPECT_THAT(four, ::testing::Contains(chosen)) << header;
    EXPECT_EQ(chosen, choose_language(header, four, "en"));
  }
}

LanguageTexts french() {
  LanguageTexts words;
  words.tag = "fr";
  words.date = "{day} {month} {year}";
  words.first_of_month = "1er";
  words.months = {"janvier", "février", "mars",      "avril",   "mai",      "juin",
                  "juillet", "août",    "septembre", "octobre", "novembre", "décembre"};
  words.reasons = {{"too-early", "Trop tôt."}, {"document-missing", "Il manque un document."}};
  words.dated = {{"too-early", "Cela partira le {date}."}};
  words.rules["labour-market-access"].reasons = {{"document-missing", "Pas de carte orange."}};
  return words;
}

TEST(FormatDate, follows_the_language) {
  auto words = french();
  EXPECT_EQ(format_date(words, day("2026-12-16")), "16 décembre 2026");
  EXPECT_EQ(format_date(words, day("2027-03-01")), "1er mars 2027");
  EXPECT_EQ(format_date(words, day("2028-02-29")), "29 février 2028");
  words.date = "{day}. {month} {year}";
  words.first_of_month.clear();
  EXPECT_EQ(format_date(words, day("2027-03-01")), "1. mars 2027");
  words.months.clear();
  EXPECT_EQ(format_date(words, day("2027-03-01")), "2027-03-01");
}

TEST(FillIn, replaces_names_and_leaves_the_rest) {
  EXPECT_EQ(fill_in("{a} and {b}, {c}", {{"a", "1"}, {"b", "{a}"}}), "1 and {a}, {c}");
  EXPECT_EQ(fill_in("{a", {{"a", "1"}}), "{a");
  EXPECT_EQ(fill_in("a}", {{"a", "1"}}), "a}");
  EXPECT_EQ(fill_in("", {{"a", "1"}}), "");
}

TEST(Explain, gives_each_reason_its_sentence_in_order) {
  const auto said =
      explain(french(), {Reason::document_missing, Reason::too_early}, "status-granted", day("2026-12-01"));
  ASSERT_EQ(said.size(), 2U);
  EXPECT_EQ(said[0].code, "document-missing");
  EXPECT_EQ(said[0].text, "Il manque un document.");
  EXPECT_EQ(said[1].text, "Trop tôt. Cela partira le 1er décembre 2026.");
}

TEST(Explain, says_what_a_reason_means_under_its_rule) {
  EXPECT_EQ(explain(french(), {Reason::document_missing}, "labour-market-access", {})[0].text, "Pas de carte orange.");
  EXPECT_EQ(explain(french(), {Reason::too_early}, "labour-market-access", {})[0].text, "Trop tôt.");
}

TEST(Explain, falls_back_on_the_code) {
  EXPECT_EQ(explain(french(), {Reason::minor}, "", {})[0].text, "minor");
}

TEST(Texts, are_found_by_tag_and_by_the_code_of_a_notice) {
  Texts texts;
  texts.languages = {french()};
  texts.languages[0].codes = {"fra"};
  EXPECT_NE(texts.find("fr"), nullptr);
  EXPECT_NE(texts.find("FR-be"), nullptr);
  EXPECT_EQ(texts.find("fra"), nullptr);
  EXPECT_NE(texts.find_code("fra"), nullptr);
  EXPECT_EQ(texts.find_code("fr"), nullptr);
  EXPECT_TRUE(texts.explaining().empty());
}

}  // namespace
}  // namespace ketenpoort
