#include "gateway/exchange/rights/open_request.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "gateway/exchange/consent/cut_consent.hpp"
#include "gateway/exchange/facilities/identity.hpp"
#include "gateway/exchange/facilities/person_entry.hpp"
#include "gateway/exchange/facilities/repeatable_call.hpp"
#include "gateway/exchange/notices/recall.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/ledger/history/history.hpp"
#include "gateway/policy/request_terms.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::History;
using ledger::RegisteredPurpose;
using ledger::Transaction;

constexpr std::uint32_t portability = 20;
constexpr std::uint32_t objection = 21;
constexpr std::string_view pending_objection = "objection-pending";

Result<SubjectRef> find_person(const Vault& vault, formats::JsonView identifiers) {
  const auto numbers = read_identifiers(vault, identifiers);
  if (numbers.matching.empty())
    return fail(ErrorCode::invalid_input, "no number says who this is",
                {{ErrorCode::invalid_input, "subject", std::string(identifies_nobody)}});
  bool erased = false;
  for (const auto& mark : numbers.matching) {
    auto known = vault.find_subjects(mark);
    if (!known) return fail(known.error());
    if (const auto current = vault.find_subject(mark)) return *current;
    if (!known->empty()) return known->back();
    erased = erased || vault.is_suppressed(mark);
  }
  if (erased) return fail(ErrorCode::gone, "the data of this person were erased");
  return fail(ErrorCode::not_found, "nothing is known of this person");
}

std::vector<const RegisteredPurpose*> purposes_on(const History& history, const RequestWish& wish, Date today) {
  auto purposes = history.purposes();
  std::erase_if(purposes, [&](const RegisteredPurpose* one) {
    const auto& purpose = one->value;
    const bool in_force = history.find_purpose(purpose.id, purpose.recipient, today) == one;
    return !in_force || (!wish.purpose.empty() && purpose.id != wish.purpose) ||
           (!wish.recipient.empty() && purpose.recipient != wish.recipient);
  });
  return purposes;
}

struct Opening {
  RightsCall call;
  RequestWish wish;
  OpenedRequest opened;
  CutOutcome cut;
  std::function<std::string(const OpenedRequest&)> render;
  std::function<void(Result<PastReply>)> done;
  OnSubjectChanged on_changed;
  RepeatableCall repeatable;
};

// Stops a purpose that asks for consent by taking the consent away: nothing else is touched.
void cut_cells(Opening& opening, InFlight& in_flight, const History& history, const Purpose& purpose,
               std::uint64_t first_seq, Timestamp now, Transaction& transaction) {
  const auto like = transaction.entries.front();
  for (const auto& one : history.same_person(opening.call.subject)) {
    const auto before = transaction.entries.size();
    add_cut(history, in_flight, like, {one, purpose.id, purpose.recipient, CategorySet::all()}, first_seq, now,
            transaction, opening.cut);
    if (transaction.entries.size() == before) continue;
    opening.opened.withdrawn.push_back(purpose.recipient);
    opening.opened.outcome.changed.push_back(one);
  }
}

Status object(Opening& opening, InFlight& in_flight, const History& history, std::uint64_t first_seq, Timestamp now,
              Transaction& transaction) {
  auto purposes = purposes_on(history, opening.wish, date_in_brussels(now));
  if (purposes.empty())
    return fail(ErrorCode::invalid_input, "no such purpose is in force",
                {{ErrorCode::invalid_input, "purpose", "an id of config/purposes.yaml, with its recipient"}});
  std::erase_if(purposes, [](const auto* one) { return !policy::may_be_objected_to(one->value); });
  if (purposes.empty())
    return fail(ErrorCode::conflict, "what rests on consent is withdrawn, not objected to (GDPR art. 7(3), 21(1))",
                {{ErrorCode::conflict, "purpose", "POST /consents/{id}/withdraw"}});
  const bool all = opening.wish.purpose.empty();
  if (all || std::ranges::any_of(purposes, [](const auto* one) { return !one->value.consent_required; })) {
    add_restriction(history, in_flight, opening.call, std::string(pending_objection), first_seq, now, transaction,
                    opening.opened.outcome, opening.cut.recalled);
    opening.opened.restricted = true;
    return {};
  }
  for (const auto* purpose : purposes)
    cut_cells(opening, in_flight, history, purpose->value, first_seq, now, transaction);
  auto& outcome = opening.opened.outcome;
  outcome.stopped = opening.cut.stopped;
  outcome.in_flight = opening.cut.in_flight;
  outcome.to_notify = opening.cut.to_notify;
  return {};
}

Result<Transaction> prepare(Opening& opening, InFlight& in_flight, const History& history, std::uint64_t first_seq,
                            Timestamp now) {
  opening.cut = {};
  auto& opened = opening.opened;
  opened.seq = first_seq;
  opened.withdrawn.clear();
  opened.outcome = {opened.subject, first_seq, {}, {}, {}};
  Transaction transaction;
  transaction.entries.push_back(draft_by_person(opening.call.caller, opened.subject,
                                                ledger::RequestOpened{opened.article, opened.deadline, opened.id, {}}));
  if (opened.article == objection && !history.is_erased(opened.subject)) {
    if (auto stopped = object(opening, in_flight, history, first_seq, now, transaction); !stopped)
      return fail(stopped.error());
  }
  if (opened.article != portability) return transaction;
  const auto purposes = purposes_on(history, {}, date_in_brussels(now));
  opened.refused = std::ranges::none_of(purposes, [](const auto* one) { return policy::is_portable(one->value); });
  if (opened.refused)
    transaction.entries.push_back(
        draft_by_person(opening.call.caller, opened.subject, ledger::RequestClosed{"REFUSED", opened.id}));
  return transaction;
}

