#include "gateway/exchange/withdraw_consent.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "gateway/exchange/notify.hpp"
#include "gateway/exchange/recall.hpp"
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
  const Terms* terms = nullptr;
  std::string_view activity{};
  Withdrawal result;
  SubjectRef subject{};
  bool whole = true;
  Recalled recalled;
};

EntryDraft draft_withdrawn(const Withdrawing& w, const History::Cell& cell, const History::ConsentRecord& consent,
                           const CategorySet& withdrawn) {
  EntryDraft draft;
  draft.kind = ledger::ConsentWithdrawn::kind;
  draft.actor = w.caller.actor();
  draft.subject = w.subject;
  draft.activity = w.activity;
  draft.trace = w.caller.trace;
  draft.refs = {cell.seq};
  draft.body = ledger::encode_body(ledger::ConsentWithdrawn{cell.consent, std::string(consent.purpose),
                                                            std::string(consent.recipient), withdrawn, w.whole});
  return draft;
}

// What waits of the cell stops.
void stop_transfers(Withdrawing& w, const History& history, const History::ConsentRecord& consent,
                    std::uint64_t withdrawal_seq, Transaction& transaction) {
  const EntryDraft like = transaction.entries.front();
  for (const auto& id : history.transfers_of(w.subject)) {
    const auto transfer = history.transfer(id);
    if (transfer->purpose != consent.purpose || transfer->recipient != consent.recipient) continue;
    if (w.whole && is_waiting(transfer->state)) {
      w.result.stopped.push_back(id);
      transaction.entries.push_back(
          draft_cancelled(like, id, Reason::consent_withdrawn, withdrawal_seq, history.size()));
    }
  }
}

Result<Transaction> prepare(Withdrawing& w, InFlight& in_flight, const History& history, std::uint64_t first_seq,
                            Timestamp now) {
  w.result = {w.result.consent, {}, {}, {}};
  w.recalled = {};
  const auto consent = history.consent(w.result.consent);
  if (!consent) return fail(ErrorCode::not_found, "no consent has this id");
  w.subject = consent->subject;
  w.activity = w.terms->activity_for(consent->purpose);
  const auto cell = history.cell(consent->subject, consent->purpose, consent->recipient);
  Transaction transaction;
  if (!cell || cell->state != History::CellState::given) return transaction;  // nothing stands any more: as wished

  const CategorySet withdrawn = w.categories.empty() ? cell->categories : w.categories & cell->categories;
  if (withdrawn.empty()) return transaction;
  w.whole = withdrawn == cell->categories;
  transaction.entries.push_back(draft_withdrawn(w, *cell, *consent, withdrawn));
  stop_transfers(w, history, *consent, first_seq, transaction);
  const EntryDraft like = transaction.entries.front();
  const ChangedCell changed{w.subject, consent->purpose, consent->recipient, cell->categories.without(withdrawn),
                            first_seq};
  w.recalled = recall_permitted(history, in_flight, like, changed, now, transaction);
  w.result.stopped.insert(w.result.stopped.end(), w.recalled.stopped.begin(), w.recalled.stopped.end());
  w.result.in_flight = w.recalled.in_flight;
  w.result.to_notify =
      add_notifications(history, like, {"WITHDRAWAL", first_seq, withdrawn, consent->recipient, consent->purpose},
                        w.result.stopped, now, transaction);
  return transaction;
}

}  // namespace

void withdraw_consent(Facilities& facilities, InFlight& in_flight, Caller caller, const ConsentId& consent,
                      CategorySet categories, std::function<void(Result<Withdrawal>)> on_withdrawn,
                      std::function<void(const SubjectRef&)> on_changed) {
  auto w = std::make_shared<Withdrawing>();
  w->caller = std::move(caller);
  w->categories = categories;
  w->terms = &facilities.terms;
  w->result.consent = consent;
  facilities.sequencer.submit(
      [w, &in_flight](const History& history, std::uint64_t first_seq, Timestamp now) {
        return prepare(*w, in_flight, history, first_seq, now);
      },
      [w, &in_flight, on_withdrawn = std::move(on_withdrawn),
       on_changed = std::move(on_changed)](const Result<ledger::Committed>& committed) {
        if (!committed) {
          release(in_flight, w->recalled);
          return on_withdrawn(fail(committed.error()));
        }
        on_withdrawn(w->result);
        on_changed(w->subject);
      });
}

}  // namespace ketenpoort::exchange
