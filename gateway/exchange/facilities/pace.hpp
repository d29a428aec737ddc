// How many calls a partner takes in a second: a bucket of so many tokens, each of which comes back one second after it
// was taken. So a quiet partner may get as many at once, and yet never more in any second than it was promised.
#pragma once

#include <chrono>
#include <deque>
#include <mutex>
#include <optional>

namespace ketenpoort::exchange {

class Pace {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  explicit Pace(std::size_t per_second) : per_second_(per_second) {}

  [[nodiscard]] std::size_t per_second() const { return per_second_; }

  // What was taken of `before` counts here too: a rate that changes is kept from the first second on.
  void follow(const Pace& before) {
    if (&before == this) return;
    const std::scoped_lock lock(mutex_, before.mutex_);
    taken_ = before.taken_;
    while (taken_.size() > per_second_) taken_.pop_front();
  }

  // Takes a token; else says when the next one comes back.
  [[nodiscard]] std::optional<Moment> take(Moment now) {
    const std::lock_guard lock(mutex_);
    if (const auto wait = next(now); wait > now) return wait;
    if (taken_.size() == per_second_) taken_.pop_front();
    taken_.push_back(now);
    return std::nullopt;
  }

  // When there is a token; not later than now: there is one.
  [[nodiscard]] Moment next_token(Moment now) const {
    const std::lock_guard lock(mutex_);
    return next(now);
  }

 private:
  [[nodiscard]] Moment next(Moment now) const {
    return taken_.size() < per_second_ ? now : taken_.front() + std::chrono::seconds{1};
  }

  mutable std::mutex mutex_;
  const std::size_t per_second_;
  std::deque<Moment> taken_;  // the last ones, oldest first
};

}  // namespace ketenpoort::exchange
