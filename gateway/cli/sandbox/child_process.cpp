#include "gateway/cli/sandbox/child_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <thread>

#include "gateway/base/files.hpp"

namespace ketenpoort::cli {
namespace {

constexpr std::chrono::milliseconds poll_interval{20};
constexpr int exit_cannot_run = 127;

// Between fork and exec only async-signal-safe calls: everything was prepared before.
[[noreturn]] void become(const char* program, char* const* arguments, int log, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(exit_cannot_run);  // the parent ended before the line above
  ::setpgid(0, 0);                                      // Ctrl-C is for the parent, which ends its children in order
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::dup2(log, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::execv(program, arguments);
  ::_exit(exit_cannot_run);
}

}  // namespace

Result<ChildProcess> ChildProcess::start(std::string name, const std::filesystem::path& program,
                                         const std::vector<std::string>& arguments, const std::filesystem::path& log) {
  if (::access(program.c_str(), X_OK) != 0) return fail(io_error("cannot run", program, errno));
  const int log_fd = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log_fd < 0) return fail(io_error("cannot write", log, errno));
  std::vector<std::string> texts = {program.string()};
  texts.insert(texts.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  const auto parent = ::getpid();
  const auto pid = ::fork();
  if (pid == 0) become(program.c_str(), pointers.data(), log_fd, parent);
  const int fork_error = errno;
  ::close(log_fd);
  if (pid < 0) return fail(io_error("cannot start", program, fork_error));
  return ChildProcess(std::move(name), pid);
}

bool ChildProcess::is_running() {
  if (!ended_) look(WNOHANG);
  return !ended_;
}

void ChildProcess::look(int options) {
  int status = 0;
  const auto waited = ::waitpid(pid_, &status, options);
  if (waited == 0) return;
  ended_ = true;
  if (waited == pid_ && WIFEXITED(status)) exit_code_ = WEXITSTATUS(status);
}

void ChildProcess::ask_to_end() {
  if (is_running()) ::kill(pid_, SIGTERM);
}

void ChildProcess::end(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (is_running() && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(poll_interval);
  if (!is_running()) return;
  ::kill(pid_, SIGKILL);
  look(0);
}

}  // namespace ketenpoort::cli
