#include "gateway/exchange/notices/recall.hpp"

#include "gateway/exchange/facilities/ids.hpp"
#include "gateway/exchange/facilities/transfer_drafts.hpp"

namespace ketenpoort::exchange {

using ledger::EntryDraft;
using ledger::History;

Recalled recall_permitted(const History& history, InFlight& in_flight, const EntryDraft& like, const ChangedCell& cell,
                          Timestamp now, ledger::Transaction& transaction) {
  Recalled recalled;
  for (const auto& id : history.transfers_of(cell.subject)) {
    const auto transfer = history.transfer(id);
    if (transfer->state != TransferState::permitted || transfer->purpose != cell.purpose ||
        transfer->recipient != cell.recipient)
      continue;
    if (cell.still_allowed.includes(transfer->sent)) continue;
    if (!in_flight.try_cancel(id)) {
      recalled.in_flight.push_back(id);
      continue;
    }
    recalled.stopped.push_back(id);
    const bool ends = cell.still_allowed.empty();
    if (!ends) {
      recalled.renewed.push_back(next_transfer_id(history, transaction, now));
      transaction.entries.push_back(draft_requested(like, recalled.renewed.back(), *transfer, cell.seq));
    }
    transaction.entries.push_back(
        draft_cancelled(like, id, ends ? cell.reason : Reason::superseded, cell.seq, history.size()));
  }
  return recalled;
}

Recalled recall_all(const History& history, InFlight& in_flight, const EntryDraft& like, const Recall& recall,
                    Timestamp now, ledger::Transaction& transaction) {
  Recalled recalled;
  for (const auto& id : history.transfers_of(*like.subject)) {
    const auto transfer = history.transfer(id);
    if (transfer->state != TransferState::permitted) continue;
    if (!in_flight.try_cancel(id)) {
      recalled.in_flight.push_back(id);
      continue;
    }
    recalled.stopped.push_back(id);
    if (recall.ask_again) {
      recalled.renewed.push_back(next_transfer_id(history, transaction, now));
      transaction.entries.push_back(draft_requested(like, recalled.renewed.back(), *transfer, recall.seq));
    }
    transaction.entries.push_back(draft_stopped(like, id, recall.reason, recall.seq, history.size()));
  }
  return recalled;
}

void release(InFlight& in_flight, const Recalled& recalled) {
  for (const auto& id : recalled.stopped) in_flight.end(id);
}

}  // namespace ketenpoort::exchange
