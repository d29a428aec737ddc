// Where a command that reads a ledger finds it and the key it is signed with: the folder alone, so it works beside a
// running gateway and on a copy.
#pragma once

#include <filesystem>
#include <string>

#include "gateway/base/result.hpp"
#include "gateway/cli/command.hpp"
#include "gateway/ledger/checkpoint/note.hpp"

namespace ketenpoort::cli {

struct LedgerOptions {
  std::string config;
  std::string ledger;
  std::string sandbox;
  std::string key;
};

void add_ledger_options(CLI::App& command, LedgerOptions& options);

struct LedgerSource {
  std::filesystem::path folder;
  ledger::VerifierKey key;  // given, or the one that the log's first entry names
};
Result<LedgerSource> find_ledger(const LedgerOptions& options);

// Reports a failure of such a command: 1 what is there does not hold, 2 asked for what there is not, 3 cannot be read.
int report_ledger_error(const Error& error);

}  // namespace ketenpoort::cli
