#include <gmock/gmock.h>

#include <algorithm>
#include <string>

#include "tests/unit/config/load_fixture.hpp"

namespace ketenpoort::config {
namespace {

using ketenpoort::test::replace_in_file;
using test::Load;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::string_view body_of_vdab = R"(      - { body: "0887010362", regions: [VLA] })";

TEST_F(Load, a_place_has_one_body) {
  const std::string two = std::string(body_of_vdab) + "\n      - { body: \"0543307391\", regions: [VLA] }";
  EXPECT_THAT(problem_after("purposes.yaml", body_of_vdab, two).detail,
              HasSubstr("`VLA` has two bodies: 0887010362 and 0543307391"));
}

std::string two_in_brussels(std::string_view first, std::string_view second) {
  return std::string(body_of_vdab) + "\n      - { body: \"0887010362\", regions: [BRU]" + std::string(first) +
         " }\n      - { body: \"0241347282\", regions: [BRU]" + std::string(second) + " }";
}

TEST_F(Load, bodies_of_one_place_share_no_language) {
  const auto both = two_in_brussels(", languages: [nld, eng]", ", languages: [eng]");
  EXPECT_THAT(problem_after("purposes.yaml", body_of_vdab, both).detail,
              HasSubstr("`BRU` has two bodies: 0887010362 and 0241347282"));
}

TEST_F(Load, bodies_of_one_place_are_told_apart_by_language) {
  replace_in_file(folder() / "config/purposes.yaml", body_of_vdab, two_in_brussels(", languages: [nld]", ""));
  const auto loaded = load(gateway());
  ASSERT_TRUE(loaded);
  const auto& purposes = loaded->purposes;
  const auto work = std::ranges::find(purposes, "work-guidance", &Purpose::id);
  ASSERT_EQ(work->bodies.size(), 3U);
  EXPECT_EQ(work->bodies[1].languages, std::vector<std::string>{"nld"});
  EXPECT_TRUE(work->bodies[2].languages.empty());
}

TEST_F(Load, a_language_of_a_body_has_three_letters) {
  EXPECT_THAT(
      problem_after("purposes.yaml", body_of_vdab, R"(      - { body: "0887010362", regions: [VLA], languages: [nl] })")
          .detail,
      HasSubstr("`nl` is no ISO 639-3 code"));
}

// Beside the channels that the shipped file has.
constexpr std::string_view other_channels = "channels:                          # other ways";

std::string reached_in_brussels_by(std::string_view channel, std::string_view more = "") {
  return "bodies:\n  - { body: \"0241347282\", channel: " + std::string(channel) + std::string(more) +
         " }\nchannels:\n  brussels: { adapter: municipality, url: https://actiris.example }\n  # other ways";
}

TEST_F(Load, a_body_is_not_reached_by_a_channel_that_is_none) {
  EXPECT_THAT(problem_after("partners/vdab.yaml", other_channels, reached_in_brussels_by("walloon")).detail,
              AllOf(HasSubstr("`walloon`"), HasSubstr("`channels`")));
}

TEST_F(Load, bodies_share_no_mailbox) {
  replace_in_file(folder() / "config/partners/vdab.yaml", "mapping: resident-to-vdab-profile,",
                  "mapping: resident-to-vdab-profile, channel: mailbox,");
  EXPECT_THAT(problem_after("partners/vdab.yaml", other_channels, reached_in_brussels_by("brussels")).detail,
              HasSubstr("the mail of several"));
}

TEST_F(Load, a_body_is_reached_by_a_channel_of_its_own) {
  replace_in_file(
      folder() / "config/partners/vdab.yaml", other_channels,
      reached_in_brussels_by("brussels", " }\n  - { body: \"0241347282\", channel: magda, message: vdab-profile"));
  const auto loaded = load(gateway());
  ASSERT_TRUE(loaded);
  const auto& ways = loaded->find_partner("vdab")->bodies.at("0241347282");
  EXPECT_EQ(ways.at(""), "brussels");
  EXPECT_EQ(ways.at("vdab-profile"), "magda");
}

TEST_F(Load, a_body_has_a_place) {
  EXPECT_THAT(problem_after("purposes.yaml", body_of_vdab, R"(      - { body: "0887010362" })").detail,
              HasSubstr("where it acts"));
}

TEST_F(Load, a_municipality_has_five_digits) {
  EXPECT_THAT(problem_after("purposes.yaml", R"(["11002"])", R"(["1102"])").detail, HasSubstr("`1102` is no NIS code"));
}

TEST_F(Load, a_municipality_is_no_name) {
  EXPECT_THAT(problem_after("purposes.yaml", R"(["11002"])", "[Aalst]").detail, HasSubstr("`Aalst` is no NIS code"));
}

TEST_F(Load, a_municipality_of_an_agreement_has_five_digits) {
  EXPECT_THAT(problem_after("agreements/atlas-antwerpen.yaml", R"(["11002"])", R"(["110020"])").detail,
              HasSubstr("`110020` is no NIS code"));
}

TEST_F(Load, a_body_acts_in_a_region_that_exists) {
  EXPECT_THAT(problem_after("purposes.yaml", body_of_vdab, R"(      - { body: "0887010362", regions: [FLA] })").detail,
              HasSubstr("`FLA` is no region"));
}

}  // namespace
}  // namespace ketenpoort::config
