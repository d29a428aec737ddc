#include "gateway/config/policy_ends.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ketenpoort::config {
namespace {

struct Period {
  std::string covers;  // what has to go on, by whichever file: two with the same follow on each other
  PolicyEnd end{};     // of a last day only
  Date from{};
  std::optional<Date> until{};

  [[nodiscard]] bool includes(Date day) const { return from <= day && (!until || day <= *until); }
};

Period period_of(std::string_view kind, std::string_view id, std::string covers, const auto& stated) {
  return {std::move(covers),
          {kind, std::string(id), stated.valid_until.value_or(Date{})},
          stated.valid_from,
          stated.valid_until};
}

// An agreement counts by purpose, since the one that follows it may leave one out.
std::vector<Period> find_periods(const Configuration& configuration) {
  std::vector<Period> periods;
  for (const auto& [agreement, sha256, signer] : configuration.agreements)
    for (const auto& purpose : agreement.purposes)
      periods.push_back(period_of("agreement", agreement.id,
                                  fmt::format("agreement {} {} {} {}", agreement.direction, agreement.recipient,
                                              agreement.recipient_body, purpose),
                                  agreement));
  for (const auto& purpose : configuration.purposes)
    periods.push_back(
        period_of("purpose", purpose.id, fmt::format("purpose {} {}", purpose.recipient, purpose.id), purpose));
  for (const auto& [rule, text] : configuration.rules)
    periods.push_back(period_of("rule", rule.id, "rule " + rule.id, rule));
  return periods;
}

}  // namespace

std::vector<PolicyEnd> find_policy_ends(const Configuration& configuration, Date today) {
  const auto periods = find_periods(configuration);
  std::vector<PolicyEnd> ends;
  for (const auto& one : periods) {
    if (!one.until || std::abs(days_between(today, *one.until)) > policy_notice_days) continue;
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

std::string tell_end(const PolicyEnd& end, Date today) {
  return fmt::format("{} {} {} on {}", end.kind, end.id, end.last_day < today ? "ended" : "ends", to_iso(end.last_day));
}

std::vector<Issue> find_missing_ground(const Configuration& configuration, Date today) {
  std::vector<Issue> issues;
  for (const auto& end : find_policy_ends(configuration, today))
    issues.push_back({ErrorCode::config, fmt::format("{} {}", end.kind, end.id),
                      fmt::format("{} on {} and nothing follows it: what it lets go is refused from then on. Put what "
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

}  // namespace ketenpoort::config
