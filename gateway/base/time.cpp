#include "gateway/base/time.hpp"

#include <fmt/compile.h>

namespace ketenpoort {
namespace {

using namespace std::chrono;

// Exactly `width` digits at `at`; -1 otherwise.
int digits(std::string_view text, std::size_t at, std::size_t width) {
  if (at + width > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + width; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

std::optional<Date> checked(int y, int m, int d) {
  if (y < 0 || m < 1 || d < 1) return std::nullopt;
  const Date date{year{y}, month{static_cast<unsigned>(m)}, day{static_cast<unsigned>(d)}};
  return date.ok() ? std::optional{date} : std::nullopt;
}

bool has_date_shape(std::string_view text) {
  return text.size() >= 10 && text[4] == '-' && text[7] == '-';
}

Timestamp change_to(year y, month m) {
  return sys_days{y / m / Sunday[last]} + hours{1};
}

// The offset at the end of an RFC 3339 text: Z, +hh:mm or -hh:mm.
std::optional<minutes> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") return minutes{0};
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const int h = digits(text, 1, 2);
  const int m = digits(text, 4, 2);
  if (h < 0 || h > 23 || m < 0 || m > 59) return std::nullopt;
  const minutes offset = hours{h} + minutes{m};
  return text[0] == '-' ? -offset : offset;
}

}  // namespace

std::string to_rfc3339(Timestamp time) {
  const auto day_start = floor<days>(time);
  const Date date{day_start};
  const hh_mm_ss clock{time - day_start};
  return fmt::format(FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z"), static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

std::optional<Timestamp> parse_rfc3339(std::string_view text) {
  if (text.size() < 20 || !has_date_shape(text) || (text[10] != 'T' && text[10] != 't') || text[13] != ':' ||
      text[16] != ':')
    return std::nullopt;
  const auto date = checked(digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2));
  const int h = digits(text, 11, 2);
  const int m = digits(text, 14, 2);
  const int s = digits(text, 17, 2);
  if (!date || h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 59) return std::nullopt;
  std::size_t at = 19;
  int millis = 0;
  if (text[at] == '.') {
    std::size_t count = 0;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++count)
      if (count < 3) millis = millis * 10 + (text[at] - '0');
    if (count == 0 || count > 9) return std::nullopt;
    for (; count < 3; ++count) millis *= 10;
  }
  const auto offset = parse_offset(text.substr(at));
  if (!offset) return std::nullopt;
  return sys_days{*date} + hours{h} + minutes{m} + seconds{s} + milliseconds{millis} - *offset;
}

std::string to_iso(Date date) {
  return fmt::format(FMT_COMPILE("{:04}-{:02}-{:02}"), static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::optional<Date> parse_date(std::string_view text) {
  if (text.size() != 10 || !has_date_shape(text)) return std::nullopt;
  return checked(digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2));
}

std::optional<IncompleteDate> parse_incomplete_date(std::string_view text) {
  if (text.size() != 10 || !has_date_shape(text)) return std::nullopt;
  const int y = digits(text, 0, 4);
  const int m = digits(text, 5, 2);
  const int d = digits(text, 8, 2);
  if (y < 1 || m < 0 || m > 12 || d < 0 || d > 31 || (m == 0 && d != 0)) return std::nullopt;
  if (m != 0 && d != 0 && !checked(y, m, d)) return std::nullopt;
  return IncompleteDate{y, static_cast<unsigned>(m), static_cast<unsigned>(d)};
}

Date IncompleteDate::earliest() const {
  return Date{std::chrono::year{year}, std::chrono::month{month == 0 ? 1 : month},
              std::chrono::day{day == 0 ? 1 : day}};
}

Date IncompleteDate::latest() const {
  const auto y = std::chrono::year{year};
  if (month == 0) return Date{y / December / 31};
  if (day == 0) return Date{y / std::chrono::month{month} / last};
  return Date{y, std::chrono::month{month}, std::chrono::day{day}};
}

minutes offset_in_brussels(Timestamp time) {
  const year y = Date{floor<days>(time)}.year();
  const bool summer = time >= change_to(y, March) && time < change_to(y, October);
  return summer ? hours{2} : hours{1};
}

Date date_in_brussels(Timestamp time) {
  return Date{floor<days>(time + offset_in_brussels(time))};
}

Timestamp start_of_day_in_brussels(Date date) {
  const Timestamp midnight_utc = sys_days{date};
  // The clock changes at 01:00 UTC, after midnight in Belgium on both days, so the offset of the evening before holds.
  return midnight_utc - offset_in_brussels(midnight_utc - hours{2});
}

Date add_months(Date date, int count) {
  const auto shifted = year_month{date.year(), date.month()} + months{count};
  const Date same_day{shifted.year(), shifted.month(), date.day()};
  return same_day.ok() ? same_day : Date{shifted / last};
}

Date add_days(Date date, int count) {
  return Date{sys_days{date} + days{count}};
}

int days_between(Date from, Date to) {
  return static_cast<int>((sys_days{to} - sys_days{from}).count());
}

int full_years_between(Date birth, Date on) {
  int years_passed = static_cast<int>(on.year()) - static_cast<int>(birth.year());
  // Someone born on 29 February has a birthday on 1 March in common years.
  if (std::pair{on.month(), on.day()} < std::pair{birth.month(), birth.day()}) --years_passed;
  return years_passed;
}

}  // namespace ketenpoort
