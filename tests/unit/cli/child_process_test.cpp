#include "gateway/cli/sandbox/child_process.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "gateway/base/files.hpp"
#include "gateway/base/uuid.hpp"

namespace ketenpoort::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ChildProcessTest : public testing::Test {
 protected:
  ChildProcessTest() { std::filesystem::create_directories(folder_); }
  ~ChildProcessTest() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::filesystem::path log() const { return folder_ / "child.log"; }
  [[nodiscard]] ChildProcess shell(const std::string& script) const {
    return ChildProcess::start("child", "/bin/sh", {"-c", script}, log()).value();
  }
  // Until the child has said something, so that it is past its own start.
  void wait_for_output() const {
    for (int i = 0; i < 500 && read_file(log()).value().empty(); ++i) std::this_thread::sleep_for(milliseconds{10});
  }

 private:
  std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("ketenpoort-child-" + new_uuid_v4().text());
};

TEST_F(ChildProcessTest, says_what_it_says_in_its_log) {
  auto child = shell("echo out; echo err >&2");
  child.end(seconds{10});
  EXPECT_EQ(read_file(log()).value(), "out\nerr\n");
}

TEST_F(ChildProcessTest, tells_what_it_exited_with) {
  auto child = shell("exit 7");
  child.end(seconds{10});
  EXPECT_EQ(child.exit_code(), 7);
}

TEST_F(ChildProcessTest, has_no_exit_code_when_a_signal_ended_it) {
  auto child = shell("kill -KILL $$");
  child.end(seconds{10});
  EXPECT_FALSE(child.is_running());
  EXPECT_EQ(child.exit_code(), std::nullopt);
}

TEST_F(ChildProcessTest, ends_when_asked) {
  auto child = shell("echo up; exec sleep 60");
  wait_for_output();
  EXPECT_TRUE(child.is_running());

  child.ask_to_end();
  child.end(seconds{10});

  EXPECT_FALSE(child.is_running());
  EXPECT_EQ(::kill(child.pid(), 0), -1);  // reaped, not a zombie
}

TEST_F(ChildProcessTest, is_killed_when_it_does_not_listen) {
  auto child = shell("trap '' TERM; echo up; while :; do sleep 0.05; done");
  wait_for_output();

  child.ask_to_end();
  child.end(milliseconds{200});

  EXPECT_FALSE(child.is_running());
}

TEST_F(ChildProcessTest, takes_signals_though_its_parent_blocks_them) {
  sigset_t set;
  sigset_t before;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &set, &before);
  auto child = shell("echo up; exec sleep 60");
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  wait_for_output();

  child.ask_to_end();
  const auto asked = std::chrono::steady_clock::now();
  child.end(seconds{20});

  EXPECT_LT(std::chrono::steady_clock::now() - asked, seconds{10});
}

TEST_F(ChildProcessTest, that_cannot_be_started_says_so) {
  const auto child = ChildProcess::start("child", "/no/such/program", {}, log());
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code, ErrorCode::io);
}

}  // namespace
}  // namespace ketenpoort::cli
