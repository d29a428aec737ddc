#include "gateway/cli/progress_bar.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

namespace ketenpoort::cli {
namespace {

constexpr std::uint64_t width = 40;

}  // namespace

ProgressBar::ProgressBar(std::string unit) : unit_(std::move(unit)), on_terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (shown_) fmt::print(stderr, "\r{:<79}\r", "");
}

void ProgressBar::show(std::uint64_t done, std::uint64_t total) {
  if (!on_terminal_) return;
  const auto filled = total == 0 ? width : std::min(width, done * width / total);
  fmt::print(stderr, "\r[{:=<{}}{:<{}}] {} of {} {}", "", filled, "", width - filled, done, total, unit_);
  shown_ = true;
}

}  // namespace ketenpoort::cli
