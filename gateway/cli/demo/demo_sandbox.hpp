// The `ketenpoort sandbox` that the demo starts and takes with it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"
#include "gateway/cli/demo/demo_gateway.hpp"
#include "gateway/cli/end_signals.hpp"
#include "gateway/cli/sandbox/child_process.hpp"

namespace ketenpoort::cli {

// Where the gateway's clock starts: what the dates in config/demo are relative to.
constexpr std::string_view demo_now = "2026-11-24T12:00:00+01:00";

class DemoSandbox {
 public:
  explicit DemoSandbox(std::filesystem::path state) : state_(std::move(state)) {}
  DemoSandbox(const DemoSandbox&) = delete;
  DemoSandbox& operator=(const DemoSandbox&) = delete;
  ~DemoSandbox();

  Status start(std::uint16_t port);  // 0: any
  // Until everything answers; false when a signal came first. ErrorCode::unavailable when it does not come up.
  Result<bool> wait_until_up(const EndSignals& signals);

  [[nodiscard]] const SandboxFacts& facts() const { return facts_; }  // once up
  [[nodiscard]] bool is_running() { return process_ && process_->is_running(); }
  // The last lines of what the sandbox and its processes said.
  [[nodiscard]] std::string last_words() const;

 private:
  [[nodiscard]] std::filesystem::path log() const { return state_ / "demo-sandbox.log"; }
  [[nodiscard]] std::optional<std::string> find_announcement() const;

  std::filesystem::path state_;
  std::optional<ChildProcess> process_;
  SandboxFacts facts_;
};

}  // namespace ketenpoort::cli
