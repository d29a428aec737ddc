#include "adapters/magda/uitzondering.hpp"

#include <gmock/gmock.h>

#include <set>

namespace ketenpoort::adapters::magda {
namespace {

Uitzondering fout(std::string code, std::string origin = "MAGDA") {
  return {3, std::move(code), std::move(origin), Gravity::fault};
}

TEST(KnownUitzonderingen, stand_once_each_with_a_meaning_and_a_source) {
  std::set<std::string_view> codes;
  for (const auto& known : known_uitzonderingen()) {
    EXPECT_TRUE(codes.insert(known.code).second) << known.code;
    EXPECT_EQ(known.code.size(), 5U) << known.code;
    EXPECT_FALSE(known.meaning.empty() || known.source.empty()) << known.code;
    EXPECT_NE(known.treatment, Treatment::note) << known.code;
    EXPECT_EQ(treat(fout(std::string(known.code))), known.treatment);
  }
  EXPECT_GE(codes.size(), 20U);
}

TEST(Treat, tries_again_what_passes_and_rejects_what_stays) {
  for (const auto* code : {"99996", "60007", "60009", "40088"}) EXPECT_EQ(treat(fout(code)), Treatment::retry) << code;
  for (const auto* code : {"20002", "30001", "30003", "40003", "40005", "40006", "50000"})
    EXPECT_EQ(treat(fout(code)), Treatment::reject) << code;
}

TEST(Treat, rejects_a_fault_that_nobody_listed) {
  for (const auto* code : {"12345", "", "0", "9999999999"}) EXPECT_EQ(treat(fout(code)), Treatment::reject) << code;
}

TEST(Treat, only_notes_warnings_and_information_whatever_the_code) {
  for (const auto gravity : {Gravity::warning, Gravity::information})
    for (const auto* code : {"30004", "50000", "99996", "12345"})
      EXPECT_EQ(treat({3, code, "MAGDA", gravity}), Treatment::note) << code;
}

TEST(Treat, lets_the_gravest_of_several_decide) {
  const Uitzondering warning{3, "30004", "MAGDA", Gravity::warning};
  EXPECT_EQ(treat(std::vector<Uitzondering>{}), Treatment::note);
  EXPECT_EQ(treat({warning, fout("99996")}), Treatment::retry);
  EXPECT_EQ(treat({fout("99996"), warning, fout("50000")}), Treatment::reject);
  EXPECT_EQ(treat({fout("50000"), fout("99996")}), Treatment::reject);
}

TEST(ClassOf, tells_code_and_origin) {
  EXPECT_EQ(class_of(fout("99996")), "magda-99996.MAGDA");
  EXPECT_EQ(class_of(fout("30001", "VDAB")), "magda-30001.VDAB");
}

TEST(ClassOf, tells_nothing_that_could_be_a_number_of_a_persons) {
  EXPECT_EQ(class_of(fout("9163140028", "7")), "magda-unknown.other");
  EXPECT_EQ(class_of(fout("910314")), "magda-unknown.MAGDA");
  EXPECT_EQ(class_of(fout("", "F1002")), "magda-unknown.other");
  EXPECT_EQ(number_of(fout("30004")), 30004U);
  EXPECT_EQ(number_of(fout("910314")), 0U);
}

}  // namespace
}  // namespace ketenpoort::adapters::magda
