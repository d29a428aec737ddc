#include "gateway/policy/breach_terms.hpp"

#include <algorithm>
#include <array>

namespace ketenpoort::policy {
namespace {

constexpr std::array<std::string_view, 5> names = {"NOT_REQUIRED", "PENDING", "OVERDUE", "TOLD", "TOLD_LATE"};

}  // namespace

std::string_view to_text(Told told) {
  return names.at(static_cast<std::size_t>(told));
}

std::optional<Told> parse_told(std::string_view text) {
  const auto found = std::ranges::find(names, text);
  if (found == names.end()) return std::nullopt;
  return static_cast<Told>(found - names.begin());
}

std::optional<Timestamp> tell_authority_before(const ledger::BreachRecorded& breach) {
  if (breach.risk == "none") return std::nullopt;
  return breach.aware_at + time_to_tell_authority;
}

Told authority_told(const ledger::BreachRecorded& breach, Timestamp now) {
  const auto before = tell_authority_before(breach);
  if (breach.authority_told) return before && *breach.authority_told > *before ? Told::told_late : Told::told;
  if (!before) return Told::not_required;
  return now > *before ? Told::overdue : Told::pending;
}

Told subjects_told(const ledger::BreachRecorded& breach) {
  if (breach.subjects_told) return Told::told;
  return breach.risk == "high" ? Told::pending : Told::not_required;
}

}  // namespace ketenpoort::policy
