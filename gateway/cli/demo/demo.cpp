#include "gateway/cli/demo/demo.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "gateway/base/files.hpp"
#include "gateway/cli/demo/demo_ledger.hpp"
#include "gateway/cli/demo/demo_report.hpp"
#include "gateway/cli/demo/demo_sandbox.hpp"
#include "gateway/cli/demo/demo_table.hpp"
#include "gateway/cli/demo/demo_words.hpp"
#include "gateway/cli/sandbox/state_folder.hpp"
#include "gateway/cli/shipped.hpp"

namespace ketenpoort::cli {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds poll_interval{100};
constexpr milliseconds pace_on_terminal{120};  // so that an eye can follow
constexpr milliseconds signing_interval{200};  // the gateway signs its log so often
constexpr seconds settling_patience{60};
constexpr seconds signing_patience{20};

// Waits for its legal day and then changes their mind.
constexpr std::string_view changes_mind_while_waiting = "F3000006";

struct Arguments {
  bool once = false;
  std::string state;
  std::uint16_t port = 0;
};

void say(const std::string& text) {
  fmt::print("{}", text);
  std::fflush(stdout);
}

// The ways a play can end early: a signal, or something that failed.
enum class Cue { go_on, stop };
using Played = Result<Cue>;

class Demo {
 public:
  Demo(const fs::path& state, DemoStory story, const EndSignals& signals) : sandbox_(state), signals_(signals) {
    results_.story = std::move(story);
  }

  // Every act in turn until one is stopped or fails.
  Played play(std::uint16_t port) {
    if (auto raised = raise(port); !raised || *raised == Cue::stop) return raised;
    for (const auto act : {&Demo::send, &Demo::settle, &Demo::report, &Demo::withdraw, &Demo::verify, &Demo::conclude})
      if (auto played = (this->*act)(); !played || *played == Cue::stop) return played;
    return Cue::go_on;
  }

  [[nodiscard]] bool holds() const { return std::ranges::all_of(expectations_, &Expectation::holds); }
  [[nodiscard]] std::string last_words() const { return sandbox_.last_words(); }
  [[nodiscard]] std::string places() const {
    return title(terminal_, "Where everything is") + report_places(terminal_, sandbox_.facts());
  }

  // Until a signal; false when the sandbox ended by itself.
  bool stay() {
    while (sandbox_.is_running())
      if (signals_.wait() != SIGCHLD) return true;
    return false;
  }

 private:
  Played raise(std::uint16_t port);
  Played send();
  Played settle();
  Played report();
  Played withdraw();
  Played verify();
  Played conclude();

  [[nodiscard]] Cue pause(milliseconds time) const { return signals_.wait_for(time) ? Cue::stop : Cue::go_on; }
  [[nodiscard]] milliseconds pace() const { return terminal_.is_terminal() ? pace_on_terminal : milliseconds{0}; }
  Status report_left_out_of_one();
  Status report_two_decisions();
  Result<DemoWithdrawal> take_back(const DemoTransfer& transfer);

