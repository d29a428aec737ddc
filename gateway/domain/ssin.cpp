#include "gateway/domain/ssin.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

#include "gateway/base/ascii.hpp"

namespace ketenpoort {
namespace {

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::uint64_t number(std::string_view digits) {
  std::uint64_t value = 0;
  for (const char c : digits) value = value * 10 + static_cast<std::uint64_t>(c - '0');
  return value;
}

// 1900 or 2000 as the check digits say; 0 when neither fits.
int century_of(std::string_view text) {
  const auto base = number(text.substr(0, 9));
  const auto check = number(text.substr(9, 2));
  if (97 - base % 97 == check) return 1900;
  if (97 - (2'000'000'000 + base) % 97 == check) return 2000;
  return 0;
}

std::optional<IncompleteDate> birth_of(int century, unsigned year, unsigned month, unsigned day) {
  IncompleteDate date{century + static_cast<int>(year), month, day};
  if (month > 12 || day > 31) return std::nullopt;
  if (month == 0) date.day = 0;
  if (month == 0 || day == 0) return date;
  const Date whole{std::chrono::year{date.year}, std::chrono::month{month}, std::chrono::day{day}};
  return whole.ok() ? std::optional{date} : std::nullopt;
}

constexpr std::size_t ssin_digits = 11;

SsinCheck faulty(SsinFault fault) {
  return {std::nullopt, fault};
}

}  // namespace

SsinCheck check_ssin(std::string_view text, bool allow_mock, Date today) {
  if (text.size() != 11 || !all_digits(text)) return faulty(SsinFault::not_eleven_digits);
  const int century = century_of(text);
  if (century == 0) return faulty(SsinFault::wrong_check_digits);
  const auto year = static_cast<unsigned>(number(text.substr(0, 2)));
  const auto month = static_cast<unsigned>(number(text.substr(2, 2)));
  const auto day = static_cast<unsigned>(number(text.substr(4, 2)));
  const auto shift = month / 20;  // 0 national register, 1 and 2 BIS, 3 mock
  if (shift > 3) return faulty(SsinFault::impossible_date);
  const auto birth = birth_of(century, year, month % 20, day);
  if (!birth || birth->earliest() > today) return faulty(SsinFault::impossible_date);
  const auto serial = number(text.substr(6, 3));
  if (shift == 0 && (serial == 0 || serial == 999)) return faulty(SsinFault::impossible_date);
  if (shift == 3 && !allow_mock) return faulty(SsinFault::mock_not_allowed);
  return {Ssin{shift == 0   ? SsinKind::national_register
               : shift == 3 ? SsinKind::mock
                            : SsinKind::bis,
               *birth},
          std::nullopt};
}

bool holds_ssin(std::string_view text, Date today) {
  for (std::size_t begin = 0; begin < text.size(); ++begin) {
    if (!is_digit(text[begin]) || (begin > 0 && is_digit(text[begin - 1]))) continue;
    std::string digits;
    for (std::size_t at = begin; at < text.size() && digits.size() <= ssin_digits; ++at) {
      if (is_digit(text[at])) {
        digits += text[at];
      } else if (std::string_view(" .-/").find(text[at]) == std::string_view::npos || !is_digit(text[at - 1])) {
        break;
      }
      const bool ends = at + 1 == text.size() || !is_digit(text[at + 1]);
      if (digits.size() == ssin_digits && ends && !check_ssin(digits, true, today).fault) return true;
    }
  }
  return false;
}

std::string_view to_text(SsinFault fault) {
  switch (fault) {
    case SsinFault::not_eleven_digits:
      return "a national number has eleven digits without separators";
    case SsinFault::wrong_check_digits:
      return "the check digits do not fit: a digit is wrong or two are swapped";
    case SsinFault::impossible_date:
      return "the birth date or serial number in it is impossible";
    case SsinFault::mock_not_allowed:
      return "test numbers (month + 60) are allowed in a test environment only (test.allowMockSsin)";
  }
  return "not a national number";
}

bool is_kbo_number(std::string_view text) {
  return text.size() == 10 && all_digits(text) && 97 - number(text.substr(0, 8)) % 97 == number(text.substr(8, 2));
}

}  // namespace ketenpoort
