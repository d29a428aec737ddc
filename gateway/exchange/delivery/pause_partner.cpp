#include "gateway/exchange/delivery/pause_partner.hpp"

#include <utility>

#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::History;
using ledger::Transaction;

// `body` is written unless the recipient is as wanted already.
template <class Body>
void change(Facilities& facilities, const Caller& caller, Body body, bool pause, std::function<void(Status)> done) {
  ledger::EntryDraft draft;
  draft.kind = Body::kind;
  draft.actor = caller.person();
  draft.trace = caller.trace;
  draft.body = ledger::encode_body(body);
  facilities.sequencer.submit(
      [draft, pause, recipient = std::move(body.recipient)](const History& history, std::uint64_t, Timestamp) {
        Transaction transaction;
        if (history.is_paused(recipient) != pause) transaction.entries.push_back(draft);
        return Result<Transaction>(std::move(transaction));
      },
      [done = std::move(done)](const Result<ledger::Committed>& committed) {
        done(committed ? Status{} : Status(fail(committed.error())));
      });
}

}  // namespace

void pause_partner(Facilities& facilities, const Caller& caller, std::string recipient, std::string reason,
                   std::function<void(Status)> done) {
  change(facilities, caller, ledger::PartnerPaused{std::move(reason), std::move(recipient)}, true, std::move(done));
}

void resume_partner(Facilities& facilities, const Caller& caller, std::string recipient,
                    std::function<void(Status)> done) {
  change(facilities, caller, ledger::PartnerResumed{std::move(recipient)}, false, std::move(done));
}

}  // namespace ketenpoort::exchange
