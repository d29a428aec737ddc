// Whether the gateway can do its work: each part says how it fares, the whole is as well as its worst part.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "gateway/observability/log.hpp"

namespace ketenpoort {

enum class Health { up, degraded, down };
std::string_view to_text(Health health);  // "UP", "DEGRADED", "DOWN" (Belgif REST guide, /health)

class HealthBoard {
 public:
  struct Part {
    Health health = Health::up;
    std::string detail;  // for whoever reads it; anybody may
    bool operator==(const Part&) const = default;
  };
  void report(log::Label part, Health health, std::string detail = {});  // from any thread; a change is logged
  [[nodiscard]] Health overall() const;                                  // up while nothing reported otherwise
  [[nodiscard]] std::map<std::string_view, Part> parts() const;          // those that reported, by name
  [[nodiscard]] bool ready() const;                                      // started, not draining, not down
  void set_ready(bool ready);

 private:
  mutable std::mutex mutex_;
  std::map<std::string_view, Part> parts_;
  bool ready_ = false;
};

}  // namespace ketenpoort
