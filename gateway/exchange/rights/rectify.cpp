#include "gateway/exchange/rights/rectify.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "gateway/exchange/facilities/person_entry.hpp"
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

struct Rectifying {
  RightsCall call;
  Rectification wish;
  RightsOutcome outcome;
  Recalled recalled;
};

Status check(const History& history, const Rectifying& rectifying) {
  const auto& [caller, subject, request] = rectifying.call;
  if (!history.knows(subject)) return fail(ErrorCode::not_found, "nothing is known of this subject");
  if (history.is_erased(subject)) return fail(ErrorCode::gone, "the data of this subject were erased");
  if (request && history.subject_of_request(*request) != subject)
    return fail(ErrorCode::invalid_input, "no such request is open",
                {{ErrorCode::invalid_input, "request", "an open request of this subject (POST /requests)"}});
  const auto newest = newest_record_of_person(history, subject);
  const auto& by = rectifying.wish.corrected_by;
  if (by && (!newest || newest->id != *by))
    return fail(ErrorCode::conflict, "this is not the newest record of the subject",
                {{ErrorCode::conflict, "correctedBy", "the record that says it right, once it has been received"}});
  return {};
}

// Why a transfer may not go on; nothing when it says what is right.
std::optional<Reason> reason_to_stop(const History& history, const Rectifying& rectifying,
                                     const History::Transfer& transfer) {
  const auto newest = history.latest_record(transfer.subject);
  if (newest && newest->id != transfer.record) return Reason::superseded;
  if (rectifying.wish.corrected_by == transfer.record) return std::nullopt;
  return Reason::cancelled_by_operator;
}

void stop_what_is_wrong(Rectifying& rectifying, InFlight& in_flight, const History& history, const EntryDraft& like,
                        std::uint64_t seq, Transaction& transaction) {
  for (const auto& id : history.transfers_of(*like.subject)) {
    const auto transfer = history.transfer(id);
    const bool permitted = transfer->state == TransferState::permitted;
    if (!permitted && !is_waiting(transfer->state)) continue;
    const auto reason = reason_to_stop(history, rectifying, *transfer);
    if (!reason) continue;
    if (permitted && !in_flight.try_cancel(id)) {
      rectifying.outcome.in_flight.push_back(id);
      continue;
    }
    if (permitted) rectifying.recalled.stopped.push_back(id);
    rectifying.outcome.stopped.push_back(id);
    transaction.entries.push_back(draft_stopped(like, id, *reason, seq, history.size()));
  }
}

// What was wrong of one was wrong of whoever is the same person.
void rectify_one(Rectifying& rectifying, InFlight& in_flight, const History& history, const SubjectRef& subject,
                 std::uint64_t seq, Timestamp now, Transaction& transaction) {
  const auto& [caller, asked_about, request] = rectifying.call;
  const auto& categories = rectifying.wish.categories;
  EntryDraft like = draft_by_person(
      caller, subject, ledger::SubjectRectified{categories, subject == asked_about ? request : std::nullopt});
  if (const auto& right = rectifying.wish.corrected_by) like.refs = {history.record(*right)->seq};
  transaction.entries.push_back(like);
  stop_what_is_wrong(rectifying, in_flight, history, like, seq, transaction);
  auto& told = rectifying.outcome.to_notify;
  for (auto& recipient : add_notifications(history, like, {"RECTIFICATION", seq, categories},
                                           rectifying.recalled.stopped, now, transaction))
    if (std::find(told.begin(), told.end(), recipient) == told.end()) told.push_back(std::move(recipient));
}

Result<Transaction> prepare(Rectifying& rectifying, InFlight& in_flight, const History& history, std::uint64_t seq,
                            Timestamp now) {
  const auto& call = rectifying.call;
  rectifying.outcome = {call.subject, seq, {}, {}, {}};
  rectifying.recalled = {};
  if (auto fits = check(history, rectifying); !fits) return fail(fits.error());
  Transaction transaction;
  for (const auto& subject : kept_same_person(history, call.subject))
    rectify_one(rectifying, in_flight, history, subject, seq + transaction.entries.size(), now, transaction);
  return transaction;
}

}  // namespace

void rectify_subject(Facilities& facilities, InFlight& in_flight, const RightsCall& call,
                     const Rectification& rectification, RightsDone done) {
  auto rectifying = std::make_shared<Rectifying>(Rectifying{call, rectification, {}, {}});
  facilities.sequencer.submit(
      [rectifying, &in_flight](const History& history, std::uint64_t first_seq, Timestamp now) {
        return prepare(*rectifying, in_flight, history, first_seq, now);
      },
      [rectifying, &in_flight, done = std::move(done)](const Result<ledger::Committed>& committed) {
        if (!committed) {
          release(in_flight, rectifying->recalled);
          return done(fail(committed.error()));
        }
        done(std::move(rectifying->outcome));
      });
}

}  // namespace ketenpoort::exchange
