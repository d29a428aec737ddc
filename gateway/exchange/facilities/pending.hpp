// Claims between preparing and durability. Two requests about the same new person, or with the same idempotency key,
// can stand in one batch: the second must not see a vault that has not heard of the first. A claim is made on the
// sequencer's thread and released when the batch is durable, by when the vault answers for it.
#pragma once

#include <algorithm>
#include <atomic>
#include <memory_resource>
#include <mutex>
#include <span>
#include <unordered_set>

#include "gateway/base/digest.hpp"

namespace ketenpoort::exchange {

class Pending {
 public:
  // False when another request holds one of them: come again after the batch.
  [[nodiscard]] bool claim(std::span<const Digest> marks) {
    const std::lock_guard lock(mutex_);
    for (const auto& mark : marks)
      if (claimed_.contains(mark)) return false;
    claimed_.insert(marks.begin(), marks.end());
    return true;
  }

  // Numbers on their way from one subject to another, by decision: whoever comes with one waits until the vault knows
  // whose it is.
  void begin_moving(std::span<const Digest> marks) {
    const std::lock_guard lock(mutex_);
    moving_.insert(marks.begin(), marks.end());
    any_moving_ = !moving_.empty();
  }
  void end_moving(std::span<const Digest> marks) {
    const std::lock_guard lock(mutex_);
    for (const auto& mark : marks) moving_.erase(mark);
    any_moving_ = !moving_.empty();
  }
  [[nodiscard]] bool is_moving(std::span<const Digest> marks) {
    if (!any_moving_) return false;
    const std::lock_guard lock(mutex_);
    return std::any_of(marks.begin(), marks.end(), [&](const Digest& mark) { return moving_.contains(mark); });
  }

  void release(std::span<const Digest> marks) {
    const std::lock_guard lock(mutex_);
    for (const auto& mark : marks) claimed_.erase(mark);
  }

 private:
  // Claimed and released with every call: their memory is used again.
  using Marks = std::pmr::unordered_set<Digest, DigestHash>;

  std::mutex mutex_;
  std::pmr::unsynchronized_pool_resource memory_;
  Marks claimed_{&memory_};
  Marks moving_{&memory_};
  std::atomic<bool> any_moving_{false};
};

}  // namespace ketenpoort::exchange
