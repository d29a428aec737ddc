// A figure that is dear to compute and asked for by anybody: computed once in a while, however often it is asked for.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace ketenpoort {

// Thread-safe: who asks while it is computed waits for that.
template <class T>
class Remembered {
 public:
  using Clock = std::chrono::steady_clock;
  explicit Remembered(std::chrono::milliseconds lifetime, std::function<Clock::time_point()> now = Clock::now)
      : lifetime_(lifetime), now_(std::move(now)) {}

  template <class F>
  T get(F compute) {
    const std::lock_guard lock(mutex_);
    if (!value_ || now_() - computed_ >= lifetime_) {
      value_ = compute();
      computed_ = now_();  // afterwards, so that what takes long does not run without a pause
    }
    return *value_;
  }

 private:
  std::chrono::milliseconds lifetime_;
  std::function<Clock::time_point()> now_;
  std::mutex mutex_;
  std::optional<T> value_;
  Clock::time_point computed_{};
};

}  // namespace ketenpoort
