// Which permitted transfers are on their way. A withdrawal and the first byte race for the same transfer: whoever comes
// first here decides whether it is cancelled or reported as in flight.
#pragma once

#include <mutex>
#include <unordered_map>

#include "gateway/domain/transfer.hpp"

namespace ketenpoort::exchange {

class InFlight {
 public:
  // The sender, before the first byte. False: it was cancelled meanwhile, send nothing.
  [[nodiscard]] bool begin(const TransferId& id) {
    const std::lock_guard lock(mutex_);
    const auto [it, fresh] = states_.try_emplace(id, State::started);
    if (fresh) return true;
    states_.erase(it);  // cancelled
    return false;
  }

  void end(const TransferId& id) {
    const std::lock_guard lock(mutex_);
    states_.erase(id);
  }

  // A withdrawal, for a transfer whose permit stands. False: the first byte may be out.
  [[nodiscard]] bool try_cancel(const TransferId& id) {
    const std::lock_guard lock(mutex_);
    return states_.try_emplace(id, State::cancelled).second;
  }

 private:
  enum class State { started, cancelled };
  std::mutex mutex_;
  std::unordered_map<TransferId, State, UuidHash> states_;
};

}  // namespace ketenpoort::exchange
