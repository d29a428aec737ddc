#include "adapters/http_date.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace ketenpoort::adapters {
namespace {

constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
// Where digits and separators stand.
constexpr std::string_view shape = "???, ## ??? #### ##:##:## GMT";

bool has_shape(std::string_view text) {
  return std::ranges::equal(text, shape, [](char c, char wanted) {
    if (wanted == '#') return c >= '0' && c <= '9';
    return wanted == '?' || c == wanted;
  });
}

int number(std::string_view text, std::size_t at, std::size_t digits) {
  int value = 0;
  std::from_chars(text.data() + at, text.data() + at + digits, value);
  return value;
}

}  // namespace

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
  if (!has_shape(text)) return std::nullopt;
  const auto month = std::ranges::find(months, text.substr(8, 3));
  if (month == months.end()) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{number(text, 12, 4)},
                                         std::chrono::month{static_cast<unsigned>(month - months.begin()) + 1},
                                         std::chrono::day{static_cast<unsigned>(number(text, 5, 2))}};
  const int hour = number(text, 17, 2);
  const int minute = number(text, 20, 2);
  const int second = number(text, 23, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second};
}

}  // namespace ketenpoort::adapters
