#include "gateway/exchange/subject_rights.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "gateway/exchange/notify.hpp"
#include "gateway/exchange/recall.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/history.hpp"

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

template <class Body>
EntryDraft draft_of(const RightsCall& call, const Body& body) {
  EntryDraft draft;
  draft.kind = Body::kind;
  draft.actor = call.caller.person();
  draft.subject = call.subject;
  draft.trace = call.caller.trace;
  draft.body = ledger::encode_body(body);
  return draft;
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
  if (history.is_restricted(call.subject)) return transaction;
  transaction.entries.push_back(draft_of(call, ledger::SubjectRestricted{ground, call.request}));
  change.outcome.seq = first_seq;
  const EntryDraft like = transaction.entries.front();
  change.recalled =
      recall_all(history, in_flight, like, {Reason::subject_restricted, first_seq, true}, now, transaction);
  change.outcome.stopped = change.recalled.stopped;
  change.outcome.in_flight = change.recalled.in_flight;
  change.outcome.to_notify =
      add_notifications(history, like, {"RESTRICTION", first_seq}, change.recalled.stopped, now, transaction);
  return transaction;
}

std::string to_json(const PendingErasure& pending) {
  std::string json;
  formats::JsonWriter writer(json);
  writer.begin_object()
      .member("askedBy", pending.asked_by)
      .member("askedAt", to_rfc3339(pending.asked_at))
      .key("classes")
      .begin_array();
  for (const auto& name : pending.decision.classes.names()) writer.value(name);
  writer.end_array().key("kept").begin_array();
  for (const auto& kept : pending.decision.kept)
    writer.begin_object().member("class", kept.key_class).member("ground", kept.ground).end_object();
  writer.end_array();
  if (pending.request) writer.member("request", pending.request->text());
  writer.end_object();
  return json;
}

std::string text_of(formats::JsonView view) {
  return std::string(view.as_string().value_or(""));
}

PendingErasure read_pending(const PendingDecision& stored) {
  PendingErasure out{.id = stored.id, .subject = stored.subject, .decision = {}, .request = {}, .asked_by = {}};
  const auto document = formats::parse_json(stored.json);
  const auto root = document ? document->root() : formats::JsonView();
  for (const auto name : root.find("classes").elements())
    if (const auto one = parse_key_class(text_of(name))) out.decision.classes.insert(*one);
  for (const auto kept : root.find("kept").elements())
    out.decision.kept.push_back({text_of(kept.find("class")), text_of(kept.find("ground"))});
  out.request = parse_uuid(text_of(root.find("request")));
  out.asked_by = text_of(root.find("askedBy"));
  out.asked_at = parse_rfc3339(text_of(root.find("askedAt"))).value_or(Timestamp{});
  return out;
}

Result<PendingErasure> find_approvable(const Vault& vault, const RightsCall& call, const std::optional<Uuid>& id) {
  const auto pending = find_pending_erasure(vault, call.subject);
  if (!pending) return fail(ErrorCode::not_found, "no erasure of this subject waits for approval");
  if (id && *id != pending->id)
    return fail(ErrorCode::conflict, "another proposal waits by now: look at it before you approve it");
  if (pending->asked_by == call.caller.client)
    return fail(ErrorCode::forbidden, "an erasure needs a second person: whoever proposed it cannot approve it");
  return *pending;
}

struct Erasing : SubjectChange {
  std::optional<Uuid> id;
  PendingErasure pending;
};

void stop_waiting(const Erasing& erasing, const History& history, std::uint64_t seq, Transaction& transaction,
                  RightsOutcome& outcome) {
  const EntryDraft like = transaction.entries.front();
  for (const auto& id : history.transfers_of(erasing.call.subject)) {
    if (!is_waiting(history.transfer(id)->state)) continue;
    transaction.entries.push_back(draft_stopped(like, id, Reason::subject_erased, seq, history.size()));
    outcome.stopped.push_back(id);
  }
}

Result<Transaction> prepare_erasure(Erasing& erasing, const Vault& vault, InFlight& in_flight, const History& history,
                                    std::uint64_t first_seq, Timestamp now) {
  auto& call = erasing.call;
  erasing.outcome = {call.subject, first_seq, {}, {}, {}};
  erasing.recalled = {};
  auto pending = find_approvable(vault, call, erasing.id);
  if (!pending) return fail(pending.error());
  erasing.pending = std::move(*pending);
  if (auto fits = check_call(history, call.subject, erasing.pending.request); !fits) return fail(fits.error());
  const auto& decision = erasing.pending.decision;
  // Another approval may have come first and not be durable yet.
  if (history.erased_classes(call.subject).includes(decision.classes)) return fail(erased_before);
  Transaction transaction;
  transaction.entries.push_back(
      draft_of(call, ledger::SubjectErased{decision.classes.names(), decision.kept, erasing.pending.request}));
  stop_waiting(erasing, history, first_seq, transaction, erasing.outcome);
  const EntryDraft like = transaction.entries.front();
  erasing.recalled = recall_all(history, in_flight, like, {Reason::subject_erased, first_seq, false}, now, transaction);
  erasing.outcome.stopped.insert(erasing.outcome.stopped.end(), erasing.recalled.stopped.begin(),
                                 erasing.recalled.stopped.end());
  erasing.outcome.in_flight = erasing.recalled.in_flight;
  erasing.outcome.to_notify =
      add_notifications(history, like, {"ERASURE", first_seq}, erasing.recalled.stopped, now, transaction);
  transaction.changes.push_back(vault.erase_subject(call.subject, decision.classes, true));
  transaction.changes.push_back(vault.drop_decision(erasing.pending.id));
  return transaction;
}

}  // namespace

std::optional<PendingErasure> find_pending_erasure(const Vault& vault, const SubjectRef& subject) {
  const auto stored = vault.find_decision(subject);
  if (!stored) return std::nullopt;
  return read_pending(*stored);
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
        const bool changed = outcome && outcome->seq;
        done(std::move(outcome));
        if (changed) on_changed(change->call.subject);
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
        if (!history.is_restricted(change->call.subject)) return transaction;
        transaction.entries.push_back(draft_of(change->call, ledger::SubjectUnrestricted{change->call.request}));
        change->outcome.seq = first_seq;
        return transaction;
      },
      [change, done = std::move(done), on_changed = std::move(on_changed)](const Result<ledger::Committed>& committed) {
        auto outcome = settle(nullptr, *change, committed);
        const bool changed = outcome && outcome->seq;
        done(std::move(outcome));
        if (changed) on_changed(change->call.subject);
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
        if (const auto before = facilities.vault.find_decision(pending->subject))
          transaction.changes.push_back(facilities.vault.drop_decision(before->id));
        transaction.changes.push_back(
            facilities.vault.add_decision({pending->id, pending->subject, to_json(*pending)}));
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
        return prepare_erasure(*erasing, facilities.vault, in_flight, history, first_seq, now);
      },
      [erasing, &in_flight, done = std::move(done),
       on_changed = std::move(on_changed)](const Result<ledger::Committed>& committed) {
        auto outcome = settle(&in_flight, *erasing, committed);
        if (!outcome) return done(fail(outcome.error()));
        done(Erasure{erasing->pending, std::move(*outcome)});
        on_changed(erasing->call.subject);
      });
}

}  // namespace ketenpoort::exchange
