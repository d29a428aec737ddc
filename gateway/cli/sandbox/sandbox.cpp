#include "gateway/cli/sandbox/sandbox.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <iostream>
#include <memory>
#include <optional>

#include "gateway/base/files.hpp"
#include "gateway/base/time.hpp"
#include "gateway/cli/end_signals.hpp"
#include "gateway/cli/sandbox/child_process.hpp"
#include "gateway/cli/sandbox/sandbox_state.hpp"
#include "gateway/cli/sandbox/state_folder.hpp"
#include "gateway/cli/shipped.hpp"
#include "gateway/net/blocking_client.hpp"

namespace ketenpoort::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds start_patience{60};
constexpr std::chrono::seconds end_patience{10};
constexpr std::chrono::milliseconds poll_interval{100};

constexpr std::string_view token_server = "tokenServer";  // as its process is called

struct Arguments {
  std::string state;
  std::uint16_t port = 0;
  std::string now;
  std::vector<std::string> partner_modes;
  std::string config_dir;
  std::string mappings_dir;
  unsigned concurrency = 8;
  bool one_file = false;
  std::vector<std::string> without;
};

// What a process said last, without what it logged: a log in a temporary folder is gone when somebody looks for it.
std::string last_words(const fs::path& log) {
  constexpr int most_lines = 5;
  const auto text = read_file(log).value_or("");
  std::string words;
  auto end = text.size();
  for (int lines = 0; lines < most_lines && end > 0; ++lines) {
    const auto break_before = text.rfind('\n', end - 1);
    const auto begin = break_before == std::string::npos ? 0 : break_before + 1;
    const auto line = text.substr(begin, end - begin);
    if (line.starts_with('{')) break;
    if (!line.empty()) words.insert(0, line + (words.empty() ? "" : "\n"));
    end = begin == 0 ? 0 : begin - 1;
  }
  return words.empty() ? "it said nothing; its log is " + log.string() : words;
}

class Sandbox {
 public:
  Sandbox(SandboxState state, std::map<std::string, std::string> modes)
      : state_(std::move(state)), modes_(std::move(modes)) {}
  Sandbox(const Sandbox&) = delete;
  Sandbox& operator=(const Sandbox&) = delete;

  // The gateway first, so that what is under way still finds its partners.
  ~Sandbox() {
    std::ranges::reverse(processes_);
    for (auto& process : processes_) {
      process.ask_to_end();
      process.end(end_patience);
    }
  }

  Status start() {
    const auto partner_program = sibling_program("ketenpoort-partner");
    if (auto started =
            start(std::string(token_server), partner_program, state_.token_server_arguments(mode_of("token")));
        !started)
      return started;
    for (const auto partner : sandbox_simulators())
      if (auto started =
              start(std::string(partner), partner_program, state_.partner_arguments(partner, mode_of(partner)));
          !started)
        return started;
    return start("gateway", "/proc/self/exe", {"serve", "--config", (state_.folder() / "gateway.yaml").string()});
  }

  // False when a signal ended the waiting.
  Result<bool> wait_until_ready(const EndSignals& signals) {
    for (auto& process : processes_) {
      const bool is_gateway = process.name() == "gateway";
      const auto url = is_gateway                       ? state_.gateway_url()
                       : process.name() == token_server ? state_.token_server_url()
                                                        : state_.partner_url(process.name());
      const auto ready = wait_for(process, url, is_gateway ? "/ketenpoort/v1/health" : "/health", signals);
      if (!ready || !*ready) return ready;
    }
    return true;
  }

  Status announce() {
    std::map<std::string, long> pids;
    for (const auto& process : processes_) pids[process.name()] = process.pid();
    const auto line = state_.describe(pids);
    if (!line) return fail(line.error());
    if (auto written = replace_file(state_.folder() / "sandbox.json", *line + "\n", true); !written) return written;
    std::cout << *line << std::endl;
    return {};
  }

  // Until a signal says so. A process that ends is told of and not started again: checks kill the gateway on purpose.
  void stay(const EndSignals& signals) {
    do {
      std::erase_if(processes_, [](ChildProcess& process) {
        if (process.is_running()) return false;
        std::cerr << "sandbox: " << process.name() << " ended\n";
        return true;
      });
    } while (signals.wait() == SIGCHLD);
  }

 private:
  [[nodiscard]] std::string mode_of(std::string_view simulator) const {
    const auto mode = modes_.find(std::string(simulator));
    return mode == modes_.end() ? "ok" : mode->second;
  }

  Status start(std::string name, const fs::path& program, const std::vector<std::string>& arguments) {
    auto process = ChildProcess::start(name, program, arguments, state_.log(name));
    if (!process) return fail(std::move(process.error()));
    processes_.push_back(std::move(*process));
    return {};
  }

  Result<bool> wait_for(ChildProcess& process, const std::string& url, const std::string& path,
                        const EndSignals& signals) {
    auto client = net::BlockingClient::open({.base_url = url,
                                             .ca_file = state_.folder() / "ca.pem",
                                             .certificate_chain = state_.folder() / "clients" / "gateway.pem",
                                             .private_key = state_.folder() / "clients" / "gateway.key"});
    if (!client) return fail(std::move(client.error()));
    const auto deadline = std::chrono::steady_clock::now() + start_patience;
    std::string last = "no answer";
    while (std::chrono::steady_clock::now() < deadline) {
      const auto answer = client->call({.method = "GET", .path = path, .headers = {}, .body = {}});
      if (answer && answer->status == 200) return true;
      last = answer ? "status " + std::to_string(answer->status) : answer.error().message;
      if (!process.is_running())
        return fail(ErrorCode::unavailable,
                    process.name() + " ended at its start: " + last_words(state_.log(process.name())));
      if (signals.wait_for(poll_interval)) return false;
    }
    return fail(ErrorCode::unavailable,
                process.name() + " is not ready (" + last + "): see " + state_.log(process.name()).string());
  }

