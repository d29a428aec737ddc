#include "gateway/exchange/retention/retention.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::exchange {
namespace {

using std::chrono::days;

Date day(int year, unsigned month, unsigned of_month) {
  return Date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{of_month}};
}

class Retention : public testing::Test {
 protected:
  [[nodiscard]] RetentionPlan plan(Date today) const { return plan_retention(holding_, past_, terms_, today); }
  [[nodiscard]] std::vector<std::string> classes(Date today) const { return plan(today).classes.names(); }

  TransferId transfer_ = new_uuid_v4();
  Holding holding_{.subject = random_bytes<16>(),
                   .keys = KeyClassSet::all(),
                   .records = {{new_uuid_v4(), 1000}, {new_uuid_v4(), 2000}},
                   .payloads = {{transfer_, 500}},
                   .identifiers = 2,
                   .stay_ended = {}};
  SubjectPast past_{.something_open = false,
                    .stay_ended = day(2026, 1, 1),
                    .consents_ended = day(2026, 3, 1),
                    .had_consents = true,
                    .transfers = 1,
                    .newest = {},
                    .ended = {{transfer_, day(2025, 12, 1)}}};
  RetentionTerms terms_{days{180}, days{90}, days{3650}, days{3650}};
};

TEST_F(Retention, each_thing_goes_on_the_day_its_time_is_over) {
  EXPECT_TRUE(plan(day(2026, 2, 28)).empty());
  const auto payload = plan(day(2026, 3, 1));  // 90 days after 1 December
  EXPECT_EQ(payload.payloads.size(), 1U);
  EXPECT_TRUE(payload.records.empty());
  EXPECT_TRUE(payload.classes.empty());

  EXPECT_TRUE(plan(day(2026, 6, 29)).records.empty());
  const auto record = plan(day(2026, 6, 30));  // 180 days after 1 January
  EXPECT_EQ(record.records.size(), 2U);
  EXPECT_EQ(record.classes.names(), std::vector<std::string>{"payload"});
}

TEST_F(Retention, the_last_consent_and_the_stay_decide_about_proof_and_directory) {
  EXPECT_EQ(classes(day(2036, 2, 26)), (std::vector<std::string>{"payload"}));
  EXPECT_EQ(classes(day(2036, 2, 27)), (std::vector<std::string>{"directory", "payload", "proof"}));
  past_.stay_ended = day(2027, 1, 1);
  EXPECT_EQ(classes(day(2036, 2, 27)), (std::vector<std::string>{"payload", "proof"}));
}

TEST_F(Retention, while_a_stay_or_a_consent_lasts_or_a_transfer_is_open_it_stays) {
  past_.consents_ended.reset();
  EXPECT_EQ(classes(day(2040, 1, 1)), std::vector<std::string>{"payload"});
  past_.stay_ended.reset();
  EXPECT_TRUE(plan(day(2040, 1, 1)).records.empty());
  EXPECT_TRUE(plan(day(2040, 1, 1)).classes.empty());
  past_.stay_ended = day(2026, 1, 1);
  past_.something_open = true;
  EXPECT_TRUE(plan(day(2040, 1, 1)).records.empty());
  EXPECT_EQ(plan(day(2040, 1, 1)).payloads.size(), 1U) << "a message that arrived long ago";
}

TEST_F(Retention, a_message_that_did_not_end_keeps_the_key) {
  past_.ended.clear();
  const auto plan_now = plan(day(2030, 1, 1));
  EXPECT_TRUE(plan_now.payloads.empty());
  EXPECT_EQ(plan_now.records.size(), 2U);
  EXPECT_TRUE(plan_now.classes.empty());
}

TEST_F(Retention, what_has_no_term_is_kept) {
  terms_ = {};
  EXPECT_TRUE(plan(day(2090, 1, 1)).empty());
}

TEST_F(Retention, without_consents_proof_counts_from_the_end_of_the_stay) {
  past_.had_consents = false;
  past_.consents_ended.reset();
  EXPECT_EQ(classes(day(2035, 12, 29)), std::vector<std::string>{"payload"});
  EXPECT_EQ(classes(day(2035, 12, 30)), (std::vector<std::string>{"directory", "payload", "proof"}));
}

TEST_F(Retention, a_class_that_went_before_is_not_destroyed_twice) {
  holding_.keys = {KeyClass::proof, KeyClass::directory};
  holding_.records.clear();
  holding_.payloads.clear();
  EXPECT_TRUE(plan(day(2030, 1, 1)).empty());
  EXPECT_EQ(classes(day(2040, 1, 1)), (std::vector<std::string>{"directory", "proof"}));
}

}  // namespace
}  // namespace ketenpoort::exchange
