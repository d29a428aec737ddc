// Decisions taken again at their place in the log: invariant 8 of docs/ledger-format.md, and 5 where facts are at hand.
// Used by the verifier and by `ketenpoort ledger reproduce`. Pure: the log so far and the entry in, right or wrong out.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "gateway/ledger/entry/entry.hpp"
#include "gateway/ledger/history/history.hpp"
#include "gateway/policy/premises.hpp"

namespace ketenpoort::policy {

enum class Grade : unsigned char {
  replayed,    // the same decision comes out again
  consistent,  // its facts are sealed; all that the log alone says of it holds
};

// One decision (transfer.permitted, .held, .refused, .cancelled; outcome.received, .rejected, which the log alone
// decides) that is not applied to the history yet. Without
// premises, what the log alone shows is checked for each of its reasons. On failure the message reads as History's:
// "entry 17: invariant 8: ...".
Result<Grade> replay_decision(const ledger::History& history, const ledger::Entry& entry, const Premises* premises);

// All decisions of a log, in its order.
class Replay {
 public:
  // The sealed part of an entry in the clear; nothing where its key is not at hand or was destroyed.
  using Unseal = std::function<std::optional<std::string>(const ledger::Entry&)>;

  explicit Replay(Unseal unseal = {}) : unseal_(std::move(unseal)) {}

  // For every entry of the log, before history.apply(entry).
  Status check(const ledger::History& history, const ledger::Entry& entry);

  struct Tally {
    std::uint64_t replayed = 0;  // from the log alone or with their facts
    std::uint64_t sealed = 0;    // consistent, facts sealed
    std::uint64_t erased = 0;    // consistent, and the subject's keys of class proof were destroyed since
  };
  [[nodiscard]] Tally tally() const { return tally_; }

 private:
  Unseal unseal_;
  Tally tally_;
};

}  // namespace ketenpoort::policy