  SandboxState state_;
  std::map<std::string, std::string> modes_;
  std::vector<ChildProcess> processes_;
};

// Wrong options are said on the command line; everything else concerns files and ports.
int complain(const Error& error) {
  report(error);
  return error.code == ErrorCode::invalid_input ? wrong_use : environment;
}

Result<std::map<std::string, std::string>> parse_modes(const std::vector<std::string>& texts) {
  std::map<std::string, std::string> modes;
  for (const auto& text : texts) {
    const auto equals = text.find('=');
    const auto partner = text.substr(0, equals);
    const bool known_partner =
        partner == "token" || std::ranges::find(sandbox_simulators(), partner) != sandbox_simulators().end();
    if (equals == std::string::npos || !known_partner)
      return fail(
          ErrorCode::invalid_input,
          "--partner-mode is PARTNER=MODE, as in vdab=flaky; partners are vdab, agii, municipality, fedasil, and "
          "token, the authorization server");
    const auto mode = text.substr(equals + 1);
    constexpr std::array known = {"ok", "slow", "flaky", "down", "reject", "garbage"};
    if (std::ranges::find(known, mode) == known.end())
      return fail(ErrorCode::invalid_input, "modes are ok, slow, flaky, down, reject and garbage");
    modes[partner] = mode;
  }
  return modes;
}

Result<SandboxWishes> wishes_from(const Arguments& arguments, fs::path state) {
  SandboxWishes wishes;
  wishes.state = std::move(state);
  if (arguments.port != 0) wishes.port = arguments.port;
  if (!arguments.now.empty()) {
    if (!parse_rfc3339(arguments.now))
      return fail(ErrorCode::invalid_input, "--now is a date and time with an offset, as in 2026-11-24T12:00:00+01:00");
    wishes.now = arguments.now;
  }
  wishes.config_dir = arguments.config_dir.empty() ? shipped_folder("config") : fs::path(arguments.config_dir);
  wishes.concurrency = arguments.concurrency;
  wishes.one_file = arguments.one_file;
  wishes.mappings_dir = arguments.mappings_dir.empty() ? shipped_folder("mappings") : fs::path(arguments.mappings_dir);
  wishes.without = arguments.without;
  std::error_code ignored;
  for (const auto& [folder, option] :
       {std::pair{wishes.config_dir, "--config-dir"}, std::pair{wishes.mappings_dir, "--mappings"}})
    if (!fs::is_directory(folder, ignored))
      return fail(ErrorCode::io, fmt::format("there is no folder {}; name another with {}", folder.string(), option));
  return wishes;
}

int run(const Arguments& arguments) {
  auto modes = parse_modes(arguments.partner_modes);
  if (!modes) return complain(modes.error());
  const EndSignals signals;
  const auto folder = StateFolder::open(arguments.state, "sandbox");
  if (!folder) return complain(folder.error());
  const auto wishes = wishes_from(arguments, folder->path());
  if (!wishes) return complain(wishes.error());
  auto state = SandboxState::prepare(*wishes);
  if (!state) return complain(state.error());
  Sandbox sandbox(std::move(*state), std::move(*modes));
  std::cerr << "sandbox: starting the partners and the gateway in " << folder->path().string() << '\n';
  if (auto started = sandbox.start(); !started) return complain(started.error());
  const auto ready = sandbox.wait_until_ready(signals);
  if (!ready) return complain(ready.error());
  if (!*ready) return 0;
  if (auto announced = sandbox.announce(); !announced) return complain(announced.error());
  sandbox.stay(signals);
  std::cerr << "sandbox: ending\n";
  return 0;
}

}  // namespace

void add_sandbox(CLI::App& app, Action& chosen) {
  const auto arguments = std::make_shared<Arguments>();
  auto* sandbox = app.add_subcommand("sandbox", "start the gateway and simulated partners with throw-away keys");
  sandbox->add_option("--state", arguments->state,
                      "folder to keep everything in (default: a temporary one, removed at the end)");
  sandbox->add_option("--port", arguments->port, "the gateway's port (default: the one used before, else a free one)");
  sandbox->add_option("--now", arguments->now, "where the gateway's clock starts, as in 2026-11-24T12:00:00+01:00");
  sandbox->add_option("--partner-mode", arguments->partner_modes,
                      "PARTNER=ok|slow|flaky|down|reject|garbage; may be repeated");
  sandbox->add_option("--config-dir", arguments->config_dir, "policy files (default: the ones shipped)");
  sandbox->add_option("--mappings", arguments->mappings_dir, "mappings (default: the ones shipped)");
  sandbox->add_option("--concurrency", arguments->concurrency, "calls at a time to each partner")
      ->check(CLI::Range(1U, 1000U))
      ->capture_default_str();
  sandbox->add_flag("--one-file", arguments->one_file,
                    "partners keep what arrives in one file each, messages.log, instead of two files a message");
  sandbox->add_option("--without", arguments->without, "a message that is not sent; may be repeated")
      ->check(CLI::IsMember({"vdab-referral", "agii-referral"}));
  sandbox->footer(
      "When everything answers, one JSON line on stdout tells addresses, credentials and folders; SIGTERM or Ctrl-C "
      "ends it all.\n"
      "Example:  ketenpoort sandbox --state /tmp/box --now 2026-11-24T12:00:00+01:00 --partner-mode vdab=flaky");
  sandbox->callback([arguments, &chosen] { chosen = [arguments] { return run(*arguments); }; });
}

}  // namespace ketenpoort::cli
