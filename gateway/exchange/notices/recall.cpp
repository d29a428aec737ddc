#include "gateway/exchange/notices/recall.hpp"

#include "gateway/exchange/facilities/ids.hpp"
#include "gateway/ledger/entry/bodies.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::EntryDraft;
using ledger::History;

EntryDraft draft_like(const EntryDraft& like, std::string_view kind, const TransferId& id, std::uint64_t ref) {
  EntryDraft draft;
  draft.kind = kind;
  draft.actor = like.actor;
  draft.subject = like.subject;
  draft.activity = like.activity;
  draft.trace = like.trace;
  draft.tx = id;
  draft.refs = {ref};
  return draft;
}

EntryDraft draft_requested(const EntryDraft& like, const TransferId& id, const History::Transfer& in_place_of,
                           std::uint64_t ref) {
  EntryDraft draft = draft_like(like, ledger::TransferRequested::kind, id, ref);
  draft.body = ledger::encode_body(
      ledger::TransferRequested{in_place_of.record, in_place_of.referral, std::string(in_place_of.recipient),
                                std::string(in_place_of.purpose), std::string(in_place_of.message)});
  return draft;
}

}  // namespace

EntryDraft draft_cancelled(const EntryDraft& like, const TransferId& id, Reason reason, std::uint64_t consent_seq,
                           std::uint64_t ledger_size) {
  EntryDraft draft = draft_like(like, ledger::TransferCancelled::kind, id, consent_seq);
  ledger::TransferCancelled body;
  body.reasons = {reason};
  body.ledger_size = ledger_size;
  body.consent = consent_seq;
  draft.body = ledger::encode_body(body);
  return draft;
}

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

EntryDraft draft_stopped(const EntryDraft& like, const TransferId& id, Reason reason, std::uint64_t seq,
                         std::uint64_t ledger_size) {
  EntryDraft draft = draft_like(like, ledger::TransferCancelled::kind, id, seq);
  ledger::TransferCancelled body;
  body.reasons = {reason};
  body.ledger_size = ledger_size;
  draft.body = ledger::encode_body(body);
  return draft;
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
