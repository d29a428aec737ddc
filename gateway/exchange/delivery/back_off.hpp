// How long to wait before the next attempt.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

#include "gateway/exchange/facilities/facilities.hpp"

namespace ketenpoort::exchange {

// After so many attempts; a fifth more or less, so that not all come back at once.
inline std::chrono::milliseconds back_off(const RetryPlan& plan, std::uint32_t attempts) {
  thread_local std::minstd_rand random{std::random_device{}()};
  double wait = static_cast<double>(plan.first.count());
  for (std::uint32_t i = 1; i < attempts && wait < static_cast<double>(plan.longest.count()); ++i) wait *= plan.factor;
  wait = std::min(wait, static_cast<double>(plan.longest.count()));
  const double jitter = std::uniform_real_distribution<>(0.8, 1.2)(random);
  return std::chrono::milliseconds{static_cast<std::int64_t>(wait * jitter)};
}

}  // namespace ketenpoort::exchange
