// What is checked, and said, once the entries of a folder or an export have been read.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "gateway/base/digest.hpp"
#include "gateway/verify/checkpoint_check.hpp"
#include "gateway/verify/entry_rules.hpp"
#include "gateway/verify/entry_source.hpp"
#include "gateway/verify/log_check.hpp"

namespace ketenpoort::verify {

// A checkpoint of the same log that was kept elsewhere: the log must have grown out of it.
class OlderCheckpoint {
 public:
  static Checked<OlderCheckpoint> read(const std::string& note, std::span<const ledger::VerifierKey> keys,
                                       const ledger::Checkpoint& now);

  [[nodiscard]] std::uint64_t size() const { return read_.checkpoint.size; }
  // With the root over as many entries, and the log so far. The key in force at its size signed it; where the log's
  // beginning is not at hand to tell which that was, a key that was given.
  [[nodiscard]] Checked<void> check(const Digest& root, const ledger::History& history,
                                    std::span<const ledger::VerifierKey> given) const;

 private:
  explicit OlderCheckpoint(ReadCheckpoint read) : read_(std::move(read)) {}
  ReadCheckpoint read_;
};

// The checkpoint is signed by the key in force at its size, and whoever checks it knows one of the log's keys.
// `all_seen`: every entry it covers went through the rules, so that no key is missing; otherwise a key that was given
// may have signed it without having been announced yet.
Checked<void> check_end(EntryRules& rules, const ReadCheckpoint& checkpoint, std::span<const ledger::VerifierKey> given,
                        bool all_seen);

// Adds what the rules have seen. Whoever was named as a witness must have vouched for something.
Checked<LogReport> sum_up(LogReport report, EntryRules& rules);

// The file of an entry that is wrong.
Flaw locate(Flaw flaw, const EntrySource& entries);

}  // namespace ketenpoort::verify
