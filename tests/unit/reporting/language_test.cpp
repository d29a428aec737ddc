#include "gateway/reporting/language.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "gateway/reporting/words.hpp"

namespace ketenpoort::reporting {
namespace {

TEST(Languages, are_known_by_two_and_three_letters) {
  EXPECT_EQ(parse_language("nl"), Language::nl);
  EXPECT_EQ(parse_language("FRA"), Language::fr);
  EXPECT_EQ(parse_language("de-BE"), Language::de);
  EXPECT_EQ(parse_language("eng"), Language::en);
  EXPECT_FALSE(parse_language("ara"));
  EXPECT_FALSE(parse_language(""));
  EXPECT_TRUE(is_language_tag("zh-Hant"));
  EXPECT_FALSE(is_language_tag("<script>"));
  EXPECT_FALSE(is_language_tag("n"));
}

TEST(Languages, an_unknown_one_falls_back_on_what_the_reader_accepts) {
  EXPECT_EQ(choose_language("fr", "nl"), Language::fr);
  EXPECT_EQ(choose_language("ar", "nl;q=0.5, fr-BE;q=0.8, xx"), Language::fr);
  EXPECT_EQ(choose_language("", "de, en"), Language::de);
  EXPECT_EQ(choose_language("ti", "ar, nl;q=0"), Language::en);
  EXPECT_EQ(choose_language("", ""), Language::en);
  EXPECT_EQ(choose_language("", "*;q=0.5, nl;q=0.4"), Language::en) << "a star takes the others";
  EXPECT_EQ(choose_language("", "fr;q=0.9999, nl;q=0.8"), Language::nl) << "no weight of RFC 9110";
  EXPECT_EQ(choose_language("", "fr;Q=0.9, nl;q=0.8"), Language::fr);
}

// Every reason, state and sentence is said in each language, and not in the same words.
TEST(Words, are_there_in_every_language) {
  for (const auto language : {Language::nl, Language::fr, Language::de, Language::en}) {
    std::set<std::string_view> reasons;
    for (std::size_t i = 0; i < reason_count; ++i) {
      const auto text = say(static_cast<Reason>(i), language);
      EXPECT_FALSE(text.empty()) << to_text(static_cast<Reason>(i));
      reasons.insert(text);
    }
    EXPECT_EQ(reasons.size(), reason_count);
    for (std::size_t i = 0; i < static_cast<std::size_t>(Phrase::count); ++i)
      EXPECT_FALSE(say(static_cast<Phrase>(i), language).empty()) << i;
    for (unsigned article = 15; article <= 21; ++article) EXPECT_FALSE(say_right(article, language).empty());
    EXPECT_TRUE(say_right(14, language).empty());
  }
  EXPECT_EQ(say(Reason::minor, Language::nl), "u bent minderjarig");
  EXPECT_EQ(say(Reason::cancelled_by_operator, Language::en), "a person stopped it");
  EXPECT_EQ(say(TransferState::cancelled, Language::fr), "arrêté");
  EXPECT_EQ(say(Vocabulary::cause, "ERASURE", Language::de), "Ihre Daten wurden gelöscht");
  EXPECT_EQ(say(Vocabulary::purpose, "some-new-purpose", Language::nl), "some-new-purpose");
}

}  // namespace
}  // namespace ketenpoort::reporting
