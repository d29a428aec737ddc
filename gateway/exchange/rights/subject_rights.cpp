#include "gateway/exchange/rights/subject_rights.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "gateway/exchange/facilities/person_entry.hpp"
#include "gateway/exchange/facilities/same_person.hpp"
#include "gateway/exchange/facilities/transfer_drafts.hpp"
#include "gateway/exchange/notices/notify.hpp"
#include "gateway/exchange/notices/recall.hpp"
#include "gateway/exchange/rights/proposals.hpp"
#include "gateway/formats/json_text.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::EntryDraft;
using ledger::History;
using ledger::Transaction;

const Error unknown_subject{ErrorCode::not_found, "nothing is known of this subject"};
const Error erased_before{ErrorCode::gone, "the data of this subject were erased"};

// Known, and asked by a request of its own, if by any.
Status check_call(const History& history, const SubjectRef& subject, const std::optional<Uuid>& request) {
  if (!history.knows(subject)) return fail(unknown_subject);
  if (request && history.subject_of_request(*request) != subject)
    return fail(ErrorCode::invalid_input, "no such request is open",
                {{ErrorCode::invalid_input, "request", "an open request of this subject (POST /requests)"}});
  return {};
}

void append(std::vector<TransferId>& to, const std::vector<TransferId>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

void note_told(RightsOutcome& outcome, std::vector<std::string> told) {
  for (auto& recipient : told)
    if (std::find(outcome.to_notify.begin(), outcome.to_notify.end(), recipient) == outcome.to_notify.end())
      outcome.to_notify.push_back(std::move(recipient));
}

// One change of a subject on its way into the ledger.
struct SubjectChange {
  RightsCall call;
  RightsOutcome outcome;
  Recalled recalled;
};

Result<RightsOutcome> settle(InFlight* in_flight, SubjectChange& change, const Result<ledger::Committed>& committed) {
  if (!committed) {
    if (in_flight != nullptr) release(*in_flight, change.recalled);
    return fail(committed.error());
  }
  return std::move(change.outcome);
}

Result<Transaction> prepare_restriction(SubjectChange& change, InFlight& in_flight, const std::string& ground,
                                        const History& history, std::uint64_t first_seq, Timestamp now) {
  const auto& call = change.call;
  change.outcome = {call.subject, {}, {}, {}, {}};
  change.recalled = {};
  if (auto fits = check_call(history, call.subject, call.request); !fits) return fail(fits.error());
  if (history.is_erased(call.subject)) return fail(erased_before);
  Transaction transaction;
  add_restriction(history, in_flight, call, ground, first_seq, now, transaction, change.outcome, change.recalled);
  return transaction;
}

// Whom the end of a restriction does not reach, though its beginning did.
void note_still_restricted(const History& history, RightsOutcome& outcome) {
  const auto person = person_of(history, outcome.subject);
  for (const auto& one : protected_together(history, outcome.subject))
    if (history.restriction_ground(one) && std::ranges::find(person, one) == person.end())
      outcome.still_restricted.push_back(one);
}

std::string to_details(const ErasureDecision& decision) {
  std::string json;
  formats::JsonWriter writer(json);
  writer.begin_object().key("classes").begin_array();
  for (const auto& name : decision.classes.names()) writer.value(name);
  writer.end_array().key("kept").begin_array();
  for (const auto& kept : decision.kept)
    writer.begin_object().member("class", kept.key_class).member("ground", kept.ground).end_object();
  writer.end_array().end_object();
  return json;
}

PendingErasure read_pending(const Proposal& proposal) {
  PendingErasure out{.id = proposal.id,
                     .subject = proposal.subject,
                     .decision = {},
                     .request = proposal.request,
                     .asked_by = proposal.asked_by,
                     .asked_at = proposal.asked_at};
  const auto document = formats::parse_json(proposal.details);
  const auto root = document ? document->root() : formats::JsonView();
  for (const auto name : root.find("classes").elements())
    if (const auto one = parse_key_class(text_of(name))) out.decision.classes.insert(*one);
  for (const auto kept : root.find("kept").elements())
    out.decision.kept.push_back({text_of(kept.find("class")), text_of(kept.find("ground"))});
  return out;
}

struct Erasing : SubjectChange {
  std::optional<Uuid> id;
  PendingErasure pending;
};

void stop_waiting(const EntryDraft& like, const History& history, std::uint64_t seq, Transaction& transaction,
                  std::vector<TransferId>& stopped) {
  for (const auto& id : history.transfers_of(*like.subject)) {
    if (!is_waiting(history.transfer(id)->state)) continue;
    transaction.entries.push_back(draft_stopped(like, id, Reason::subject_erased, seq, history.size()));
    stopped.push_back(id);
  }
}

// Erases one subject of a person.
void erase_one(Erasing& erasing, const Vault& vault, InFlight& in_flight, const History& history,
               const SubjectRef& subject, std::uint64_t seq, Timestamp now, Transaction& transaction) {
  const auto& decision = erasing.pending.decision;
  const auto request = erasing.call.subject == subject ? erasing.pending.request : std::nullopt;
  const EntryDraft like = draft_by_person(erasing.call.caller, subject,
                                          ledger::SubjectErased{decision.classes.names(), decision.kept, request});
  transaction.entries.push_back(like);
  erasing.outcome.changed.push_back(subject);
  std::vector<TransferId> stopped;
  stop_waiting(like, history, seq, transaction, stopped);
  const auto recalled = recall_all(history, in_flight, like, {Reason::subject_erased, seq, false}, now, transaction);
  append(stopped, recalled.stopped);
  append(erasing.recalled.stopped, recalled.stopped);
  append(erasing.outcome.in_flight, recalled.in_flight);
  append(erasing.outcome.stopped, stopped);
  note_told(erasing.outcome, add_notifications(history, like, {"ERASURE", seq}, recalled.stopped, now, transaction));
  transaction.changes.push_back(vault.erase_subject(subject, decision.classes, true));
}

Result<Transaction> prepare_erasure(Erasing& erasing, const Facilities& facilities, InFlight& in_flight,
                                    const History& history, std::uint64_t first_seq, Timestamp now) {
  const auto& vault = facilities.vault;
  auto& call = erasing.call;
  erasing.outcome = {call.subject, first_seq, {}, {}, {}};
  erasing.recalled = {};
  const auto proposal =
      find_approvable(facilities, call.subject, erasure_proposal, erasing.id, call.caller.client, now);
  if (!proposal) return fail(proposal.error());
  erasing.pending = read_pending(*proposal);
  if (auto fits = check_call(history, call.subject, erasing.pending.request); !fits) return fail(fits.error());
  const auto& decision = erasing.pending.decision;
  // Another approval may have come first and not be durable yet.
  if (history.erased_classes(call.subject).includes(decision.classes)) return fail(erased_before);
  Transaction transaction;
  for (const auto& subject : person_of(history, call.subject))
    if (!history.erased_classes(subject).includes(decision.classes))
      erase_one(erasing, vault, in_flight, history, subject, first_seq + transaction.entries.size(), now, transaction);
  transaction.changes.push_back(vault.drop_decision(erasing.pending.id));
  return transaction;
}

}  // namespace

