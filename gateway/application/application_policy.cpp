// The ground under transfers that runs out: told in time, since what comes after it is refused.
#include <string>

#include "gateway/application/application_parts.hpp"
#include "gateway/cli/ground_check.hpp"
#include "gateway/observability/log.hpp"

namespace ketenpoort {

void Application::Parts::note_policy_ends(const config::Configuration& from) const {
  const auto today = date_in_brussels(facilities->clock.now());
  for (const auto& end : cli::find_ground_ends(from, facilities->formats->mappings, today)) {
    const auto kind = log::ConfiguredName::parse(end.kind);
    const auto id = log::ConfiguredName::parse(end.id);
    if (kind && id)
      log::warning("policy_ends_soon", log::field("kind", *kind), log::field("id", *id),
                   log::field("days", days_between(today, end.last_day)));
  }
}

void Application::Parts::look_at_policy() {
  const auto today = date_in_brussels(facilities->clock.now());
  const auto from = configuration.get();
  std::string ending;
  for (const auto& end : cli::find_ground_ends(*from, facilities->formats->mappings, today))
    ending += (ending.empty() ? "" : ", ") + cli::tell_end(end, today);
  health.report("policy", ending.empty() ? Health::up : Health::degraded, std::move(ending));
}

}  // namespace ketenpoort
