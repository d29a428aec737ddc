// Until when what failed waits, by the clock that is never set. The log's time stands still while the machine's clock
// lies behind it, and a wait for a moment of the log would last as long as that.
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "gateway/domain/transfer.hpp"

namespace ketenpoort::exchange {

class Waits {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  // The end of the wait that this attempt began, as it was said first: `left` counts when nothing was said before.
  Moment end_of(const TransferId& id, std::uint32_t attempt, std::chrono::milliseconds left) {
    const std::lock_guard lock(mutex_);
    auto& wait = waits_[id];
    if (wait.attempt != attempt) wait = {attempt, std::chrono::steady_clock::now() + left};
    return wait.end;
  }

  void forget(const TransferId& id) {
    const std::lock_guard lock(mutex_);
    waits_.erase(id);
  }

 private:
  struct Wait {
    std::uint32_t attempt = 0;  // the first is 1
    Moment end{};
  };
  std::mutex mutex_;
  std::unordered_map<TransferId, Wait, UuidHash> waits_;
};

}  // namespace ketenpoort::exchange
