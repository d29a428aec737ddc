#include "gateway/cli/demo/demo_ledger.hpp"

#include <algorithm>
#include <chrono>

#include "gateway/base/files.hpp"
#include "gateway/cli/sandbox/child_process.hpp"
#include "gateway/cli/shipped.hpp"

namespace ketenpoort::cli {
namespace {

constexpr std::chrono::seconds verifying_patience{60};

struct Said {
  bool holds = false;
  std::string text;
};

Result<Said> run_verifier(const SandboxFacts& facts, std::vector<std::string> options) {
  const auto log = facts.state / "demo-verify.log";
  std::error_code ignored;
  std::filesystem::remove(log, ignored);
  options.insert(options.begin(), {facts.ledger.string(), "--key", facts.vkey});
  auto process = ChildProcess::start("verify", sibling_program("ketenpoort-verify"), options, log);
  if (!process) return fail(std::move(process.error()));
  process->end(verifying_patience);
  auto text = read_file(log);
  if (!text) return fail(std::move(text.error()));
  return Said{process->exit_code() == 0, std::move(*text)};
}

// Does the verifier count as many transfers in each state as the gateway lists?
bool counts_agree(const std::string& report, const DemoStory& story) {
  const auto document = formats::parse_json(report);
  if (!document) return false;
  const auto counts = document->root().find("transfers");
  std::int64_t counted = 0;
  for (const auto& [state, count] : counts.members()) {
    const auto number = count.as_int().value_or(-1);
    if (number != std::ranges::count(story.transfers, state, &DemoTransfer::state)) return false;
    counted += number;
  }
  return counted == static_cast<std::int64_t>(story.transfers.size());
}

}  // namespace

Result<LedgerCheck> check_ledger(const SandboxFacts& facts, const DemoStory& story) {
  const auto report = run_verifier(facts, {"--json"});
  if (!report) return fail(report.error());
  auto said = run_verifier(facts, {});
  if (!said) return fail(std::move(said.error()));
  return LedgerCheck{report->holds && said->holds, counts_agree(report->text, story), std::move(said->text)};
}

}  // namespace ketenpoort::cli
