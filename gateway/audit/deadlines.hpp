// Dates that something must happen by, though no entry says when they pass: the events a sender gets of them.
#pragma once

#include <chrono>
#include <optional>

#include "gateway/base/time.hpp"

namespace ketenpoort::audit {

// Facts are acted on for so many days; whoever knows them is asked to look again so long before a release.
constexpr int days_to_recheck = 7;

// When a hold until `release`, written down at `held_at`, makes a recheck due: at the start of the day a week before
// the release, in Belgium. Nothing when that day is past, unless the facts are too old already: then at once.
std::optional<Timestamp> find_recheck_due(Date release, Timestamp held_at, bool facts_too_old);

}  // namespace ketenpoort::audit
