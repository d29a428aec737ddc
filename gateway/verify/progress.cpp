#include "gateway/verify/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace ketenpoort::verify {
namespace {

constexpr std::chrono::milliseconds between_bars{100};
constexpr std::chrono::seconds between_lines{5};
constexpr std::uint64_t bar_width = 40;

}  // namespace

Progress::Progress() : on_terminal_(::isatty(STDERR_FILENO) == 1) {
  next_ = start_;
  next_ += on_terminal_ ? Clock::duration(between_bars) : Clock::duration(between_lines);
}

Progress::~Progress() {
  if (shown_ && on_terminal_) fmt::print(stderr, "\r{:<90}\r", "");
}

void Progress::show(std::uint64_t done, std::uint64_t total) {
  const auto now = Clock::now();
  if (now < next_) return;
  next_ = now;
  next_ += on_terminal_ ? Clock::duration(between_bars) : Clock::duration(between_lines);
  const double rate = static_cast<double>(done) / std::chrono::duration<double>(now - start_).count();
  if (!on_terminal_) {
    fmt::print(stderr, "checked {} of {} entries, {:.0f} a second\n", done, total, rate);
    return;
  }
  shown_ = true;
  const auto filled = total == 0 ? bar_width : std::min(bar_width, done * bar_width / total);
  fmt::print(stderr, "\r[{:=<{}}{:<{}}] {} of {} entries, {:.0f} a second", "", filled, "", bar_width - filled, done,
             total, rate);
  std::fflush(stderr);
}

}  // namespace ketenpoort::verify
