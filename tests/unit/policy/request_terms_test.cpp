#include "gateway/policy/request_terms.hpp"

#include <gtest/gtest.h>

namespace ketenpoort::policy {
namespace {

Date day(std::string_view iso) {
  return parse_date(iso).value();
}

TEST(AnswerDeadline, is_the_same_day_a_month_on) {
  EXPECT_EQ(to_iso(answer_deadline(day("2026-11-24"))), "2026-12-24");
}

TEST(AnswerDeadline, is_the_last_day_of_a_shorter_month) {
  EXPECT_EQ(to_iso(answer_deadline(day("2026-08-31"))), "2026-09-30");
  EXPECT_EQ(to_iso(answer_deadline(day("2028-01-31"))), "2028-02-29");
  EXPECT_EQ(to_iso(answer_deadline(day("2029-01-30"))), "2029-02-28");
}

TEST(AnswerDeadline, that_would_be_no_working_day_is_the_next_one) {
  EXPECT_EQ(to_iso(answer_deadline(day("2026-11-05"))), "2026-12-07") << "a Saturday";
  EXPECT_EQ(to_iso(answer_deadline(day("2026-11-25"))), "2026-12-28") << "Christmas on a Friday";
  EXPECT_EQ(to_iso(answer_deadline(day("2026-02-28"))), "2026-03-30") << "a Saturday, though February ended";
  EXPECT_EQ(to_iso(answer_deadline(day("2027-02-28"))), "2027-03-30") << "Sunday, then Easter Monday";
}

TEST(ExtendedDeadline, is_three_months_after_receipt) {
  EXPECT_EQ(to_iso(extended_deadline(day("2026-12-24"))), "2027-02-24");
  EXPECT_EQ(to_iso(extended_deadline(day("2026-12-30"))), "2027-03-01") << "28 February is a Sunday";
}

TEST(ExtendedDeadline, does_not_count_the_days_that_the_first_one_waited) {
  EXPECT_EQ(to_iso(answer_deadline(day("2026-10-07"))), "2026-11-09") << "a Saturday";
  EXPECT_EQ(to_iso(extended_deadline(day("2026-11-09"))), "2027-01-07");
}

TEST(ExtendedDeadline, is_never_later_than_three_months_after_whatever_receipt) {
  for (Date at = day("2026-01-01"); at < day("2046-01-01"); at = add_days(at, 1)) {
    const auto first = answer_deadline(at);
    const auto extended = extended_deadline(first);
    ASSERT_GT(extended, add_months(first, 1)) << to_iso(at);
    ASSERT_TRUE(is_working_day(extended)) << to_iso(at);
    auto latest = add_months(at, 3);
    while (!is_working_day(latest)) latest = add_days(latest, 1);
    ASSERT_LE(extended, latest) << to_iso(at);
  }
}

TEST(WorkingDay, is_none_of_the_moving_holidays) {
  // Easter was computed by others: 4 April 2021, 17 April 2022, 31 March 2024, 28 March 2027, 25 April 2038.
  for (const auto* monday : {"2021-04-05", "2022-04-18", "2024-04-01", "2027-03-29", "2038-04-26"})
    EXPECT_FALSE(is_working_day(day(monday))) << monday;
  for (const auto* ascension : {"2021-05-13", "2022-05-26", "2024-05-09", "2027-05-06", "2038-06-03"})
    EXPECT_FALSE(is_working_day(day(ascension))) << ascension;
  for (const auto* whit_monday : {"2021-05-24", "2022-06-06", "2024-05-20", "2027-05-17", "2038-06-14"})
    EXPECT_FALSE(is_working_day(day(whit_monday))) << whit_monday;
  EXPECT_TRUE(is_working_day(day("2027-03-30")));
  EXPECT_TRUE(is_working_day(day("2027-05-07"))) << "the bridge day is worked";
}

TEST(WorkingDay, never_lets_a_deadline_wait_more_than_four_days) {
  for (Date at = day("2026-01-01"); at < day("2046-01-01"); at = add_days(at, 1)) {
    const auto late = days_between(add_months(at, 1), answer_deadline(at));
    ASSERT_GE(late, 0);
    ASSERT_LE(late, 4) << to_iso(at);
  }
}

TEST(LegalBasis, gives_objection_or_portability) {
  Purpose purpose;
  purpose.basis_sender = "GDPR art. 6(1)(e); reception law of 12 January 2007, art. 31";
  EXPECT_TRUE(may_be_objected_to(purpose));
  EXPECT_FALSE(is_portable(purpose));
  purpose.basis_sender = "GDPR art. 6(1)(a)";
  EXPECT_FALSE(may_be_objected_to(purpose));
  EXPECT_TRUE(is_portable(purpose));
}

}  // namespace
}  // namespace ketenpoort::policy
