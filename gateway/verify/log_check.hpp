// Checks a whole ledger folder: bytes, tree, signature, and the rules entry by entry.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gateway/ledger/checkpoint/checkpoint.hpp"
#include "gateway/ledger/history/history.hpp"
#include "gateway/verify/anchor_check.hpp"
#include "gateway/verify/entry_rules.hpp"
#include "gateway/verify/flaw.hpp"

namespace ketenpoort::verify {

// How many entries the newest checkpoint may lag behind: more than a second of the fastest writer.
constexpr std::uint64_t longest_tail = 131'072;

struct LogCheck {
  std::filesystem::path ledger;                   // a ledger folder, or an export
  std::vector<ledger::VerifierKey> keys;          // of the log: any that it had, each of which must be found there
  std::optional<std::string> older_checkpoint{};  // a signed note seen or kept elsewhere
  AnchorKeys anchors{};
  std::function<void(std::uint64_t, std::uint64_t)> on_progress{};  // entries checked, entries there are to check
  unsigned threads = 1;  // that hash and decode, beside the caller's, which checks the rules; 1: the caller's alone
};

struct LogReport {
  ledger::Checkpoint checkpoint;
  std::uint64_t from = 0;              // the first entry that was there; only an export may begin later
  std::uint64_t entries = 0;           // from there on
  std::uint64_t unsigned_entries = 0;  // of which beyond the checkpoint
  std::uint64_t torn_bytes = 0;        // of a last record that was being written
  std::optional<std::uint64_t> older_size;
  std::size_t keys = 0;  // that the log had so far
  Timestamp first_time{};
  AnchorReport anchors;
  std::array<std::uint64_t, 9> transfers{};  // by TransferState
  ledger::History::Counts counts;
  policy::Replay::Tally decisions;
  std::uint64_t open_duties = 0;  // recipients that must still be told of something, in time so far
};

// Reads the checkpoint first, so that a running log can be checked. The flaw names the first entry or file that breaks
// a rule.
Checked<LogReport> check_log(const LogCheck& check);

}  // namespace ketenpoort::verify
