#include "gateway/cli/ground_check.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ketenpoort::cli {
namespace {

struct Period {
  std::string covers;  // what has to go on, by whichever file: two with the same follow on each other
  GroundEnd end{};     // of a last day only
  Date from{};
  std::optional<Date> until{};

  [[nodiscard]] bool includes(Date day) const { return from <= day && (!until || day <= *until); }
};

void add_period(std::vector<Period>& out, std::string covers, GroundEnd end, Date from, std::optional<Date> until) {
  end.last_day = until.value_or(Date{});
  out.push_back({std::move(covers), std::move(end), from, until});
}

// An agreement counts by purpose, since the one that follows it may leave one out.
std::vector<Period> find_periods(const config::Configuration& configuration, const mapping::Library& mappings) {
  std::vector<Period> out;
  for (const auto& [agreement, sha256, signer] : configuration.agreements)
    for (const auto& purpose : agreement.purposes)
      add_period(out,
                 fmt::format("agreement {} {} {} {}", agreement.direction, agreement.recipient,
                             agreement.recipient_body, purpose),
                 {"agreement", agreement.id}, agreement.valid_from, agreement.valid_until);
  for (const auto& purpose : configuration.purposes)
    add_period(out, fmt::format("purpose {} {}", purpose.recipient, purpose.id), {"purpose", purpose.id},
               purpose.valid_from, purpose.valid_until);
  for (const auto& [rule, text] : configuration.rules)
    add_period(out, "rule " + rule.id, {"rule", rule.id}, rule.valid_from, rule.valid_until);
  for (const auto& mapping : mappings.mappings())
    add_period(out, "mapping " + mapping->name(), {"mapping", mapping->name() + '-' + mapping->version()},
               mapping->effective_from(), mapping->effective_until());
  return out;
}

}  // namespace

std::vector<GroundEnd> find_ground_ends(const config::Configuration& configuration, const mapping::Library& mappings,
                                        Date today) {
  const auto periods = find_periods(configuration, mappings);
  std::vector<GroundEnd> ends;
  for (const auto& one : periods) {
    if (!one.until || std::abs(days_between(today, *one.until)) > days_of_notice) continue;
    const auto day_without_it = std::max(add_days(*one.until, 1), today);
    const bool goes_on = std::ranges::any_of(
        periods, [&](const Period& other) { return other.covers == one.covers && other.includes(day_without_it); });
    if (!goes_on) ends.push_back(one.end);
  }
  std::ranges::sort(ends);
  const auto twins = std::ranges::unique(ends);
  ends.erase(twins.begin(), twins.end());
  return ends;
}

std::string tell_end(const GroundEnd& end, Date today) {
  return fmt::format("{} {} {} on {}", end.kind, end.id, end.last_day < today ? "ended" : "ends", to_iso(end.last_day));
}

std::vector<Issue> find_missing_ground(const config::Configuration& configuration, const mapping::Library& mappings,
                                       Date today) {
  std::vector<Issue> issues;
  for (const auto& end : find_ground_ends(configuration, mappings, today))
    issues.push_back({ErrorCode::config, fmt::format("{} {}", end.kind, end.id),
                      fmt::format("{} on {} and nothing follows it: what needs it does not go from then on. Put what "
                                  "follows beside it in time",
                                  end.last_day < today ? "it ended" : "it ends", to_iso(end.last_day))});
  for (const auto& partner : configuration.partners) {
    const bool has_ground = std::ranges::any_of(configuration.agreements, [&](const auto& stated) {
      const auto& agreement = stated.agreement;
      return agreement.direction == "out" && agreement.recipient == partner.recipient &&
             agreement.valid_from <= today && (!agreement.valid_until || today <= *agreement.valid_until);
    });
    if (!has_ground)
      issues.push_back({ErrorCode::config, "partner " + partner.id,
                        fmt::format("no agreement with recipient `{}` (direction out) is in force on {}: whatever is "
                                    "sent to it is refused. Put the signed agreement into agreements/",
                                    partner.recipient, to_iso(today))});
  }
  return issues;
}

}  // namespace ketenpoort::cli
