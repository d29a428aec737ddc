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

TEST(Literacy, is_in_the_scripts_that_are_named) {
  const Literacy reads_arabic{"NONE", "BASIC", "arab"};
  EXPECT_TRUE(reads_arabic.can_read("Arab"));
  EXPECT_FALSE(reads_arabic.can_read("Latn"));
  EXPECT_FALSE(reads_arabic.can_read("Cyrl"));
  EXPECT_FALSE((Literacy{"", "GOOD", ""}).can_read("Arab"));
  EXPECT_FALSE((Literacy{}).can_read("Latn"));
  EXPECT_FALSE((Literacy{"excellent", "", ""}).can_read("Latn"));
}

}  // namespace
}  // namespace ketenpoort