void add_restriction(const History& history, InFlight& in_flight, const RightsCall& call, const std::string& ground,
                     std::uint64_t first_seq, Timestamp now, Transaction& transaction, RightsOutcome& outcome,
                     Recalled& recalled) {
  for (const auto& subject : protected_together(history, call.subject)) {
    if (history.restriction_ground(subject) || history.is_erased(subject)) continue;
    const auto request = call.subject == subject ? call.request : std::nullopt;
    const EntryDraft like = draft_by_person(call.caller, subject, ledger::SubjectRestricted{ground, request});
    const auto seq = first_seq + transaction.entries.size();
    outcome.seq = outcome.seq.value_or(seq);
    transaction.entries.push_back(like);
    outcome.changed.push_back(subject);
    const auto called = recall_all(history, in_flight, like, {Reason::subject_restricted, seq, true}, now, transaction);
    append(recalled.stopped, called.stopped);
    append(outcome.stopped, called.stopped);
    append(outcome.in_flight, called.in_flight);
    note_told(outcome, add_notifications(history, like, {"RESTRICTION", seq}, called.stopped, now, transaction));
  }
}

std::optional<PendingErasure> find_pending_erasure(const Vault& vault, const SubjectRef& subject) {
  const auto proposal = find_proposal(vault, subject, erasure_proposal);
  if (!proposal) return std::nullopt;
  return read_pending(*proposal);
}

