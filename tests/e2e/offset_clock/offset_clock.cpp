// Preloaded into a program (LD_PRELOAD), sets the time of day it sees off by KETENPOORT_CLOCK_OFFSET_SECONDS: so that a
// time-stamping authority and a witness live in the same present as a gateway with a test clock. Time that is only
// measured (CLOCK_MONOTONIC) stays as it is.
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>

namespace {

time_t offset() {
  const char* seconds = std::getenv("KETENPOORT_CLOCK_OFFSET_SECONDS");
  return seconds == nullptr ? 0 : static_cast<time_t>(std::strtoll(seconds, nullptr, 10));
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const auto result = ::syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += offset();
  return static_cast<int>(result);
}

int gettimeofday(timeval* now, void* /*zone*/) noexcept {
  timespec precise{};
  const int result = clock_gettime(CLOCK_REALTIME, &precise);
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return result;
}

time_t time(time_t* also) noexcept {
  timespec precise{};
  clock_gettime(CLOCK_REALTIME, &precise);
  if (also != nullptr) *also = precise.tv_sec;
  return precise.tv_sec;
}

}  // extern "C"
