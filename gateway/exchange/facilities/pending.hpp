// Claims between preparing and durability. Two requests about the same new person, or with the same idempotency key,
// can stand in one batch: the second must not see a vault that has not heard of the first. A claim is made on the
// sequencer's thread and released when the batch is durable, by when the vault answers for it.
#pragma once

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <vector>

#include "gateway/base/digest.hpp"

namespace ketenpoort::exchange {

class Pending {
 public:
  // False when another request holds one of them: come again after the batch.
  [[nodiscard]] bool claim(const std::vector<Digest>& marks) {
    const std::lock_guard lock(mutex_);
    for (const auto& mark : marks)
      if (claimed_.contains(mark)) return false;
    claimed_.insert(marks.begin(), marks.end());
    return true;
  }

  // Numbers on their way from one subject to another, by decision: whoever comes with one waits until the vault knows
  // whose it is.
  void begin_moving(const std::vector<Digest>& marks) {
    const std::lock_guard lock(mutex_);
    moving_.insert(marks.begin(), marks.end());
    any_moving_ = !moving_.empty();
  }
  void end_moving(const std::vector<Digest>& marks) {
    const std::lock_guard lock(mutex_);
    for (const auto& mark : marks) moving_.erase(mark);
    any_moving_ = !moving_.empty();
  }
  [[nodiscard]] bool is_moving(const std::vector<Digest>& marks) {
    if (!any_moving_) return false;
    const std::lock_guard lock(mutex_);
    return std::any_of(marks.begin(), marks.end(), [&](const Digest& mark) { return moving_.contains(mark); });
  }

  void release(const std::vector<Digest>& marks) {
    const std::lock_guard lock(mutex_);
    for (const auto& mark : marks) claimed_.erase(mark);
  }

 private:
  std::mutex mutex_;
  std::set<Digest> claimed_;
  std::set<Digest> moving_;
  std::atomic<bool> any_moving_{false};
};

}  // namespace ketenpoort::exchange
