#include "gateway/observability/process.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>

namespace ketenpoort::metrics {
namespace {

class Process : public testing::Test {
 protected:
  Process() { observe_process(registry_, std::chrono::milliseconds{0}); }
  [[nodiscard]] std::int64_t value(const std::string& name) const {
    const auto text = "\n" + registry_.render();
    const auto at = text.find("\n" + name + " ");
    if (at == std::string::npos) {
      ADD_FAILURE() << name << " is not shown in" << text;
      return -1;
    }
    return std::strtoll(text.c_str() + at + name.size() + 2, nullptr, 10);
  }

 private:
  Registry registry_;
};

TEST_F(Process, counts_open_files) {
  const auto before = value("process_open_fds");
  const int one = ::open("/dev/null", O_RDONLY);
  const int two = ::open("/dev/null", O_RDONLY);
  EXPECT_EQ(value("process_open_fds"), before + 2);
  ::close(one);
  ::close(two);
  EXPECT_EQ(value("process_open_fds"), before);
  EXPECT_GE(value("process_max_fds"), before);
}

TEST_F(Process, measures_memory_that_is_used) {
  const auto before = value("process_resident_memory_bytes");
  constexpr std::size_t much = std::size_t{64} << 20;
  const std::string used(much, 'x');
  EXPECT_GT(value("process_resident_memory_bytes"), before + static_cast<std::int64_t>(used.size() / 2));
}

TEST_F(Process, says_when_it_started) {
  const auto now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  EXPECT_LE(value("process_start_time_seconds"), now + 1);
  EXPECT_GT(value("process_start_time_seconds"), now - 3600);
}

}  // namespace
}  // namespace ketenpoort::metrics
