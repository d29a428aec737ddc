#include "gateway/mapping/steps/phone.hpp"

#include <fmt/format.h>

namespace ketenpoort::mapping {
namespace {

// In "+32 (0)470" the 0 in parentheses is the one that is dialled at home only. In Italy, San Marino and the Vatican it
// is part of the number, and who writes it so cannot be understood. Other parentheses are separators.
enum class Trunk { none, dropped, unclear };
Trunk trunk_zero(std::string_view rest, std::string_view before, bool plus) {
  const bool zeros = !plus && before.starts_with("00");
  if (!rest.starts_with("(0)") || !(plus || zeros)) return Trunk::none;
  if (zeros) before.remove_prefix(2);
  const bool after_country = !before.empty() && before.size() <= 3 && before[0] != '0';
  const bool kept = before == "39" || before == "378" || before == "379";
  return after_country && !kept ? Trunk::dropped : Trunk::unclear;
}

}  // namespace

bool read_phone(std::string_view& text, TextArena& arena) {
  constexpr std::size_t least = 6;
  constexpr std::size_t most = 15;
  char digits[24];
  std::size_t size = 0;
  const bool plus = !text.empty() && text.front() == '+';
  bool clean = plus;
  for (std::size_t at = plus ? 1 : 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '(') {
      const auto trunk = trunk_zero(text.substr(at), {digits, size}, plus);
      if (trunk == Trunk::unclear) return false;
      if (trunk == Trunk::dropped) at += 2;
      clean = false;
      continue;
    }
    if (c == ' ' || c == '.' || c == '/' || c == '-' || c == ')') {
      clean = false;
      continue;
    }
    if (c < '0' || c > '9' || size == sizeof digits) return false;
    digits[size++] = c;
  }
  std::string_view number(digits, size);
  std::string_view country;
  if (!plus && number.starts_with("00")) {
    number.remove_prefix(2);
  } else if (!plus && number.starts_with('0')) {
    number.remove_prefix(1);
    country = "32";
  } else if (!plus) {
    return false;
  }
  const auto length = country.size() + number.size();
  if (length < least || length > most || (country.empty() && number.starts_with('0'))) return false;
  // No Belgian number begins with 0 behind +32: the one that is dialled at home was left in.
  if (number.starts_with(country.empty() ? "320" : "0")) return false;
  if (!clean) text = arena.keep(fmt::format("+{}{}", country, number));
  return true;
}

}  // namespace ketenpoort::mapping
