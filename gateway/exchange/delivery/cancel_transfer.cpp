#include "gateway/exchange/delivery/cancel_transfer.hpp"

#include <memory>
#include <utility>

#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::History;
using ledger::Transaction;

struct Cancelling {
  Caller caller;
  TransferId id;
  std::shared_ptr<const Terms> terms;
  bool recalled = false;  // it was permitted, and its first byte is held back
};

Status stop(Cancelling& c, InFlight& in_flight, TransferState state) {
  switch (state) {
    case TransferState::requested:
    case TransferState::held:
    case TransferState::failed:
      return {};
    case TransferState::permitted:
      c.recalled = in_flight.try_cancel(c.id);
      if (c.recalled) return {};
      return fail(ErrorCode::conflict,
                  "the message is on its way to its recipient; ask again when the attempt has ended");
    case TransferState::abandoned:
      return fail(ErrorCode::conflict, "the transfer was given up already; nothing more is sent unless it is retried");
    default:
      return fail(ErrorCode::conflict, "the transfer has ended: its recipient has the message, or will not get it");
  }
}

Result<Transaction> prepare(Cancelling& c, InFlight& in_flight, const History& history) {
  c.recalled = false;
  const auto transfer = history.transfer(c.id);
  if (!transfer) return fail(ErrorCode::not_found, "no transfer that waits has this id");
  if (auto stopped = stop(c, in_flight, transfer->state); !stopped) return fail(stopped.error());
  ledger::TransferCancelled body;
  body.reasons = {Reason::cancelled_by_operator};
  body.ledger_size = history.size();
  ledger::EntryDraft draft;
  draft.kind = ledger::TransferCancelled::kind;
  draft.actor = c.caller.person();
  draft.subject = transfer->subject;
  draft.activity = c.terms->activity_for(transfer->purpose);
  draft.tx = c.id;
  draft.trace = c.caller.trace;
  draft.body = ledger::encode_body(body);
  Transaction transaction;
  transaction.entries.push_back(std::move(draft));
  return transaction;
}

}  // namespace

void cancel_transfer(Facilities& facilities, InFlight& in_flight, Caller caller, TransferId id,
                     std::function<void(Status)> done) {
  auto cancelling = std::make_shared<Cancelling>(Cancelling{std::move(caller), id, facilities.terms.get()});
  facilities.sequencer.submit(
      [cancelling, &in_flight](const History& history, std::uint64_t, Timestamp) {
        return prepare(*cancelling, in_flight, history);
      },
      [cancelling, &in_flight, done = std::move(done)](const Result<ledger::Committed>& committed) {
        if (committed) return done({});
        if (cancelling->recalled) in_flight.end(cancelling->id);
        done(fail(committed.error()));
      });
}

}  // namespace ketenpoort::exchange
