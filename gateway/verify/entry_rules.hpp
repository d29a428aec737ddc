// Every rule that speaks of entries in their order, for a ledger folder and for an export alike.
#pragma once

#include <cstdint>

#include "gateway/ledger/history/history.hpp"
#include "gateway/ledger/history/key_history.hpp"
#include "gateway/policy/replay.hpp"
#include "gateway/verify/anchor_check.hpp"
#include "gateway/verify/batches.hpp"
#include "gateway/verify/root_history.hpp"

namespace ketenpoort::verify {

class EntryRules {
 public:
  explicit EntryRules(const AnchorKeys& anchors) : anchors_(anchors) {}

  // The next entry of the log; `roots` over the entries before it.
  Checked<void> apply(const ReadEntry& read, const RootHistory& roots);

  [[nodiscard]] const ledger::History& history() const { return history_; }
  [[nodiscard]] policy::Replay::Tally replays() const { return replay_.tally(); }
  [[nodiscard]] AnchorCheck& anchors() { return anchors_; }

 private:
  Checked<void> follow_anchors(const ledger::Entry& entry, const RootHistory& roots);

  ledger::History history_{ledger::History::Reader::verifier};
  policy::Replay replay_;
  AnchorCheck anchors_;
};

}  // namespace ketenpoort::verify
