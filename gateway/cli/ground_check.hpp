// When the ground under transfers runs out: agreements, purposes, dated rules and mappings have a last day, and what
// would go after it does not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/config/settings.hpp"
#include "gateway/mapping/library.hpp"

namespace ketenpoort::cli {

struct GroundEnd {
  std::string_view kind;  // "agreement", "purpose", "rule", "mapping"
  std::string id;
  Date last_day{};
  auto operator<=>(const GroundEnd&) const = default;
};

// What ends from `today` on within this many days, with nothing in its place on the day after; or ended as many days
// ago at most, with nothing in its place today. What ended before is history. Sorted, each once.
constexpr int days_of_notice = 30;
std::vector<GroundEnd> find_ground_ends(const config::Configuration& configuration, const mapping::Library& mappings,
                                        Date today);

// "agreement fedasil-vdab ends on 2026-12-05", "... ended on 2026-11-01"
std::string tell_end(const GroundEnd& end, Date today);

// The same, and partners that nothing may be sent to today, whatever anybody consents to: where, and what to do.
// Neither is a mistake by itself: an agreement may be about to be signed, or to end on purpose.
std::vector<Issue> find_missing_ground(const config::Configuration& configuration, const mapping::Library& mappings,
                                       Date today);

}  // namespace ketenpoort::cli
