#include "gateway/exchange/delivery/renewed_record.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::exchange {
namespace {

std::string renewed(std::string_view newest, std::string_view asked) {
  const auto one = formats::parse_json(newest).value();
  const auto other = formats::parse_json(asked).value();
  return renew_record(one.root(), other.root());
}

TEST(RenewRecord, says_what_the_newest_says_under_the_referrals_that_were_asked_for) {
  EXPECT_EQ(renewed(R"({"a":{"b":[1,2.50,"é"]},"referrals":[{"id":"new"}],"c":true})",
                    R"({"a":1,"referrals":[{"id":"x"},{"id":"y"}]})"),
            R"({"a":{"b":[1,2.50,"é"]},"c":true,"referrals":[{"id":"x"},{"id":"y"}]})");
}

TEST(RenewRecord, needs_no_referral_on_either_side) {
  EXPECT_EQ(renewed(R"({"a":1})", R"({"referrals":[{"id":"x"}]})"), R"({"a":1,"referrals":[{"id":"x"}]})");
  EXPECT_EQ(renewed(R"({"a":1,"referrals":[{"id":"x"}]})", R"({"b":2})"), R"({"a":1})");
}

TEST(RenewFacts, keep_the_screening_that_a_newer_record_leaves_out) {
  policy::Facts asked, newest;
  EXPECT_EQ(renew_facts(asked, newest).literacy, std::nullopt);
  newest.literacy = Literacy{"", "BASIC", "Arab"};
  EXPECT_EQ(renew_facts(asked, newest).literacy, newest.literacy);
  asked.literacy = Literacy{"NONE", "GOOD", "Arab"};
  EXPECT_EQ(renew_facts(asked, newest).literacy, (Literacy{"NONE", "BASIC", "Arab"}));
  newest.literacy.reset();
  EXPECT_EQ(renew_facts(asked, newest).literacy, asked.literacy);
}

TEST(RenewFacts, keep_the_centre_that_asked_and_its_place_where_none_is_named) {
  policy::Facts asked, newest;
  asked.centre = "C01";
  asked.region = "VLA";
  asked.centre_municipality = "11002";
  newest.centre = "C02";
  EXPECT_EQ(renew_facts(asked, newest).centre, "C01");
  EXPECT_EQ(renew_facts(asked, newest).region, "VLA");
  newest.region = "WAL";
  EXPECT_EQ(renew_facts(asked, newest).region, "WAL");
  EXPECT_EQ(renew_facts(asked, newest).centre_municipality, "");
}

TEST(RenewFacts, do_not_end_a_stay_because_another_centre_says_that_somebody_moved) {
  const auto until = parse_date("2026-11-01");
  policy::Facts asked, newest;
  asked.centre = "C01";
  newest.centre = "C02";
  newest.stay_until = until;
  newest.stay_end_reason = "MOVED";
  EXPECT_EQ(renew_facts(asked, newest).stay_until, std::nullopt);
  EXPECT_EQ(renew_facts(asked, newest).stay_end_reason, "");
  newest.centre = "C01";
  EXPECT_EQ(renew_facts(asked, newest).stay_until, until);
  newest.centre = "C02";
  newest.stay_end_reason = "LEFT";
  EXPECT_EQ(renew_facts(asked, newest).stay_end_reason, "LEFT");
}

}  // namespace
}  // namespace ketenpoort::exchange
