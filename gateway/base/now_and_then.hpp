// Whether something may be said again: once in a while, however often it happens.
#pragma once

#include <atomic>
#include <chrono>

namespace ketenpoort {

// Thread-safe.
class NowAndThen {
 public:
  using Clock = std::chrono::steady_clock;
  explicit NowAndThen(std::chrono::milliseconds pause) : pause_(pause) {}

  // True for the first, and then for the first after each pause.
  bool is_due(Clock::time_point now = Clock::now()) {
    auto next = next_.load();
    return now >= next && next_.compare_exchange_strong(next, now + pause_);
  }

 private:
  std::chrono::milliseconds pause_;
  std::atomic<Clock::time_point> next_{Clock::time_point::min()};
};

}  // namespace ketenpoort
