// The ledger checked from outside: by ketenpoort-verify, a program of its own.
#pragma once

#include "gateway/cli/demo/demo_results.hpp"

namespace ketenpoort::cli {

// Runs it once. `holds` is its exit code, `text` what it says, `is_complete` whether its transfers stand as the gateway
// says they do: the log is signed a little later than it is written. ErrorCode::io when it cannot run.
Result<LedgerCheck> check_ledger(const SandboxFacts& facts, const DemoStory& story);

}  // namespace ketenpoort::cli
