#include "gateway/domain/script.hpp"

#include <gmock/gmock.h>

namespace ketenpoort {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

TEST(Script, of_a_language_is_the_usual_one) {
  EXPECT_THAT(scripts_of("ara"), ElementsAre("Arab"));
  EXPECT_THAT(scripts_of("prs"), ElementsAre("Arab"));
  EXPECT_THAT(scripts_of("tir"), ElementsAre("Ethi"));
  EXPECT_THAT(scripts_of("ukr"), ElementsAre("Cyrl"));
  EXPECT_THAT(scripts_of("kat"), ElementsAre("Geor"));
  EXPECT_THAT(scripts_of("bod"), ElementsAre("Tibt"));
  EXPECT_THAT(scripts_of("nld"), ElementsAre("Latn"));
  EXPECT_THAT(scripts_of("tur"), ElementsAre("Latn"));
  EXPECT_THAT(scripts_of("kmr"), ElementsAre("Latn"));  // Kurmanji, unlike Sorani (ckb)
  EXPECT_THAT(scripts_of("ckb"), ElementsAre("Arab"));
}

TEST(Script, may_be_one_of_several) {
  EXPECT_THAT(scripts_of("srp"), UnorderedElementsAre("Cyrl", "Latn"));
  EXPECT_THAT(scripts_of("zho"), UnorderedElementsAre("Hani", "Hans", "Hant"));
}

TEST(Script, of_a_language_nobody_knows_is_latin) {
  EXPECT_THAT(scripts_of("qqq"), ElementsAre("Latn"));
  EXPECT_THAT(scripts_of("ar"), ElementsAre("Latn"));    // a part of a code is none
  EXPECT_THAT(scripts_of("ra a"), ElementsAre("Latn"));  // nor what stands between two
  EXPECT_THAT(scripts_of(""), ElementsAre("Latn"));
}

TEST(Literacy, rules_out_what_it_says_nobody_reads) {
  const Literacy reads_arabic{"NONE", "BASIC", "arab"};
  EXPECT_FALSE(reads_arabic.rules_out("Arab"));
  EXPECT_TRUE(reads_arabic.rules_out("Latn"));
  EXPECT_TRUE(reads_arabic.rules_out("Cyrl"));
  EXPECT_TRUE((Literacy{"GOOD", "NONE", "Arab"}).rules_out("Arab"));
  EXPECT_TRUE((Literacy{"GOOD", "NONE", ""}).rules_out("Arab"));
  EXPECT_TRUE((Literacy{"", "", "Cyrl"}).rules_out("Arab"));
}

TEST(Literacy, leaves_open_what_it_does_not_say) {
  EXPECT_FALSE((Literacy{"NONE", "GOOD", ""}).rules_out("Arab"));
  EXPECT_FALSE((Literacy{"NONE", "", "Arab"}).rules_out("Arab"));
  EXPECT_FALSE((Literacy{"NONE", "", ""}).rules_out("Arab"));
  EXPECT_FALSE((Literacy{"", "NONE", "Arab"}).rules_out("Latn"));
  EXPECT_FALSE((Literacy{}).rules_out("Latn"));
}

TEST(Literacy, rules_out_a_language_with_every_script_it_has) {
  EXPECT_FALSE(rules_out_language({"NONE", "GOOD", "Cyrl"}, "srp"));
  EXPECT_FALSE(rules_out_language({"BASIC", "NONE", "Cyrl"}, "srp"));
  EXPECT_TRUE(rules_out_language({"NONE", "NONE", "Cyrl"}, "srp"));
  EXPECT_FALSE(rules_out_language({"NONE", "GOOD", "Hans"}, "zho"));
}

TEST(Literacy, of_a_newer_screening_goes_first_field_by_field) {
  const Literacy before{"NONE", "GOOD", "Arab"};
  EXPECT_EQ(renew(before, {}), before);
  EXPECT_EQ(renew(before, {"BASIC", "", ""}), (Literacy{"BASIC", "GOOD", "Arab"}));
  EXPECT_EQ(renew(before, {"", "NONE", ""}), (Literacy{"NONE", "NONE", "Arab"}));
  EXPECT_EQ(renew(before, {"", "", "arab"}), (Literacy{"NONE", "GOOD", "arab"}));
  EXPECT_EQ(renew(before, {"", "", "Cyrl"}), (Literacy{"NONE", "", "Cyrl"}));  // that level was of another script
  EXPECT_EQ(renew({}, before), before);
}

}  // namespace
}  // namespace ketenpoort
