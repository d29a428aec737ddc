// Instants and civil dates. Everything inside is UTC; Europe/Brussels is asked for where the law counts days.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace ketenpoort {

using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;
using Date = std::chrono::year_month_day;  // always ok()

// RFC 3339. Printing is UTC with milliseconds: 2026-11-24T11:00:00.000Z.
std::string to_rfc3339(Timestamp time);
std::optional<Timestamp> parse_rfc3339(
    std::string_view text);  // needs an offset or Z; up to nanoseconds, cut to milliseconds

std::string to_iso(Date date);                     // yyyy-mm-dd
std::optional<Date> parse_date(std::string_view);  // strict yyyy-mm-dd, a day that exists

// A birth date may be incomplete: 1990-00-00, 1990-05-00 (National Register practice).
struct IncompleteDate {
  int year = 0;
  unsigned month = 0;  // 0 = unknown
  unsigned day = 0;    // 0 = unknown; always 0 when month is

  [[nodiscard]] Date earliest() const;
  [[nodiscard]] Date latest() const;  // the last day it may be: who may be a minor counts as one
};
std::optional<IncompleteDate> parse_incomplete_date(std::string_view);

// The civil date and the offset in Belgium at an instant: summer time from the last Sunday of March to the last Sunday
// of October, changing at 01:00 UTC (Directive 2000/84/EC).
Date date_in_brussels(Timestamp time);
std::chrono::minutes offset_in_brussels(Timestamp time);
Timestamp start_of_day_in_brussels(Date date);

// Keeps the day of the month, or takes the month's last day (Regulation 1182/71 art. 3(2)(c) counts terms in months
// so).
Date add_months(Date date, int months);
Date add_days(Date date, int days);
int days_between(Date from, Date to);
int full_years_between(Date birth, Date on);

// The clock the domain lives by. A test environment may run it offset; TLS and tokens always use the real one.
class Clock {
 public:
  Clock() = default;
  explicit Clock(std::chrono::milliseconds offset) : offset_(offset) {}
  [[nodiscard]] Timestamp now() const {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now()) + offset_;
  }
  [[nodiscard]] std::chrono::milliseconds offset() const { return offset_; }

 private:
  std::chrono::milliseconds offset_{0};
};

}  // namespace ketenpoort
