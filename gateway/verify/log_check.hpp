// Checks a whole ledger folder: bytes, tree, signature, and the rules entry by entry.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "gateway/ledger/checkpoint.hpp"
#include "gateway/ledger/history.hpp"
#include "gateway/verify/flaw.hpp"

namespace ketenpoort::verify {

// How many entries the newest checkpoint may lag behind: more than a second of the fastest writer.
constexpr std::uint64_t longest_tail = 131'072;

struct LogCheck {
  std::filesystem::path ledger;
  ledger::VerifierKey key;
  std::optional<std::string> older_checkpoint{};                    // a signed note seen or kept elsewhere
  std::function<void(std::uint64_t, std::uint64_t)> on_progress{};  // entries checked, entries signed
};

struct LogReport {
  ledger::Checkpoint checkpoint;
  std::uint64_t unsigned_entries = 0;  // beyond the checkpoint
  std::uint64_t torn_bytes = 0;        // of a last record that was being written
  std::optional<std::uint64_t> older_size;
  std::array<std::uint64_t, 9> transfers{};  // by TransferState
  ledger::History::Counts counts;
};

// Reads the checkpoint first, so that a running log can be checked. The flaw names the first entry or file that breaks
// a rule.
Checked<LogReport> check_log(const LogCheck& check);

}  // namespace ketenpoort::verify
