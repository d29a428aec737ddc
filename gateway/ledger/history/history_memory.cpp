// What the state forgets, so that it grows with the subjects and not with the log. It keeps whatever a later entry may
// name: docs/ledger-format.md, "What is forgotten".
#include <algorithm>

#include "gateway/ledger/history/history_rules.hpp"

namespace ketenpoort::ledger {
namespace {

// The last of its message that arrived, or may have, at its recipient for its purpose: notifications and outcomes name
// it.
bool arrived_last(const HistoryState& state, const TransferRow& transfer) {
  const Row asked = state.find_asked(transfer.subject, transfer.lane);
  return asked != no_row && state.asked[asked].arrived == transfer.id;
}

// The transfer that the entry was about; its row may be removed meanwhile.
struct Changed {
  TransferId id;
  Row subject = 0;
  Row lane = 0;
  TransferState state{};
};

bool has_ended(const HistoryState& state, const TransferRow& transfer, const Changed& changed) {
  if (arrived_last(state, transfer)) return false;
  if (is_final(transfer.state)) return true;
  // Delivered, and a later message along the same lane is delivered now.
  return transfer.state == TransferState::delivered && changed.state == TransferState::delivered &&
         transfer.id != changed.id && transfer.lane == changed.lane;
}

// `newer`: the subject's transfer that names this one as the one before it.
void remove_transfer(HistoryState& state, Row row, Row newer) {
  const auto& transfer = state.transfers[row];
  const Row record = transfer.record;
  if (newer == no_row)
    state.change(state.subjects[transfer.subject]).last_transfer = transfer.before;
  else
    state.change(state.transfers[newer]).before = transfer.before;
  state.remove(state.transfers, row);
  --state.change(state.records[record]).users;
  forget_record(state, record);
}

}  // namespace

void note_asked(HistoryState& state, const TransferRow& transfer) {
  const Row known = state.find_asked(transfer.subject, transfer.lane);
  if (known != no_row) {
    state.change(state.asked[known]).last = transfer.id;
    return;
  }
  auto& subject = state.subjects[transfer.subject];
  const Row row =
      state.add(state.asked, {.last = transfer.id, .arrived = {}, .lane = transfer.lane, .next = subject.first_asked});
  state.change(subject).first_asked = row;
}

void forget_ended(HistoryState& state, const Entry& entry) {
  const Row of_entry = state.transfers.find(*entry.tx);
  if (of_entry == no_row) return;
  const auto& row = state.transfers[of_entry];
  const Changed changed{.id = row.id, .subject = row.subject, .lane = row.lane, .state = row.state};
  Row newer = no_row;
  for (Row at = state.subjects[changed.subject].last_transfer; at != no_row;) {
    const Row before = state.transfers[at].before;
    if (has_ended(state, state.transfers[at], changed))
      remove_transfer(state, at, newer);
    else
      newer = at;
    at = before;
  }
}

void forget_record(HistoryState& state, Row record) {
  const auto& row = state.records[record];
  if (row.users == 0 && state.subjects[row.subject].last_record != record) state.remove(state.records, record);
}

void forget_consent(HistoryState& state, Row consent) {
  state.remove(state.consents, consent);
}

}  // namespace ketenpoort::ledger
