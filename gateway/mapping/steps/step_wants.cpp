#include <fmt/format.h>

#include <array>
#include <utility>

#include "gateway/mapping/steps/steps.hpp"

namespace ketenpoort::mapping {
namespace {

constexpr std::array plain_wants = {
    std::pair<std::string_view, std::string_view>{"latin", "Latin letters only"},
    std::pair<std::string_view, std::string_view>{"datetime", "a moment with its offset, as 2026-03-01T09:30:00+01:00"},
    std::pair<std::string_view, std::string_view>{"local_date", "a moment with its offset"},
    std::pair<std::string_view, std::string_view>{"local_time", "a moment with its offset"},
    std::pair<std::string_view, std::string_view>{"age_on", "a day that exists, as 2026-03-01"},
    std::pair<std::string_view, std::string_view>{"add_months", "a day that exists, as 2026-03-01"},
    std::pair<std::string_view, std::string_view>{"add_days", "a day that exists, as 2026-03-01"},
    std::pair<std::string_view, std::string_view>{"ssin", "an SSIN of eleven digits with right check digits"},
    std::pair<std::string_view, std::string_view>{"phone_e164", "a telephone number, as +32470000001"},
    std::pair<std::string_view, std::string_view>{"integer", "a whole number in digits"},
    std::pair<std::string_view, std::string_view>{"decimal", "a number, as 1.5"},
};

std::string describe_date(const StepArguments& arguments) {
  if (arguments.words.empty() || arguments.words[0] == "parts")
    return "a day that exists, as 2026-03-01, with 00 for an unknown month or day";
  if (arguments.number == 1)
    return fmt::format("a day that exists, written {}, with 00 for an unknown month or day", arguments.words[0]);
  return "a day that exists, as 2026-03-01";
}

}  // namespace

std::string describe_wanted(const StepKind& kind, const StepArguments& arguments) {
  if (kind.name == "at_most") return fmt::format("at most {} characters", arguments.number);
  if (kind.name == "date") return describe_date(arguments);
  if (kind.name == "boolean") {
    if (arguments.named.empty()) return "true or false";
    return fmt::format("{} or {}", arguments.named.find("true")->second, arguments.named.find("false")->second);
  }
  for (const auto& [name, wants] : plain_wants)
    if (name == kind.name) return std::string(wants);
  return {};
}

}  // namespace ketenpoort::mapping
