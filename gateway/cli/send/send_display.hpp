// What somebody who waits sees on stderr: a bar on a terminal, a line now and then otherwise; complaints in between.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace ketenpoort::cli {

class SendDisplay {
 public:
  SendDisplay(std::string file, std::size_t rows, std::size_t already_done);
  ~SendDisplay();  // takes the bar away
  SendDisplay(const SendDisplay&) = delete;
  SendDisplay& operator=(const SendDisplay&) = delete;

  void show(std::size_t accepted, std::size_t rejected);  // draws no more often than makes sense
  void say(std::string_view line);                        // a complaint or a notice, above the bar

 private:
  [[nodiscard]] std::string bar(std::size_t done) const;
  void clear() const;

  std::string file_;
  std::size_t rows_;
  std::size_t already_done_;
  bool terminal_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point drawn_;
};

}  // namespace ketenpoort::cli
