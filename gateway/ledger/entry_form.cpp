#include "gateway/ledger/entry_form.hpp"

#include <algorithm>

namespace ketenpoort::ledger {

bool is_version_7(const Uuid& id) {
  return (id.bytes[6] >> 4) == 7 && (id.bytes[8] >> 6) == 2;
}

bool is_kind(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == 0 || dot == std::string_view::npos || dot + 1 == text.size()) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '-' || c == '.'; });
}

bool is_activity(std::string_view text) {
  const auto at = text.find('@');
  return at != 0 && at != std::string_view::npos && at + 1 != text.size();
}

std::optional<Timestamp> parse_ledger_time(std::string_view text) {
  constexpr std::string_view shape = "dddd-dd-ddTdd:dd:dd.dddZ";
  if (text.size() != shape.size()) return std::nullopt;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (shape[i] == 'd' ? !digit : text[i] != shape[i]) return std::nullopt;
  }
  const auto number = [&](std::size_t from, std::size_t count) {
    unsigned value = 0;
    for (std::size_t i = from; i < from + count; ++i) value = value * 10 + static_cast<unsigned>(text[i] - '0');
    return value;
  };
  using namespace std::chrono;
  const year_month_day date{year{static_cast<int>(number(0, 4))}, month{number(5, 2)}, day{number(8, 2)}};
  const unsigned hour = number(11, 2);
  const unsigned minute = number(14, 2);
  const unsigned second = number(17, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return Timestamp(sys_days(date)) + hours(hour) + minutes(minute) + seconds(second) + milliseconds(number(20, 3));
}

const char* fault_of(const Entry::ActorView& actor) {
  if (actor.type != "system" && actor.type != "operator" && actor.type != "data-subject") return "has no known type";
  const bool digits = std::all_of(actor.org.begin(), actor.org.end(), [](char c) { return c >= '0' && c <= '9'; });
  return actor.org.empty() || (actor.org.size() == 10 && digits) ? nullptr : "has an org that is not a KBO number";
}

}  // namespace ketenpoort::ledger
