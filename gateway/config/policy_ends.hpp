// When the ground under transfers runs out: agreements, purposes and dated rules have a last day, and what would go
// after it is refused.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/config/settings.hpp"

namespace ketenpoort::config {

struct PolicyEnd {
  std::string_view kind;  // "agreement", "purpose", "rule"
  std::string id;
  Date last_day{};
  auto operator<=>(const PolicyEnd&) const = default;
};

// What ends from `today` on within this many days, with nothing in its place on the day after; or ended as many days
// ago at most, with nothing in its place today. What ended before is history. Sorted, each once.
constexpr int policy_notice_days = 30;
std::vector<PolicyEnd> find_policy_ends(const Configuration& configuration, Date today);

// "agreement fedasil-vdab ends on 2026-12-05", "... ended on 2026-11-01"
std::string tell_end(const PolicyEnd& end, Date today);

// The same, and partners that nothing may be sent to today, whatever anybody consents to: where, and what to do.
// Neither is a mistake by itself: an agreement may be about to be signed, or to end on purpose.
std::vector<Issue> find_missing_ground(const Configuration& configuration, Date today);

}  // namespace ketenpoort::config
