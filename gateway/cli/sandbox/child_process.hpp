// Programs that this one starts and takes with it. For single-threaded use by the thread that started them: a child is
// told to end when that thread does, however it ends.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/result.hpp"

namespace ketenpoort::cli {

class ChildProcess {
 public:
  // Runs `program`; its output goes to the end of `log`. ErrorCode::io when it cannot be started.
  static Result<ChildProcess> start(std::string name, const std::filesystem::path& program,
                                    const std::vector<std::string>& arguments, const std::filesystem::path& log);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] pid_t pid() const { return pid_; }

  // True until it has ended; takes note of its end, so that its pid is never signalled afterwards.
  bool is_running();
  // What it exited with; none while it runs and when a signal ended it.
  [[nodiscard]] std::optional<int> exit_code() const { return exit_code_; }
  void ask_to_end();                             // SIGTERM
  void end(std::chrono::milliseconds patience);  // waits, then SIGKILL; asks nothing

 private:
  ChildProcess(std::string name, pid_t pid) : name_(std::move(name)), pid_(pid) {}
  void look(int options);  // waitpid
  std::string name_;
  pid_t pid_ = -1;
  bool ended_ = false;
  std::optional<int> exit_code_;
};

}  // namespace ketenpoort::cli
