#include "gateway/cli/send/send_display.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace ketenpoort::cli {
namespace {

constexpr std::chrono::milliseconds redraw_interval{100};
constexpr std::chrono::seconds line_interval{5};
constexpr std::size_t bar_width = 30;

}  // namespace

SendDisplay::SendDisplay(std::string file, std::size_t rows, std::size_t already_done)
    : file_(std::move(file)),
      rows_(rows),
      already_done_(already_done),
      terminal_(::isatty(STDERR_FILENO) == 1),
      start_(std::chrono::steady_clock::now()),
      drawn_(start_) {}

SendDisplay::~SendDisplay() {
  clear();
}

void SendDisplay::show(std::size_t accepted, std::size_t rejected) {
  const auto now = std::chrono::steady_clock::now();
  const bool due = terminal_ ? now - drawn_ >= redraw_interval : now - drawn_ >= line_interval;
  if (!due) return;
  drawn_ = now;
  const std::size_t sent = accepted + rejected;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const auto rate = static_cast<std::size_t>(static_cast<double>(sent) / seconds);
  auto line = fmt::format("{} {} of {}, {}/s", file_, already_done_ + sent, rows_, rate);
  if (rejected > 0) line += fmt::format(", {} rejected", rejected);
  if (terminal_)
    fmt::print(stderr, "\r\033[K{} {}", bar(already_done_ + sent), line);
  else
    fmt::print(stderr, "{}\n", line);
}

void SendDisplay::say(std::string_view line) {
  clear();
  fmt::print(stderr, "{}\n", line);
}

std::string SendDisplay::bar(std::size_t done) const {
  const std::size_t filled = rows_ == 0 ? bar_width : std::min(bar_width, done * bar_width / rows_);
  return fmt::format("[{}{}]", std::string(filled, '#'), std::string(bar_width - filled, ' '));
}

void SendDisplay::clear() const {
  if (terminal_) fmt::print(stderr, "\r\033[K");
}

}  // namespace ketenpoort::cli
