#include "gateway/cli/demo/demo_sandbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "gateway/base/files.hpp"

namespace ketenpoort::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds start_patience{90};
constexpr std::chrono::seconds end_patience{20};  // the sandbox ends its own processes first
constexpr std::chrono::milliseconds poll_interval{50};
constexpr std::size_t last_lines = 8;

std::string last_lines_of(const fs::path& file) {
  const auto text = read_file(file);
  if (!text || text->empty()) return {};
  auto start = text->size();
  for (std::size_t lines = 0; start > 0; --start)
    if ((*text)[start - 1] == '\n' && start != text->size() && ++lines == last_lines) break;
  return fmt::format("-- {}\n{}{}", file.string(), text->substr(start), text->back() == '\n' ? "" : "\n");
}

}  // namespace

DemoSandbox::~DemoSandbox() {
  if (!process_) return;
  process_->ask_to_end();
  process_->end(end_patience);
}

Status DemoSandbox::start(std::uint16_t port) {
  std::vector<std::string> arguments = {"sandbox", "--state", state_.string(), "--now", std::string(demo_now)};
  if (port != 0) {
    arguments.emplace_back("--port");
    arguments.push_back(std::to_string(port));
  }
  auto process = ChildProcess::start("sandbox", "/proc/self/exe", arguments, log());
  if (!process) return fail(std::move(process.error()));
  process_.emplace(std::move(*process));
  return {};
}

// Its one line of JSON, once it is there whole.
std::optional<std::string> DemoSandbox::find_announcement() const {
  const auto text = read_file(log());
  if (!text) return std::nullopt;
  for (std::size_t start = 0; start < text->size();) {
    const auto end = text->find('\n', start);
    if (end == std::string::npos) return std::nullopt;
    if ((*text)[start] == '{') return text->substr(start, end - start);
    start = end + 1;
  }
  return std::nullopt;
}

Result<bool> DemoSandbox::wait_until_up(const EndSignals& signals) {
  const auto deadline = std::chrono::steady_clock::now() + start_patience;
  while (std::chrono::steady_clock::now() < deadline) {
    if (const auto line = find_announcement()) {
      auto facts = read_sandbox_facts(*line);
      if (!facts) return fail(std::move(facts.error()));
      facts_ = std::move(*facts);
      return true;
    }
    if (!is_running()) return fail(ErrorCode::unavailable, "the sandbox ended at its start");
    if (signals.wait_for(poll_interval)) return false;
  }
  return fail(ErrorCode::unavailable, fmt::format("the sandbox is not up after {} s", start_patience.count()));
}

std::string DemoSandbox::last_words() const {
  std::string text = last_lines_of(log());
  std::vector<fs::path> logs;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(state_ / "logs", ignored)) logs.push_back(entry.path());
  std::ranges::sort(logs);
  for (const auto& file : logs) text += last_lines_of(file);
  return text;
}

}  // namespace ketenpoort::cli
