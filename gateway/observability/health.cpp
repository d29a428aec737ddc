#include "gateway/observability/health.hpp"

#include <algorithm>
#include <utility>

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

void HealthBoard::report(log::Label part, Health health, std::string detail) {
  {
    const std::lock_guard lock(mutex_);
    auto& entry = parts_[part.text()];
    entry.detail = std::move(detail);
    if (entry.health == health) return;
    entry.health = health;
  }
  log::warning("health_changed", log::field("part", part), log::field("health", health));
}

Health HealthBoard::overall() const {
  const std::lock_guard lock(mutex_);
  Health worst = Health::up;
  for (const auto& [name, part] : parts_) worst = std::max(worst, part.health);
  return worst;
}

std::map<std::string_view, HealthBoard::Part> HealthBoard::parts() const {
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
