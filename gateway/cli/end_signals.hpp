// SIGTERM and SIGINT end a command that stays up, SIGCHLD says that a process of it ended. All are waited for, never
// handled, and stay blocked to the end: a second Ctrl-C must not cut the cleaning up short. Made before any thread is,
// since threads inherit what is blocked.
#pragma once

#include <chrono>
#include <csignal>

namespace ketenpoort::cli {

class EndSignals {
 public:
  EndSignals();

  // Waits for one of the three and says which.
  [[nodiscard]] int wait() const;
  // Waits so long at most; true when the command is to end.
  [[nodiscard]] bool wait_for(std::chrono::milliseconds time) const;

 private:
  sigset_t set_{};
};

}  // namespace ketenpoort::cli
