#include "gateway/exchange/consent/withdraw_consent.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "gateway/exchange/consent/cut_consent.hpp"
#include "gateway/exchange/facilities/same_person.hpp"
#include "gateway/exchange/facilities/transfer_drafts.hpp"
#include "gateway/exchange/notices/notify.hpp"
#include "gateway/exchange/notices/recall.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::EntryDraft;
using ledger::History;
using ledger::Transaction;

struct Withdrawing {
  Caller caller;
  WithdrawalRequest request;
  std::shared_ptr<const Terms> terms;
  std::string activity{};
  Withdrawal result;
  SubjectRef subject{};
  bool whole = true;
  Recalled recalled;
  std::vector<SubjectRef> others;  // the same person
};

// The cell that a consent is about: told by the projection, or by whoever asks.
std::optional<WithdrawalRequest::Cell> find_cell(const WithdrawalRequest& request, const History& history) {
  const auto consent = history.consent(request.consent);
  if (!consent) return request.cell;
  return WithdrawalRequest::Cell{consent->subject, std::string(consent->purpose), std::string(consent->recipient)};
}

EntryDraft draft_withdrawn(const Withdrawing& w, const History::Cell& cell, const WithdrawalRequest::Cell& about,
                           const CategorySet& withdrawn) {
  EntryDraft draft;
  draft.kind = ledger::ConsentWithdrawn::kind;
  draft.actor = w.caller.actor();
  draft.subject = w.subject;
  draft.activity = w.activity;
  draft.trace = w.caller.trace;
  draft.refs = {cell.seq};
  draft.body =
      ledger::encode_body(ledger::ConsentWithdrawn{cell.consent, about.purpose, about.recipient, withdrawn, w.whole});
  return draft;
}

// What waits of the cell stops.
void stop_transfers(Withdrawing& w, const History& history, const WithdrawalRequest::Cell& about,
                    std::uint64_t withdrawal_seq, Transaction& transaction) {
  const EntryDraft like = transaction.entries.front();
  for (const auto& id : history.transfers_of(w.subject)) {
    const auto transfer = history.transfer(id);
    if (transfer->purpose != about.purpose || transfer->recipient != about.recipient) continue;
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
  const auto about = find_cell(w.request, history);
  if (!about) return fail(ErrorCode::not_found, "no consent has this id");
  w.subject = about->subject;
  w.activity = w.terms->activity_for(about->purpose);
  const auto cell = history.cell(about->subject, about->purpose, about->recipient);
  Transaction transaction;
  if (!cell || cell->state != History::CellState::given) return transaction;  // nothing stands any more: as wished

  const CategorySet withdrawn =
      w.request.categories.empty() ? cell->categories : w.request.categories & cell->categories;
  if (withdrawn.empty()) return transaction;
  w.whole = withdrawn == cell->categories;
  transaction.entries.push_back(draft_withdrawn(w, *cell, *about, withdrawn));
  stop_transfers(w, history, *about, first_seq, transaction);
  const EntryDraft like = transaction.entries.front();
  const ChangedCell changed{w.subject, about->purpose, about->recipient, cell->categories.without(withdrawn),
                            first_seq};
  w.recalled = recall_permitted(history, in_flight, like, changed, now, transaction);
  w.result.stopped.insert(w.result.stopped.end(), w.recalled.stopped.begin(), w.recalled.stopped.end());
  w.result.in_flight = w.recalled.in_flight;
  w.result.to_notify =
      add_notifications(history, like, {"WITHDRAWAL", first_seq, withdrawn, about->recipient, about->purpose},
                        w.result.stopped, now, transaction);
  return transaction;
}

// Who is one person with the subject, by what was decided about their numbers, has withdrawn as well.
void withdraw_for_the_others(Withdrawing& w, InFlight& in_flight, const History& history, std::uint64_t first_seq,
                             Timestamp now, Transaction& transaction) {
  const auto about = find_cell(w.request, history);
  EntryDraft like;
  like.actor = w.caller.actor();
  like.activity = w.activity;
  like.trace = w.caller.trace;
  CutOutcome cut;
  w.others = kept_others(history, w.subject);
  for (const auto& other : w.others) {
    const auto lost = w.request.categories.empty() ? CategorySet::all() : w.request.categories;
    add_cut(history, in_flight, like, {other, about->purpose, about->recipient, lost}, first_seq, now, transaction,
            cut);
  }
  w.result.stopped.insert(w.result.stopped.end(), cut.stopped.begin(), cut.stopped.end());
  w.result.in_flight.insert(w.result.in_flight.end(), cut.in_flight.begin(), cut.in_flight.end());
  w.recalled.stopped.insert(w.recalled.stopped.end(), cut.recalled.stopped.begin(), cut.recalled.stopped.end());
  for (auto& recipient : cut.to_notify)
    if (std::find(w.result.to_notify.begin(), w.result.to_notify.end(), recipient) == w.result.to_notify.end())
      w.result.to_notify.push_back(std::move(recipient));
}

}  // namespace

void withdraw_consent(Facilities& facilities, InFlight& in_flight, Caller caller, WithdrawalRequest request,
                      std::function<void(Result<Withdrawal>)> on_withdrawn,
                      std::function<void(const SubjectRef&)> on_changed) {
  auto w = std::make_shared<Withdrawing>();
  w->caller = std::move(caller);
  w->terms = facilities.terms.get();
  w->result.consent = request.consent;
  w->request = std::move(request);
  facilities.sequencer.submit(
      [w, &in_flight](const History& history, std::uint64_t first_seq, Timestamp now) {
        auto transaction = prepare(*w, in_flight, history, first_seq, now);
        if (transaction) withdraw_for_the_others(*w, in_flight, history, first_seq, now, *transaction);
        return transaction;
      },
      [w, &in_flight, on_withdrawn = std::move(on_withdrawn),
       on_changed = std::move(on_changed)](const Result<ledger::Committed>& committed) {
        if (!committed) {
          release(in_flight, w->recalled);
          return on_withdrawn(fail(committed.error()));
        }
        on_withdrawn(w->result);
        on_changed(w->subject);
        for (const auto& other : w->others) on_changed(other);
      });
}

}  // namespace ketenpoort::exchange