// The same, with the answer kept under its idempotency key.
Result<Transaction> prepare_once(Opening& opening, InFlight& in_flight, const History& history, std::uint64_t first_seq,
                                 Timestamp now) {
  if (const auto begun = opening.repeatable.begin(); !begun) return fail(begun.error());
  auto transaction = prepare(opening, in_flight, history, first_seq, now);
  if (!transaction) return transaction;
  opening.repeatable.answer.body = opening.render(opening.opened);
  opening.repeatable.keep_answer(transaction->changes, now);
  return transaction;
}

void submit(const std::shared_ptr<Opening>& opening, Facilities& facilities, InFlight& in_flight) {
  facilities.sequencer.submit(
      [opening, &in_flight](const History& history, std::uint64_t first_seq, Timestamp now) {
        return prepare_once(*opening, in_flight, history, first_seq, now);
      },
      [opening, &facilities, &in_flight](const Result<ledger::Committed>& committed) {
        auto answer = opening->repeatable.end(committed);
        if (!committed) {
          release(in_flight, opening->cut.recalled);
          opening->cut = {};
        }
        if (!answer) return submit(opening, facilities, in_flight);
        opening->done(std::move(*answer));
        if (!committed) return;
        for (const auto& one : opening->opened.outcome.changed) opening->on_changed(one);
      });
}

tl::unexpected<Error> not_open() {
  return fail(ErrorCode::not_found, "no open request has this id");
}

}  // namespace

void open_request(Facilities& facilities, InFlight& in_flight, const Caller& caller, formats::JsonView identifiers,
                  const RequestWish& wish, std::function<std::string(const OpenedRequest&)> render,
                  std::function<void(Result<PastReply>)> done, OnSubjectChanged on_changed) {
  const auto subject = find_person(facilities.vault, identifiers);
  if (!subject) return done(fail(subject.error()));
  OpenedRequest opened;
  opened.id = new_uuid_v4();
  opened.subject = *subject;
  opened.article = wish.article;
  opened.deadline = policy::answer_deadline(wish.received);
  const RightsCall call{caller, *subject, opened.id};
  submit(std::make_shared<Opening>(Opening{
             call,
             wish,
             std::move(opened),
             {},
             std::move(render),
             std::move(done),
             std::move(on_changed),
             RepeatableCall(facilities, "requests", caller.client, wish.idempotency_key, wish.body, {.status = 201})}),
         facilities, in_flight);
}

void extend_request(Facilities& facilities, const Caller& caller, const Uuid& request, const std::string& reason,
                    std::function<void(Result<Date>)> done) {
  auto deadline = std::make_shared<Date>();
  facilities.sequencer.submit(
      [caller, request, reason, deadline](const History& history, std::uint64_t, Timestamp now) -> Result<Transaction> {
        const auto known = history.request(request);
        if (!known || known->closed) return not_open();
        if (known->extended) return fail(ErrorCode::conflict, "a request is extended once (GDPR art. 12(3))");
        if (date_in_brussels(now) > known->deadline)
          return fail(ErrorCode::conflict, "its deadline has passed: an extension is told before (GDPR art. 12(3))");
        *deadline = policy::extended_deadline(known->deadline);
        Transaction transaction;
        transaction.entries.push_back(
            draft_by_person(caller, known->subject, ledger::RequestOpened{known->article, *deadline, request, reason}));
        return transaction;
      },
      [deadline, done = std::move(done)](const Result<ledger::Committed>& committed) {
        if (!committed) return done(fail(committed.error()));
        done(*deadline);
      });
}

void close_request(Facilities& facilities, const Caller& caller, const Uuid& request, const RequestEnd& end,
                   std::function<void(Status)> done) {
  facilities.sequencer.submit(
      [caller, request, end](const History& history, std::uint64_t, Timestamp) -> Result<Transaction> {
        const auto subject = history.subject_of_request(request);
        if (!subject) return not_open();
        auto draft = draft_by_person(caller, *subject, ledger::RequestClosed{end.outcome, request});
        if (!end.forwarded_to.empty()) {
          const auto agreements = history.agreements_with(end.forwarded_to);
          if (agreements.empty())
            return fail(ErrorCode::invalid_input, "no agreement names this controller",
                        {{ErrorCode::invalid_input, "forwardedTo", "the id of a recipient with an agreement"}});
          draft.refs = {agreements.back()->seq};
        }
        Transaction transaction;
        transaction.entries.push_back(std::move(draft));
        return transaction;
      },
      [done = std::move(done)](const Result<ledger::Committed>& committed) {
        if (!committed) return done(fail(committed.error()));
        done({});
      });
}

std::string forwarded_to(const History& history, const std::vector<std::uint64_t>& refs) {
  for (const auto seq : refs)
    if (const auto* agreement = history.agreement_at(seq)) return agreement->value.recipient;
  return {};
}

}  // namespace ketenpoort::exchange
