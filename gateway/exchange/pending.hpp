// Claims between preparing and durability. Two requests about the same new person, or with the same idempotency key,
// can stand in one batch: the second must not see a vault that has not heard of the first. A claim is made on the
// sequencer's thread and released when the batch is durable, by when the vault answers for it.
#pragma once

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

  void release(const std::vector<Digest>& marks) {
    const std::lock_guard lock(mutex_);
    for (const auto& mark : marks) claimed_.erase(mark);
  }

 private:
  std::mutex mutex_;
  std::set<Digest> claimed_;
};

}  // namespace ketenpoort::exchange
