// How reading the configuration again went, for whoever asks.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "gateway/base/result.hpp"

namespace ketenpoort::config {

// Thread-safe.
class ReloadBoard {
 public:
  struct Standing {
    std::uint64_t swapped = 0;
    std::uint64_t refused = 0;
    // Of the last one that was refused, while no later one was accepted: what the files say is not what runs.
    std::vector<Issue> mistakes;
    std::vector<std::string> needs_restart;  // keys of gateway.yaml that say something else than at the start
  };

  void note_swap(std::vector<std::string> needs_restart) {
    const std::lock_guard lock(mutex_);
    ++standing_.swapped;
    standing_.mistakes.clear();
    standing_.needs_restart = std::move(needs_restart);
  }
  // `mistakes`: none where what runs is what the files say, and something else was refused with them.
  void note_refusal(std::vector<Issue> mistakes) {
    const std::lock_guard lock(mutex_);
    ++standing_.refused;
    standing_.mistakes = std::move(mistakes);
  }
  [[nodiscard]] Standing standing() const {
    const std::lock_guard lock(mutex_);
    return standing_;
  }

 private:
  mutable std::mutex mutex_;
  Standing standing_;
};

}  // namespace ketenpoort::config
