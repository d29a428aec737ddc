#include "gateway/exchange/open_request.hpp"

#include <memory>
#include <utility>

#include "gateway/exchange/identity.hpp"
#include "gateway/ledger/bodies.hpp"
#include "gateway/ledger/history.hpp"

namespace ketenpoort::exchange {
namespace {

Result<SubjectRef> find_person(const Vault& vault, formats::JsonView identifiers) {
  bool erased = false;
  for (const auto& mark : read_identifiers(vault, identifiers).all()) {
    if (const auto current = vault.find_subject(mark)) return *current;
    const auto known = vault.find_subjects(mark);
    if (!known) return fail(known.error());
    if (!known->empty()) return known->back();
    erased = erased || vault.is_suppressed(mark);
  }
  if (erased) return fail(ErrorCode::gone, "the data of this person were erased");
  return fail(ErrorCode::not_found, "nothing is known of this person");
}

}  // namespace

void open_request(Facilities& facilities, const Caller& caller, formats::JsonView identifiers, std::uint32_t article,
                  Date received, std::function<void(Result<OpenedRequest>)> done) {
  const auto subject = find_person(facilities.vault, identifiers);
  if (!subject) return done(fail(subject.error()));
  // One month from the day it came (GDPR art. 12(3)).
  auto request =
      std::make_shared<OpenedRequest>(OpenedRequest{new_uuid_v4(), *subject, article, add_months(received, 1), 0});
  facilities.sequencer.submit(
      [request, caller](const ledger::History&, std::uint64_t first_seq, Timestamp) -> Result<ledger::Transaction> {
        request->seq = first_seq;
        ledger::RequestOpened body;
        body.article = request->article;
        body.deadline = request->deadline;
        body.request = request->id;
        ledger::EntryDraft draft;
        draft.kind = ledger::RequestOpened::kind;
        draft.actor = caller.person();
        draft.subject = request->subject;
        draft.trace = caller.trace;
        draft.body = ledger::encode_body(body);
        ledger::Transaction transaction;
        transaction.entries.push_back(std::move(draft));
        return transaction;
      },
      [request, done = std::move(done)](const Result<ledger::Committed>& committed) {
        if (!committed) return done(fail(committed.error()));
        done(*request);
      });
}

void close_request(Facilities& facilities, const Caller& caller, const Uuid& request, const std::string& outcome,
                   std::function<void(Status)> done) {
  facilities.sequencer.submit(
      [caller, request, outcome](const ledger::History& history, std::uint64_t,
                                 Timestamp) -> Result<ledger::Transaction> {
        const auto subject = history.subject_of_request(request);
        if (!subject) return fail(ErrorCode::not_found, "no open request has this id");
        ledger::EntryDraft draft;
        draft.kind = ledger::RequestClosed::kind;
        draft.actor = caller.person();
        draft.subject = *subject;
        draft.trace = caller.trace;
        draft.body = ledger::encode_body(ledger::RequestClosed{outcome, request});
        ledger::Transaction transaction;
        transaction.entries.push_back(std::move(draft));
        return transaction;
      },
      [done = std::move(done)](const Result<ledger::Committed>& committed) {
        if (!committed) return done(fail(committed.error()));
        done({});
      });
}

}  // namespace ketenpoort::exchange
