#include "gateway/exchange/withdraw_consent.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "gateway/ledger/bodies.hpp"
#include "gateway/ledger/history.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::EntryDraft;
using ledger::History;
using ledger::Transaction;

struct Withdrawing {
  Caller caller;
  CategorySet categories;  // asked for; empty: all
  Withdrawal result;
  SubjectRef subject{};
  bool whole = true;
};

bool recipient_may_have(const History::Transfer& transfer) {
  return transfer.state == TransferState::delivered || transfer.state == TransferState::acknowledged || transfer.may_have_arrived;
}

void add_once(std::vector<std::string>& list, std::string_view text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.emplace_back(text);
}

EntryDraft draft_of(const Withdrawing& w, std::string_view kind) {
  EntryDraft draft;
  draft.kind = kind;
  draft.actor = w.caller.actor();
  draft.subject = w.subject;
  draft.trace = w.caller.trace;
  return draft;
}

EntryDraft draft_cancelled(const Withdrawing& w, const History& history, const TransferId& id, std::uint64_t withdrawal_seq) {
  EntryDraft draft = draft_of(w, ledger::TransferCancelled::kind);
  draft.tx = id;
  draft.refs = {withdrawal_seq};
  ledger::TransferCancelled body;
  body.reasons = {Reason::consent_withdrawn};
  body.ledger_size = history.size();
  body.consent = withdrawal_seq;
  draft.body = ledger::encode_body(body);
  return draft;
}

// Everything of the cell: what waits stops, what left is named, who has it must hear of it.
void stop_transfers(Withdrawing& w, InFlight& in_flight, const History& history, const History::ConsentRecord& consent, std::uint64_t withdrawal_seq,
                    Transaction& transaction) {
  for (const auto& id : history.transfers_of(w.subject)) {
    const auto transfer = history.transfer(id);
    if (transfer->purpose != consent.purpose || transfer->recipient != consent.recipient) continue;
    const bool on_its_way = transfer->state == TransferState::permitted && !(w.whole && in_flight.try_cancel(id));
    if (on_its_way) {
      w.result.in_flight.push_back(id);
      add_once(w.result.to_notify, transfer->recipient);
    } else if (w.whole && (is_waiting(transfer->state) || transfer->state == TransferState::permitted)) {
      w.result.stopped.push_back(id);
      transaction.entries.push_back(draft_cancelled(w, history, id, withdrawal_seq));
    }
    if (recipient_may_have(*transfer)) add_once(w.result.to_notify, transfer->recipient);
  }
}

Result<Transaction> prepare(Withdrawing& w, InFlight& in_flight, const History& history, std::uint64_t first_seq) {
  w.result = {w.result.consent, {}, {}, {}};
  const auto consent = history.consent(w.result.consent);
  if (!consent) return fail(ErrorCode::not_found, "no consent has this id");
  w.subject = consent->subject;
  const auto cell = history.cell(consent->subject, consent->purpose, consent->recipient);
  Transaction transaction;
  if (!cell || cell->state != History::CellState::given) return transaction;  // nothing stands any more: as wished

  const CategorySet withdrawn = w.categories.empty() ? cell->categories : w.categories & cell->categories;
  if (withdrawn.empty()) return transaction;
  w.whole = withdrawn == cell->categories;
  ledger::ConsentWithdrawn body{cell->consent, std::string(consent->purpose), std::string(consent->recipient), withdrawn, w.whole};
  EntryDraft draft = draft_of(w, ledger::ConsentWithdrawn::kind);
  draft.refs = {cell->seq};
  draft.body = ledger::encode_body(body);
  transaction.entries.push_back(std::move(draft));
  stop_transfers(w, in_flight, history, *consent, first_seq, transaction);
  return transaction;
}

}  // namespace

void withdraw_consent(Facilities& facilities, InFlight& in_flight, Caller caller, const ConsentId& consent, CategorySet categories,
                      std::function<void(Result<Withdrawal>)> on_withdrawn, std::function<void(const SubjectRef&)> on_changed) {
  auto w = std::make_shared<Withdrawing>();
  w->caller = std::move(caller);
  w->categories = categories;
  w->result.consent = consent;
  facilities.sequencer.submit(
      [w, &in_flight](const History& history, std::uint64_t first_seq, Timestamp) { return prepare(*w, in_flight, history, first_seq); },
      [w, on_withdrawn = std::move(on_withdrawn), on_changed = std::move(on_changed)](const Result<ledger::Committed>& committed) {
        if (!committed) return on_withdrawn(fail(committed.error()));
        on_withdrawn(w->result);
        on_changed(w->subject);
      });
}

}  // namespace ketenpoort::exchange