  Terminal terminal_ = Terminal::of_stdout();
  DemoSandbox sandbox_;
  const EndSignals& signals_;
  std::optional<DemoGateway> gateway_;
  DemoTable table_{terminal_};
  DemoResults results_;
  std::vector<Expectation> expectations_;
};

Played Demo::raise(std::uint16_t port) {
  say(terminal_.paint(Colour::bold, "Ketenpoort: a record in, the partners' messages out, every step in the ledger") +
      "\n" +
      terminal_.paragraph("", fmt::format("All residents are made up. Everything runs on this machine with throw-away "
                                          "keys. For the gateway it is {}, {}.",
                                          spell_iso(demo_now.substr(0, 10)), demo_now.substr(11, 5))) +
      "\nStarting the gateway and three simulated partners ... ");
  const auto start = std::chrono::steady_clock::now();
  if (auto started = sandbox_.start(port); !started) return fail(std::move(started.error()));
  const auto up = sandbox_.wait_until_up(signals_);
  if (!up) return fail(up.error());
  if (!*up) return Cue::stop;
  auto gateway = DemoGateway::open(sandbox_.facts());
  if (!gateway) return fail(std::move(gateway.error()));
  gateway_.emplace(std::move(*gateway));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  say(fmt::format("up in {:.1f} s\n", took.count()));
  return Cue::go_on;
}

Played Demo::send() {
  auto& story = results_.story;
  for (const auto& conversation : story.conversations)
    if (auto sent = send_conversation(*gateway_, story, conversation); !sent) return fail(std::move(sent.error()));
  const auto given = std::ranges::count(story.consents, true, &DemoConsent::given);
  say(terminal_.paragraph(
          "", fmt::format("Sent over HTTPS with Fedasil's client certificate: {} about consent ({} yes, {} no), and "
                          "the records of {}:",
                          count_of(story.conversations.size(), "conversation"), given,
                          story.consents.size() - static_cast<std::size_t>(given),
                          count_of(story.residents.size(), "resident"))) +
      "\n");
  for (auto& resident : story.residents) {
    if (auto sent = send_record(*gateway_, resident); !sent) return fail(std::move(sent.error()));
    if (auto seen = refresh(*gateway_, story); !seen) return fail(std::move(seen.error()));
    table_.show(story.transfers);
    if (pause(pace()) == Cue::stop) return Cue::stop;
  }
  return Cue::go_on;
}

Played Demo::settle() {
  auto& story = results_.story;
  const auto deadline = std::chrono::steady_clock::now() + settling_patience;
  do {
    if (auto seen = refresh(*gateway_, story); !seen) return fail(std::move(seen.error()));
    table_.show(story.transfers);
    if (std::ranges::none_of(story.transfers, &DemoTransfer::is_on_its_way)) break;
    if (pause(poll_interval) == Cue::stop) return Cue::stop;
  } while (std::chrono::steady_clock::now() < deadline);
  table_.finish(story.transfers);
  return Cue::go_on;
}

Played Demo::report() {
  const auto& story = results_.story;
  say(title(terminal_, "What became of them") + report_outcomes(terminal_, story));
  const auto received = read_received(sandbox_.facts());
  if (!received) return fail(received.error());
  const auto translations = report_translations(terminal_, story, *received);
  if (!translations) return fail(translations.error());
  say(title(terminal_, "Two messages, before and after translation") + *translations);
  if (auto told = report_left_out_of_one(); !told) return fail(std::move(told.error()));
  if (auto told = report_two_decisions(); !told) return fail(std::move(told.error()));
  return Cue::go_on;
}

// The arrived transfer whose consent covers least says most.
Status Demo::report_left_out_of_one() {
  const auto& story = results_.story;
  const DemoTransfer* chosen = nullptr;
  std::size_t fewest = 0;
  for (const auto& transfer : story.transfers) {
    const auto* consent = story.consent_for(transfer);
    if (!transfer.has_arrived() || consent == nullptr) continue;
    if (chosen != nullptr && consent->categories.size() >= fewest) continue;
    chosen = &transfer;
    fewest = consent->categories.size();
  }
  if (chosen == nullptr) return {};
  const auto view = gateway_->get("/transfers/" + chosen->id);
  if (!view) return fail(view.error());
  say(title(terminal_, "What was left out, and why") + report_left_out(terminal_, story, *chosen, view->root()));
  return {};
}

Status Demo::report_two_decisions() {
  const auto& story = results_.story;
  say(title(terminal_, "One that is held and one that is refused"));
  for (const std::string_view state : {"held", "refused"}) {
    const auto chosen = std::ranges::find(story.transfers, state, &DemoTransfer::state);
    if (chosen == story.transfers.end()) continue;
    const auto view = gateway_->get("/transfers/" + chosen->id);
    if (!view) return fail(view.error());
    say(report_decision(terminal_, story, *chosen, view->root()));
  }
  return {};
}

Result<DemoWithdrawal> Demo::take_back(const DemoTransfer& transfer) {
  const auto* consent = results_.story.consent_for(transfer);
  if (consent == nullptr) return fail(ErrorCode::not_found, "the transfer has no consent to take back");
  DemoWithdrawal withdrawal{*consent, transfer, {}, {}};
  const auto answer = gateway_->post("/consents/" + consent->id + "/withdraw", "{}");
  if (!answer) return fail(answer.error());
  const auto texts = [&](std::string_view key) {
    std::vector<std::string> list;
    for (const formats::JsonView item : answer->root().find(key).elements())
      list.emplace_back(item.as_string().value_or(""));
    return list;
  };
  withdrawal.stopped = texts("stopped");
  withdrawal.to_notify = texts("toNotify");
  return withdrawal;
}

Played Demo::withdraw() {
  auto& story = results_.story;
  const auto waiting = std::ranges::find_if(story.transfers, [](const DemoTransfer& t) {
    return t.number == changes_mind_while_waiting && t.state == "held";
  });
  const auto arrived = std::ranges::find_if(story.transfers, &DemoTransfer::has_arrived);
  for (const auto& [transfer, slot] :
       {std::pair{waiting, &results_.withdrawn_waiting}, std::pair{arrived, &results_.withdrawn_delivered}}) {
    if (transfer == story.transfers.end()) continue;
    auto withdrawal = take_back(*transfer);
    if (!withdrawal) return fail(std::move(withdrawal.error()));
    *slot = std::move(*withdrawal);
  }
  if (auto seen = refresh(*gateway_, story); !seen) return fail(std::move(seen.error()));
  say(title(terminal_, "Two residents change their mind"));
  for (const auto* withdrawal : {&results_.withdrawn_waiting, &results_.withdrawn_delivered})
    if (*withdrawal) say(report_withdrawal(terminal_, story, **withdrawal));
  return Cue::go_on;
}

// Until the log is signed to its end.
Played Demo::verify() {
  say(title(terminal_, "The ledger, checked from outside"));
  const auto deadline = std::chrono::steady_clock::now() + signing_patience;
  while (true) {
    auto check = check_ledger(sandbox_.facts(), results_.story);
    if (!check) return fail(std::move(check.error()));
    results_.ledger = std::move(*check);
    if (results_.ledger.is_complete || std::chrono::steady_clock::now() > deadline) break;
    if (pause(signing_interval) == Cue::stop) return Cue::stop;
  }
  say(report_ledger(terminal_, results_.ledger));
  return Cue::go_on;
}

Played Demo::conclude() {
  auto received = read_received(sandbox_.facts());
  if (!received) return fail(std::move(received.error()));
  results_.received = std::move(*received);
  const auto deadline = std::chrono::steady_clock::now() + signing_patience;
  while (true) {
    auto recalls = read_received(sandbox_.facts(), MessageSort::recall);
    if (!recalls) return fail(std::move(recalls.error()));
    results_.recalls = std::move(*recalls);
    if (!results_.recalls.empty() || std::chrono::steady_clock::now() > deadline) break;
    if (pause(signing_interval) == Cue::stop) return Cue::stop;
  }
  expectations_ = check_expectations(results_);
  say(title(terminal_, "Was everything as it should be?") + report_expectations(terminal_, expectations_) +
      (holds() ? terminal_.paint(Colour::green, "\nEverything was as it should be.\n") : std::string()));
  return Cue::go_on;
}

// The demo tells its story from the beginning, on a clock that starts at its date.
Status check_unused(const fs::path& state) {
  std::error_code error;
  fs::create_directories(state, error);
  if (error) return fail(io_error("cannot make", state, error.value()));
  if (fs::exists(state / "gateway.yaml"))
    return fail(ErrorCode::invalid_input, state.string() +
                                              " holds the state of an earlier run: name another folder, or look at "
                                              "that one with `ketenpoort sandbox --state " +
                                              state.string() + "`");
  return {};
}

int fail_with(const Error& error, const std::string& last_words) {
  std::fflush(stdout);
  fmt::print(stderr, "\n");
  const int code = cli::report(error);
  if (!last_words.empty()) fmt::print(stderr, "The last lines of the logs:\n{}", last_words);
  return code;
}

int tell_result(const Demo& demo) {
  if (demo.holds()) return done;
  fmt::print(stderr, "error: not everything was as it should be; see the lines marked NO\n");
  return does_not_hold;
}

int stay_up(Demo& demo) {
  say(demo.places() + "\nEverything stays up; Ctrl-C ends it.\n");
  if (demo.stay()) return tell_result(demo);
  return fail_with({ErrorCode::unavailable, "the sandbox ended by itself"}, demo.last_words());
}

int run(const Arguments& arguments) {
  const EndSignals signals;
  ::signal(SIGPIPE, SIG_IGN);  // when the reader of a pipe goes away, our processes and folder still must
  const auto folder = StateFolder::open(arguments.state, "demo");
  if (!folder) return cli::report(folder.error());
  const auto state = fs::absolute(folder->path());
  if (auto unused = check_unused(state); !unused) {
    cli::report(unused.error());
    return unused.error().code == ErrorCode::invalid_input ? wrong_use : environment;
  }
  auto story = read_story(shipped_folder("config") / "demo");
  if (!story) return cli::report(story.error());
  Demo demo(state, std::move(*story), signals);
  const auto played = demo.play(arguments.port);
  if (!played) return fail_with(played.error(), demo.last_words());
  if (*played == Cue::stop) return arguments.once ? does_not_hold : done;
  if (!arguments.once) return stay_up(demo);
  if (!folder->is_temporary()) say("\nLedger, logs and received messages are kept in " + state.string() + "\n");
  return tell_result(demo);
}

}  // namespace

void add_demo(CLI::App& app, Action& chosen) {
  const auto arguments = std::make_shared<Arguments>();
  auto* demo = app.add_subcommand("demo", "the chain end to end with made-up residents, told and checked");
  demo->add_flag("--once", arguments->once, "end after the report; exit code 1 when something was not as it should be");
  demo->add_option("--state", arguments->state,
                   "folder to keep everything in (default: a temporary one, removed at the end)");
  demo->add_option("--port", arguments->port, "the gateway's port (default: a free one)");
  demo->footer("Example:  ketenpoort demo --once --state /tmp/demo");
  demo->callback([arguments, &chosen] { chosen = [arguments] { return run(*arguments); }; });
}

}  // namespace ketenpoort::cli
