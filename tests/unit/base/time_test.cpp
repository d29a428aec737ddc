#include "gateway/base/time.hpp"

#include <gtest/gtest.h>

namespace ketenpoort {
namespace {

using namespace std::chrono;

Date day_of(const char* text) {
  return parse_date(text).value();
}

TEST(AddMonths, keeps_the_day_or_takes_the_months_last) {
  EXPECT_EQ(to_iso(add_months(day_of("2026-07-24"), 4)), "2026-11-24");
  EXPECT_EQ(to_iso(add_months(day_of("2025-10-31"), 4)), "2026-02-28");
  EXPECT_EQ(to_iso(add_months(day_of("2023-10-31"), 4)), "2024-02-29");
  EXPECT_EQ(to_iso(add_months(day_of("2026-11-30"), 4)), "2027-03-30");
}

TEST(Rfc3339, round_trips_and_refuses_what_is_not_a_time) {
  const auto time = parse_rfc3339("2026-11-24T12:00:00+01:00");
  ASSERT_TRUE(time);
  EXPECT_EQ(to_rfc3339(*time), "2026-11-24T11:00:00.000Z");
  EXPECT_EQ(parse_rfc3339(to_rfc3339(*time)), time);
  EXPECT_EQ(to_rfc3339(parse_rfc3339("2026-11-24T12:00:00.1234Z").value()), "2026-11-24T12:00:00.123Z");
  for (const char* bad : {"", "2026-11-24", "2026-11-24T12:00:00", "2026-02-30T00:00:00Z", "2026-11-24T24:00:00Z",
                          "2026-11-24T12:00:00.Z", "2026-11-24T12:00:00+25:00", "2026-11-24T12:00:00Zx"})
    EXPECT_FALSE(parse_rfc3339(bad)) << bad;
}

TEST(Brussels, day_starts_at_local_midnight_around_the_clock_change) {
  EXPECT_EQ(to_rfc3339(start_of_day_in_brussels(day_of("2026-11-24"))), "2026-11-23T23:00:00.000Z");
  EXPECT_EQ(to_rfc3339(start_of_day_in_brussels(day_of("2026-03-29"))), "2026-03-28T23:00:00.000Z");
  EXPECT_EQ(to_rfc3339(start_of_day_in_brussels(day_of("2026-03-30"))), "2026-03-29T22:00:00.000Z");
  EXPECT_EQ(to_rfc3339(start_of_day_in_brussels(day_of("2026-10-25"))), "2026-10-24T22:00:00.000Z");
  EXPECT_EQ(to_rfc3339(start_of_day_in_brussels(day_of("2026-10-26"))), "2026-10-25T23:00:00.000Z");
  EXPECT_EQ(date_in_brussels(parse_rfc3339("2026-07-01T22:30:00Z").value()), day_of("2026-07-02"));
}

TEST(IncompleteDate, is_a_minor_until_the_latest_possible_day) {
  EXPECT_EQ(to_iso(parse_incomplete_date("1990-00-00").value().latest()), "1990-12-31");
  EXPECT_EQ(to_iso(parse_incomplete_date("2008-02-00").value().latest()), "2008-02-29");
  EXPECT_FALSE(parse_incomplete_date("1990-00-12"));
  EXPECT_FALSE(parse_incomplete_date("1990-02-30"));
}

TEST(FullYears, count_a_birthday_on_the_day_itself) {
  EXPECT_EQ(full_years_between(day_of("2008-11-24"), day_of("2026-11-24")), 18);
  EXPECT_EQ(full_years_between(day_of("2008-11-25"), day_of("2026-11-24")), 17);
  EXPECT_EQ(full_years_between(day_of("2008-02-29"), day_of("2026-02-28")), 17);
}

}  // namespace
}  // namespace ketenpoort
