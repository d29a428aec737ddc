#include "gateway/observability/process.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>

#include "gateway/base/remembered.hpp"

namespace ketenpoort::metrics {
namespace {

namespace fs = std::filesystem;

// proc(5), statm: size and resident, in pages.
std::optional<std::int64_t> resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t size = 0;
  std::int64_t resident = 0;
  if (!(file >> size >> resident)) return std::nullopt;
  return resident * ::sysconf(_SC_PAGESIZE);
}

std::optional<std::int64_t> open_files() {
  std::error_code error;
  std::int64_t count = -1;  // the one that reads the folder
  for (fs::directory_iterator at("/proc/self/fd", error), end; !error && at != end; at.increment(error)) ++count;
  if (error) return std::nullopt;
  return count;
}

std::optional<std::int64_t> most_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return static_cast<std::int64_t>(limit.rlim_cur);
}

// proc(5), stat: the 22nd field, in ticks since the machine started; the second, the program's name, may hold anything
// but ends at the last bracket.
std::optional<std::int64_t> start_time() {
  std::ifstream stat("/proc/self/stat");
  std::string line;
  double up = 0;
  if (!std::getline(stat, line) || !(std::ifstream("/proc/uptime") >> up)) return std::nullopt;
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  constexpr int fields_before = 19;  // of those after the bracket
  std::string skipped;
  for (int i = 0; i < fields_before; ++i) fields >> skipped;
  std::int64_t ticks = 0;
  if (!(fields >> ticks)) return std::nullopt;
  const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  return static_cast<std::int64_t>(now - up + static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK)));
}

struct Figures {
  std::optional<std::int64_t> resident = resident_bytes();
  std::optional<std::int64_t> files = open_files();
  std::optional<std::int64_t> files_at_most = most_files();
};

}  // namespace

void observe_process(Registry& registry, std::chrono::milliseconds age) {
  const auto figures = std::make_shared<Remembered<Figures>>(age);
  registry.before_render([&registry, figures, started = start_time()] {
    const auto now = figures->get([] { return Figures{}; });
    const auto show = [&](Label name, Label help, std::optional<std::int64_t> value) {
      if (value) registry.show(name, help, {}, *value);
    };
    show("process_resident_memory_bytes", "Memory of this process", now.resident);
    show("process_open_fds", "Open files and connections", now.files);
    show("process_max_fds", "How many there may be", now.files_at_most);
    show("process_start_time_seconds", "When this process started, since 1970", started);
  });
}

}  // namespace ketenpoort::metrics
