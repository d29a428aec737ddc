// How far a long command is: a bar on standard error when that is a terminal, nothing otherwise.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ketenpoort::cli {

class ProgressBar {
 public:
  explicit ProgressBar(std::string unit);  // "entries"
  ~ProgressBar();                          // wipes it
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void show(std::uint64_t done, std::uint64_t total);

 private:
  std::string unit_;
  bool on_terminal_;
  bool shown_ = false;
};

}  // namespace ketenpoort::cli
