#include "gateway/observability/health.hpp"

#include <algorithm>

namespace ketenpoort {

std::string_view to_text(Health health) {
  switch (health) {
    case Health::up:
      return "UP";
    case Health::degraded:
      return "DEGRADED";
    case Health::down:
      break;
  }
  return "DOWN";
}

void HealthBoard::report(log::Label part, Health health) {
  {
    const std::lock_guard lock(mutex_);
    const auto [entry, is_new] = parts_.try_emplace(part.text(), Health::up);
    if (entry->second == health) return;
    entry->second = health;
  }
  log::warning("health_changed", log::field("part", part), log::field("health", health));
}

Health HealthBoard::overall() const {
  const std::lock_guard lock(mutex_);
  Health worst = Health::up;
  for (const auto& [part, health] : parts_) worst = std::max(worst, health);
  return worst;
}

std::map<std::string_view, Health> HealthBoard::parts() const {
  const std::lock_guard lock(mutex_);
  return parts_;
}

bool HealthBoard::ready() const {
  const bool up = overall() != Health::down;
  const std::lock_guard lock(mutex_);
  return ready_ && up;
}

void HealthBoard::set_ready(bool ready) {
  const std::lock_guard lock(mutex_);
  ready_ = ready;
}

}  // namespace ketenpoort
