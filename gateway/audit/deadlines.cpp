#include "gateway/audit/deadlines.hpp"

namespace ketenpoort::audit {

std::optional<Timestamp> find_recheck_due(Date release, Timestamp held_at, bool facts_too_old) {
  const auto due = start_of_day_in_brussels(add_days(release, -days_to_recheck));
  if (due >= held_at) return due;
  return facts_too_old ? std::optional(held_at) : std::nullopt;
}

}  // namespace ketenpoort::audit