void restrict_subject(Facilities& facilities, InFlight& in_flight, const RightsCall& call, const std::string& ground,
                      RightsDone done, OnSubjectChanged on_changed) {
  auto change = std::make_shared<SubjectChange>();
  change->call = call;
  facilities.sequencer.submit(
      [change, &in_flight, ground](const History& history, std::uint64_t first_seq, Timestamp now) {
        return prepare_restriction(*change, in_flight, ground, history, first_seq, now);
      },
      [change, &in_flight, done = std::move(done),
       on_changed = std::move(on_changed)](const Result<ledger::Committed>& committed) {
        auto outcome = settle(&in_flight, *change, committed);
        const auto changed = outcome ? outcome->changed : std::vector<SubjectRef>();
        done(std::move(outcome));
        for (const auto& subject : changed) on_changed(subject);
      });
}

void unrestrict_subject(Facilities& facilities, const RightsCall& call, RightsDone done, OnSubjectChanged on_changed) {
  auto change = std::make_shared<SubjectChange>();
  change->call = call;
  facilities.sequencer.submit(
      [change](const History& history, std::uint64_t first_seq, Timestamp) -> Result<Transaction> {
        change->outcome = {change->call.subject, {}, {}, {}, {}};
        if (auto fits = check_call(history, change->call.subject, change->call.request); !fits)
          return fail(fits.error());
        Transaction transaction;
        for (const auto& subject : person_of(history, change->call.subject)) {
          if (!history.restriction_ground(subject)) continue;
          const auto request = change->call.subject == subject ? change->call.request : std::nullopt;
          transaction.entries.push_back(
              draft_by_person(change->call.caller, subject, ledger::SubjectUnrestricted{request}));
          change->outcome.seq = first_seq;
          change->outcome.changed.push_back(subject);
        }
        note_still_restricted(history, change->outcome);
        return transaction;
      },
      [change, done = std::move(done), on_changed = std::move(on_changed)](const Result<ledger::Committed>& committed) {
        auto outcome = settle(nullptr, *change, committed);
        const auto changed = outcome ? outcome->changed : std::vector<SubjectRef>();
        done(std::move(outcome));
        for (const auto& subject : changed) on_changed(subject);
      });
}

void propose_erasure(Facilities& facilities, const RightsCall& call, const ErasureDecision& decision,
                     std::function<void(Result<PendingErasure>)> done) {
  auto pending = std::make_shared<PendingErasure>(PendingErasure{.id = new_uuid_v4(),
                                                                 .subject = call.subject,
                                                                 .decision = decision,
                                                                 .request = call.request,
                                                                 .asked_by = call.caller.client});
  facilities.sequencer.submit(
      [pending, &facilities](const History& history, std::uint64_t, Timestamp now) -> Result<Transaction> {
        if (auto fits = check_call(history, pending->subject, pending->request); !fits) return fail(fits.error());
        if (history.erased_classes(pending->subject).includes(pending->decision.classes)) return fail(erased_before);
        pending->asked_at = now;
        Transaction transaction;
        transaction.changes = replace_proposals(facilities.vault, {.id = pending->id,
                                                                   .subject = pending->subject,
                                                                   .kind = std::string(erasure_proposal),
                                                                   .asked_by = pending->asked_by,
                                                                   .asked_at = now,
                                                                   .request = pending->request,
                                                                   .details = to_details(pending->decision)});
        return transaction;
      },
      [pending, done = std::move(done)](const Result<ledger::Committed>& committed) {
        if (!committed) return done(fail(committed.error()));
        done(*pending);
      });
}

void approve_erasure(Facilities& facilities, InFlight& in_flight, const RightsCall& call, std::optional<Uuid> id,
                     std::function<void(Result<Erasure>)> done, OnSubjectChanged on_changed) {
  auto erasing = std::make_shared<Erasing>();
  erasing->call = call;
  erasing->id = id;
  facilities.sequencer.submit(
      [erasing, &facilities, &in_flight](const History& history, std::uint64_t first_seq, Timestamp now) {
        return prepare_erasure(*erasing, facilities, in_flight, history, first_seq, now);
      },
      [erasing, &facilities, &in_flight, done = std::move(done),
       on_changed = std::move(on_changed)](const Result<ledger::Committed>& committed) {
        auto outcome = settle(&in_flight, *erasing, committed);
        if (!outcome) return done(fail(outcome.error()));
        const auto changed = outcome->changed;
        for (const auto& subject : changed) facilities.recent.forget(subject);
        done(Erasure{erasing->pending, std::move(*outcome)});
        for (const auto& subject : changed) on_changed(subject);
      });
}

}  // namespace ketenpoort::exchange
