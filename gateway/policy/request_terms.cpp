#include "gateway/policy/request_terms.hpp"

#include <algorithm>
#include <array>

namespace ketenpoort::policy {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

// The anonymous Gregorian algorithm.
Date easter_sunday(int y) {
  const int golden = y % 19, century = y / 100, in_century = y % 100;
  const int epact = (19 * golden + century - century / 4 - (8 * century + 13) / 25 + 15) % 30;
  const int to_sunday = (32 + 2 * (century % 4) + 2 * (in_century / 4) - epact - in_century % 4) % 7;
  const int late = (golden + 11 * epact + 22 * to_sunday) / 451;
  const int number = epact + to_sunday - 7 * late + 114;
  return Date{std::chrono::year{y}, std::chrono::month{static_cast<unsigned>(number / 31)},
              std::chrono::day{static_cast<unsigned>(number % 31 + 1)}};
}

bool is_holiday(Date day) {
  constexpr std::array<std::pair<unsigned, unsigned>, 7> fixed = {
      {{1, 1}, {5, 1}, {7, 21}, {8, 15}, {11, 1}, {11, 11}, {12, 25}}};
  const std::pair number{static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day())};
  if (std::ranges::find(fixed, number) != fixed.end()) return true;
  const auto after_easter = sys_days{day} - sys_days{easter_sunday(static_cast<int>(day.year()))};
  return after_easter == days{1} || after_easter == days{39} || after_easter == days{50};
}

Date next_working_day(Date day) {
  while (!is_working_day(day)) day = add_days(day, 1);
  return day;
}

bool names(std::string_view basis, std::string_view article) {
  return basis.find(article) != std::string_view::npos;
}

}  // namespace

bool is_working_day(Date day) {
  const std::chrono::weekday weekday{sys_days{day}};
  return weekday != std::chrono::Saturday && weekday != std::chrono::Sunday && !is_holiday(day);
}

Date answer_deadline(Date received) {
  return next_working_day(add_months(received, 1));
}

Date extended_deadline(Date deadline) {
  // The earliest day of receipt that has this deadline: no holidays are so long, nor is a month, that it lay before.
  Date received = add_days(deadline, -45);
  while (answer_deadline(received) < deadline) received = add_days(received, 1);
  return next_working_day(add_months(received, 3));
}

bool may_be_objected_to(const Purpose& purpose) {
  return names(purpose.basis_sender, "6(1)(e)") || names(purpose.basis_sender, "6(1)(f)");
}

bool is_portable(const Purpose& purpose) {
  return names(purpose.basis_sender, "6(1)(a)") || names(purpose.basis_sender, "6(1)(b)") ||
         names(purpose.basis_sender, "9(2)(a)");
}

}  // namespace ketenpoort::policy
