// The way to one recipient: how many deliveries may run at once, and a circuit breaker that holds attempts back while
// the recipient does not answer. What is held back writes nothing to the ledger.
#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "gateway/domain/transfer.hpp"

namespace ketenpoort::exchange {

class Lane {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  explicit Lane(std::size_t concurrency, unsigned failures_to_open = 5)
      : concurrency_(std::max<std::size_t>(concurrency, 1)), failures_to_open_(failures_to_open) {}

  // True: a place was taken, leave() must follow. False: the transfer waits here and comes back from leave(), or is due
  // at `try_again` when the breaker is open.
  struct Entrance {
    bool entered = false;
    std::optional<Moment> try_again;
  };
  [[nodiscard]] Entrance enter(const TransferId& id) {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    if (is_open() && now < open_until_) return {false, open_until_};
    if (running_ >= places()) {
      waiting_.push_back(id);
      return {};
    }
    ++running_;
    return {true, std::nullopt};
  }

  // Returns who may come now.
  [[nodiscard]] std::vector<TransferId> leave(bool recipient_answered) {
    const std::lock_guard lock(mutex_);
    --running_;
    failures_ = recipient_answered ? 0 : failures_ + 1;
    if (is_open()) open_until_ = std::chrono::steady_clock::now() + pause();
    std::vector<TransferId> next;
    // One more than there are places when the breaker is open, so that somebody comes to probe.
    const std::size_t places_free = is_open() ? 1 : places() - std::min(places(), running_);
    while (next.size() < places_free && !waiting_.empty()) {
      next.push_back(waiting_.front());
      waiting_.pop_front();
    }
    return next;
  }

  // For one that was called and does not enter (withdrawn meanwhile, held, looked at twice): who may come in its place.
  // Without this the place stays empty and whoever waits behind it is never called.
  [[nodiscard]] std::optional<TransferId> call_next() {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty() || running_ >= places()) return std::nullopt;
    const TransferId next = waiting_.front();
    waiting_.pop_front();
    return next;
  }

  [[nodiscard]] bool breaker_open() const {
    const std::lock_guard lock(mutex_);
    return is_open();
  }

 private:
  [[nodiscard]] bool is_open() const { return failures_ >= failures_to_open_; }
  [[nodiscard]] std::size_t places() const { return is_open() ? 1 : concurrency_; }  // one probe at a time
  [[nodiscard]] std::chrono::milliseconds pause() const {
    const auto doublings = std::min(failures_ - failures_to_open_, 6U);
    return std::chrono::milliseconds{500} * (1U << doublings);  // half a second to half a minute
  }

  mutable std::mutex mutex_;
  std::size_t concurrency_;
  unsigned failures_to_open_;
  std::size_t running_ = 0;
  unsigned failures_ = 0;
  Moment open_until_{};
  std::deque<TransferId> waiting_;
};

}  // namespace ketenpoort::exchange
