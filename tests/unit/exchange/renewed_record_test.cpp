#include "gateway/exchange/renewed_record.hpp"

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

}  // namespace
}  // namespace ketenpoort::exchange
