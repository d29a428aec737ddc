#include "gateway/exchange/outcomes/check_activity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

#include "gateway/base/ascii.hpp"
#include "gateway/domain/ssin.hpp"

namespace ketenpoort::exchange {
namespace {

using formats::JsonKind;
using formats::JsonView;

constexpr std::size_t longest_number = 5;  // a postal code, a year, a price; a file number or a telephone's is longer

bool has_long_number(std::string_view text) {
  std::size_t run = 0;
  for (const char c : text) {
    run = is_digit(c) ? run + 1 : 0;
    if (run > longest_number) return true;
  }
  return false;
}

// "d" is a digit; what stands around it belongs to no longer number.
bool has_shape(std::string_view text, std::size_t at, std::string_view shape) {
  if (text.size() - at < shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == 'd' ? !is_digit(text[at + i]) : text[at + i] != shape[i]) return false;
  const auto joins = [](char c) { return c == '-' || c == '.'; };
  const auto end = at + shape.size();
  const bool goes_on = end < text.size() &&
                       (is_digit(text[end]) || (joins(text[end]) && end + 1 < text.size() && is_digit(text[end + 1])));
  const bool went_on = at > 0 && (is_digit(text[at - 1]) || text[at - 1] == '+' ||
                                  (joins(text[at - 1]) && at > 1 && is_digit(text[at - 2])));
  return !goes_on && !went_on;
}

int two_digits(std::string_view text, std::size_t at) {
  return (text[at] - '0') * 10 + (text[at + 1] - '0');
}

// Days and hours as they are written with dashes.
std::size_t find_moment(std::string_view text, std::size_t at) {
  const auto is_day = [&](std::size_t day, std::size_t month, std::size_t year) {
    const int century = two_digits(text, year);
    return two_digits(text, day) >= 1 && two_digits(text, day) <= 31 && two_digits(text, month) >= 1 &&
           two_digits(text, month) <= 12 && (century == 19 || century == 20);
  };
  const auto is_hour = [&](std::size_t from) { return two_digits(text, from) < 24 && two_digits(text, from + 3) < 60; };
  constexpr std::string_view iso = "dddd-dd-dd", ours = "dd-dd-dddd", hours = "dd.dd-dd.dd";
  if (has_shape(text, at, iso) && is_day(at + 8, at + 5, at)) return iso.size();
  if (has_shape(text, at, ours) && is_day(at, at + 3, at + 6)) return ours.size();
  if (has_shape(text, at, hours) && is_hour(at) && is_hour(at + 6)) return hours.size();
  return 0;
}

std::string without_moments(std::string_view text) {
  std::string out(text);
  for (std::size_t at = 0; at < text.size(); ++at)
    if (const auto size = find_moment(text, at); size > 0) out.replace(at, size, size, 'x');
  return out;
}

// Ten digits or so with a plus or a zero in front, in groups.
bool has_telephone(std::string_view written) {
  const auto text = without_moments(written);
  for (std::size_t begin = 0; begin < text.size(); ++begin) {
    const bool starts = text[begin] == '+' || (text[begin] == '0' && (begin == 0 || !is_digit(text[begin - 1])));
    if (!starts) continue;
    std::size_t digits = 0;
    for (std::size_t at = begin + (text[begin] == '+' ? 1 : 0); at < text.size(); ++at) {
      if (is_digit(text[at]))
        ++digits;
      else if (std::string_view(" ./()-").find(text[at]) == std::string_view::npos)
        break;
    }
    if (digits >= 9 && digits <= 15) return true;
  }
  return false;
}

bool has_address(std::string_view text) {
  const auto at = text.find('@');
  return at != std::string_view::npos && at > 0 && text[at - 1] != ' ' && at + 1 < text.size() && text[at + 1] != ' ';
}

// Why nobody can read it, empty where they can: the texts are shown, and go into files for other programs.
std::string_view find_unreadable(std::string_view text) {
  const auto is_control = [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
  };
  if (std::ranges::any_of(text, is_control)) return "it holds a control character; send text";
  if (text.find_first_not_of(" \t\r\n") == text.npos) return "it is white space; say something, or leave it out";
  return {};
}

class Check {
 public:
  explicit Check(Date today) : today_(today) {}

  void texts(const std::string& where, JsonView value) {
    if (const auto text = value.as_string()) {
      const auto unreadable = find_unreadable(*text);
      const auto why = unreadable.empty() ? find_personal(*text, today_) : unreadable;
      if (!why.empty()) complain(where, std::string(why));
      return;
    }
    for (const auto& [key, one] : value.members()) texts(fmt::format("{}.{}", where, key), one);
  }

  std::optional<Date> day(const std::string& where, JsonView value) {
    const auto text = value.as_string();
    if (!text) return std::nullopt;
    const auto date = parse_date(*text);
    if (!date) complain(where, "no such day");
    return date;
  }

  void no_ssin(const std::string& where, JsonView value) {
    if (const auto text = value.as_string(); text && holds_ssin(*text, today_))
      complain(where, "it holds what may be a person's number; nothing here may be about a person");
  }

  void complain(std::string where, std::string detail) {
    issues.push_back({ErrorCode::invalid_input, std::move(where), std::move(detail)});
  }

  std::vector<Issue> issues;

 private:
  Date today_;
};

}  // namespace

std::string_view find_personal(std::string_view text, Date today) {
  if (holds_ssin(text, today)) return "it holds what may be a person's number; nothing here may be about a person";
  if (has_address(text)) return "it holds an e-mail address; put the team's mailbox under enrol.email";
  if (has_telephone(text)) return "it holds a telephone number; put the team's number under enrol.phone";
  if (has_long_number(text))
    return "it holds a number of more than five digits, which may be a person's; leave it out, or put it under enrol";
  return {};
}

std::vector<Issue> check_activity(JsonView activity, Date today) {
  Check check(today);
  for (const std::string key : {"title", "description", "place"}) check.texts(key, activity.find(key));
  check.texts("targetGroup.description", activity.find("targetGroup").find("description"));
  check.no_ssin("reference", activity.find("reference"));
  for (const std::string key : {"url", "email", "phone"})
    check.no_ssin("enrol." + key, activity.find("enrol").find(key));
  const auto from = check.day("from", activity.find("from"));
  const auto until = check.day("until", activity.find("until"));
  const auto enrol = check.day("enrol.until", activity.find("enrol").find("until"));
  if (from && until && *until < *from) check.complain("until", "it must not be before `from`");
  if (until && *until < today) check.complain("until", "it is over: nothing that is over is published");
  if (enrol && until && *until < *enrol) check.complain("enrol.until", "it must not be after `until`");
  std::size_t n = 0;
  for (const auto session : activity.find("sessions").elements()) {
    const auto where = fmt::format("sessions[{}]", n++);
    const auto start = parse_rfc3339(session.find("start").as_string().value_or(""));
    const auto end = session.find("end") ? parse_rfc3339(session.find("end").as_string().value_or("")) : start;
    if (!start || !end) {
      check.complain(where, "a moment is written as 2026-12-03T09:00:00+01:00");
      continue;
    }
    if (*end < *start) check.complain(where, "`end` must not be before `start`");
    const auto on = date_in_brussels(*start);
    if ((from && on < *from) || (until && *until < on)) check.complain(where, "it lies outside `from` and `until`");
  }
  return std::move(check.issues);
}

}  // namespace ketenpoort::exchange
