#include "gateway/ledger/entry/entry_form.hpp"

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

namespace {

constexpr std::size_t iv_bytes = 12;
constexpr std::size_t tag_bytes = 16;
constexpr std::size_t key_bytes = 32;

// Branches on nothing, so that it is done for many characters at once: sealed parts are the longest texts of a log.
bool is_all_base64(std::string_view text) {
  unsigned char bad = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = static_cast<unsigned char>((byte | 0x20U) - 'a') < 26;
    const bool digit = static_cast<unsigned char>(byte - '0') < 10;
    bad |= static_cast<unsigned char>(!(letter | digit | (byte == '+') | (byte == '/')));
  }
  return bad == 0;
}

unsigned base64_value(char c) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return static_cast<unsigned>(alphabet.find(c));
}

}  // namespace

std::optional<std::size_t> base64_size(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const auto size = text.size() / 4 * 3;
  std::size_t padding = 0;
  for (; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  if (!is_all_base64(text)) return std::nullopt;
  // The bits that the padding leaves over are zero.
  if (padding > 0 && base64_value(text.back()) % (padding == 1 ? 4 : 16) != 0) return std::nullopt;
  return size - padding;
}

bool is_sealed_part(std::string_view ct, std::string_view dek, std::string_view iv) {
  return base64_size(iv) == iv_bytes && base64_size(dek) == iv_bytes + key_bytes + tag_bytes &&
         base64_size(ct).value_or(0) >= tag_bytes;
}

const char* fault_of(const Entry::ActorView& actor) {
  if (actor.type != "system" && actor.type != "operator" && actor.type != "data-subject") return "has no known type";
  const bool digits = std::all_of(actor.org.begin(), actor.org.end(), [](char c) { return c >= '0' && c <= '9'; });
  return actor.org.empty() || (actor.org.size() == 10 && digits) ? nullptr : "has an org that is not a KBO number";
}

}  // namespace ketenpoort::ledger
