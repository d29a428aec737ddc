#include "gateway/cli/end_signals.hpp"

#include <ctime>

namespace ketenpoort::cli {

EndSignals::EndSignals() {
  ::sigemptyset(&set_);
  for (const int signal : {SIGTERM, SIGINT, SIGCHLD}) ::sigaddset(&set_, signal);
  ::pthread_sigmask(SIG_BLOCK, &set_, nullptr);
}

int EndSignals::wait() const {
  int signal = 0;
  ::sigwait(&set_, &signal);
  return signal;
}

bool EndSignals::wait_for(std::chrono::milliseconds time) const {
  const timespec patience{time.count() / 1000, (time.count() % 1000) * 1'000'000};
  const int signal = ::sigtimedwait(&set_, nullptr, &patience);
  return signal == SIGTERM || signal == SIGINT;
}

}  // namespace ketenpoort::cli
