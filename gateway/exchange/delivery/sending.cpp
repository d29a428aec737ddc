#include "gateway/exchange/delivery/sending.hpp"

#include <algorithm>

#include "gateway/exchange/delivery/message_file.hpp"
#include "gateway/exchange/terms/activate.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/ledger/entry/canonical.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::EntryDraft;
using ledger::History;
using ledger::Seq;
using ledger::Transaction;
using policy::Decision;
using Sending = Dispatcher::Sending;

ledger::Actor gateway_actor(const Facilities& facilities) {
  return {"system", facilities.terms->organisation, "gateway", {}};
}

EntryDraft draft_of(const Facilities& facilities, std::string_view kind, const SubjectRef& subject,
                    const TransferId& id, std::string_view purpose, const Uuid& trace) {
  EntryDraft draft;
  draft.kind = kind;
  draft.actor = gateway_actor(facilities);
  draft.subject = subject;
  draft.activity = facilities.terms->activity_for(purpose);
  draft.tx = id;
  draft.trace = trace;
  return draft;
}

EntryDraft draft_of(const Facilities& facilities, std::string_view kind, const Sending& sending, const TransferId& id) {
  const auto& c = sending.considered.the_case;
  return draft_of(facilities, kind, c.subject, id, c.purpose, sending.trace);
}

std::vector<Seq> ground_refs(const Decision& decision) {
  std::vector<Seq> refs = decision.rules;
  for (const auto& seq : {decision.purpose, decision.agreement, decision.consent})
    if (seq) refs.push_back(*seq);
  std::sort(refs.begin(), refs.end());
  refs.erase(std::unique(refs.begin(), refs.end()), refs.end());
  return refs;
}

void fill_ground(ledger::DecisionGround& ground, const Consideration& considered) {
  ground.reasons = considered.decision.reasons;
  ground.ledger_size = considered.ledger_size;
  ground.agreement = considered.decision.agreement;
  ground.consent = considered.decision.consent;
  ground.purpose_seq = considered.decision.purpose;
  ground.recipient_built = considered.premises.recipient_built;
  ground.rules = considered.decision.rules;
}

Result<std::string> seal_for(const Facilities& facilities, const EntryDraft& draft, std::string_view text) {
  const auto keys = facilities.vault.keys_of(*draft.subject);
  if (!keys) return fail(keys.error());
  return seal_part(*keys, draft.kind, *draft.subject, draft.tx, text);
}

// A message that was made stays with the version that made it, whatever was activated since.
const ledger::RegisteredMapping* find_registered(const History& history, const Sending& sending) {
  if (sending.mapping == nullptr) return history.mapping_at(sending.activated);
  const auto& c = sending.considered.the_case;
  return history.find_mapping(activation_of(*sending.mapping, c.recipient, c.message));
}

}  // namespace

std::vector<ledger::LeftOut> summarise(const std::vector<mapping::LeftOut>& fields) {
  std::vector<ledger::LeftOut> out;
  for (const auto& field : fields) {
    const ledger::LeftOut one{field.category, field.reason};
    if (std::find(out.begin(), out.end(), one) == out.end()) out.push_back(one);
  }
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.category < b.category; });
  return out;
}

void refuse_message(Sending& sending, Reason reason) {
  // What the record lacks may come with a newer one, what a mapping lacks with its next version: those wait. Nothing to
  // send, or a required category that consent does not cover, does not get better by waiting.
  const bool waits =
      reason == Reason::identifier_missing || reason == Reason::mapping_failed || reason == Reason::schema_invalid;
  auto& decision = sending.considered.decision;
  decision.outcome = waits ? Decision::Outcome::hold : Decision::Outcome::refuse;
  decision.reasons = {reason};
  decision.held_until.reset();
  sending.considered.premises.translation = reason;
}

Decision give_up(Decision decision, Reason reason) {
  decision.outcome = Decision::Outcome::cancel;
  decision.reasons.insert(decision.reasons.begin(), reason);
  decision.held_until.reset();
  return decision;
}

Status still_so(const History& history, const Sending& sending, Timestamp now) {
  const auto transfer = history.transfer(sending.id);
  if (!transfer || transfer->state != sending.state_seen || transfer->attempts != sending.attempts_seen)
    return fail(ErrorCode::changed, "the transfer moved on");
  if (history.last_number_change() != sending.considered.numbers_as_of)
    return fail(ErrorCode::changed, "it was decided whose a number is");
  // Of a newer one neither the facts nor the content were seen.
  const auto newest = history.latest_record(sending.considered.the_case.subject);
  if (newest && newest->id != sending.considered.newest) return fail(ErrorCode::changed, "a newer record came");
  if (date_in_brussels(now) != sending.considered.on) return fail(ErrorCode::changed, "midnight passed");
  if (policy::decide(history, sending.considered.question(now)) != sending.policy_said)
    return fail(ErrorCode::changed, "what the decision relied on changed");
  return {};
}

Result<Transaction> draft_decision(const Facilities& facilities, const Sending& sending) {
  const auto& considered = sending.considered;
  const auto& decision = considered.decision;
  EntryDraft draft = draft_of(facilities, ledger::TransferHeld::kind, sending, sending.id);
  draft.refs = ground_refs(decision);
  if (decision.outcome == Decision::Outcome::hold) {
    ledger::TransferHeld body;
    fill_ground(body, considered);
    body.decided_for = considered.on;
    body.held_until = decision.held_until;
    draft.body = ledger::encode_body(body);
  } else if (decision.outcome == Decision::Outcome::refuse) {
    draft.kind = ledger::TransferRefused::kind;
    ledger::TransferRefused body;
    fill_ground(body, considered);
    body.decided_for = considered.on;
    draft.body = ledger::encode_body(body);
  } else {
    draft.kind = ledger::TransferCancelled::kind;
    ledger::TransferCancelled body;
    fill_ground(body, considered);
    body.decided_for = considered.on;
    draft.body = ledger::encode_body(body);
  }
  auto sealed = seal_for(facilities, draft, policy::encode(considered.premises));
  if (!sealed) return fail(sealed.error());
  draft.sealed = std::move(*sealed);
  Transaction transaction;
  transaction.entries.push_back(std::move(draft));
  return transaction;
}

Result<Transaction> draft_superseding(const Facilities& facilities, const Sending& sending, const TransferId& next) {
  const auto& considered = sending.considered;
  const auto& c = considered.the_case;
  Transaction transaction;
  EntryDraft requested = draft_of(facilities, ledger::TransferRequested::kind, sending, next);
  requested.body =
      ledger::encode_body(ledger::TransferRequested{sending.record, c.referral, c.recipient, c.purpose, c.message});
  transaction.entries.push_back(std::move(requested));

  EntryDraft cancelled = draft_of(facilities, ledger::TransferCancelled::kind, sending, sending.id);
  cancelled.refs = ground_refs(considered.decision);
  ledger::TransferCancelled body;
  fill_ground(body, considered);
  body.reasons = {Reason::superseded};
  body.decided_for = considered.on;
  cancelled.body = ledger::encode_body(body);
  auto sealed = seal_for(facilities, cancelled, policy::encode(considered.premises));
  if (!sealed) return fail(sealed.error());
  cancelled.sealed = std::move(*sealed);
  transaction.entries.push_back(std::move(cancelled));
  return transaction;
}

Status seal_permit(const Facilities& facilities, Sending& sending) {
  const auto& c = sending.considered.the_case;
  const auto keys = facilities.vault.keys_of(c.subject);
  if (!keys) return fail(keys.error());
  sending.committed = sending.commitment.of(unpack_message(sending.packed).message);
  auto premises = sending.considered.premises;
  premises.commit_key = sending.commitment.key;
  // So that the message can be made again to the byte (reproduce.hpp).
  if (sending.is_first) {
    premises.translated_at = sending.translated_at;
    premises.content = sending.considered.content;
    premises.known_person = sending.considered.known.person;
    premises.known_transfer = sending.considered.known.transfer;
    sending.payload =
        facilities.vault.add_payload(sending.id, c.subject, *keys, {sending.content_type, sending.packed});
  }
  sending.sealed_premises =
      seal_part(*keys, ledger::TransferPermitted::kind, c.subject, sending.id, policy::encode(premises));
  return {};
}

Result<Transaction> draft_permit(const Facilities& facilities, const History& history, Sending& sending) {
  const auto& considered = sending.considered;
  const auto& decision = considered.decision;
  const auto& c = considered.the_case;
  const auto* mapping = find_registered(history, sending);
  if (mapping == nullptr) return fail(ErrorCode::internal, "the mapping version is not activated in the ledger");
  if (sending.sealed_premises.empty()) return fail(ErrorCode::internal, "the permit was not sealed");
  const auto message = unpack_message(sending.packed).message;

  ledger::TransferPermitted body;
  body.attempt = sending.attempt;
  body.agreement = decision.agreement.value_or(0);
  body.basis = decision.basis;
  body.categories = sending.sent;
  body.centre = considered.premises.facts.centre;
  body.commit = sending.committed;
  body.consent = decision.consent;
  body.decided_for = considered.on;
  body.left_out = sending.left_out;
  body.ledger_size = considered.ledger_size;
  body.mapping = {mapping->value.mapping, mapping->value.version, mapping->value.hash, mapping->seq};
  body.message = c.message;
  body.not_before = decision.not_before;
  body.payload_size = message.size();
  body.purpose = c.purpose;
  body.purpose_seq = decision.purpose.value_or(0);
  body.recipient = c.recipient;
  body.recipient_body = decision.recipient_body;
  body.rules = decision.rules;

  EntryDraft draft = draft_of(facilities, ledger::TransferPermitted::kind, sending, sending.id);
  if (sending.person) draft.actor = *sending.person;
  draft.refs = ground_refs(decision);
  draft.refs.push_back(mapping->seq);
  std::sort(draft.refs.begin(), draft.refs.end());
  draft.body = ledger::encode_body(body);
  // Nothing is kept, or sent, that was sealed under keys which were destroyed meanwhile.
  if (const auto keys = facilities.vault.keys_of(c.subject); !keys) return fail(keys.error());
  draft.sealed = std::move(sending.sealed_premises);

  Transaction transaction;
  transaction.entries.push_back(std::move(draft));
  if (sending.payload) transaction.changes.push_back(std::move(*sending.payload));
  return transaction;
}

Transaction draft_result(const Facilities& facilities, const Sending& sending, const DeliveryResult& result,
                         Timestamp retry_at, unsigned most_attempts) {
  const auto kind = result.verdict.kind;
  Transaction transaction;
  if (kind == Verdict::Kind::acknowledged || kind == Verdict::Kind::delivered) {
    EntryDraft delivered = draft_of(facilities, ledger::TransferDelivered::kind, sending, sending.id);
    delivered.body = ledger::encode_body(ledger::TransferDelivered{sending.attempt, sending.committed, result.status});
    transaction.entries.push_back(std::move(delivered));
    if (kind == Verdict::Kind::delivered) return transaction;
    EntryDraft acknowledged = draft_of(facilities, ledger::TransferAcknowledged::kind, sending, sending.id);
    acknowledged.body = ledger::encode_body(ledger::TransferAcknowledged{
        sending.attempt, sending.commitment.of(result.answer), result.verdict.partner_reference});
    transaction.entries.push_back(std::move(acknowledged));
    return transaction;
  }
  const bool gives_up = kind == Verdict::Kind::reject || sending.attempt >= most_attempts;
  ledger::TransferFailed failed{sending.attempt, result.verdict.failure_class, result.may_have_arrived, std::nullopt};
  if (!gives_up) failed.retry_at = retry_at;
  EntryDraft attempted = draft_of(facilities, ledger::TransferFailed::kind, sending, sending.id);
  attempted.body = ledger::encode_body(failed);
  transaction.entries.push_back(std::move(attempted));
  if (gives_up) {
    EntryDraft abandoned = draft_of(facilities, ledger::TransferAbandoned::kind, sending, sending.id);
    abandoned.body = ledger::encode_body(ledger::TransferAbandoned{sending.attempt, result.verdict.failure_class});
    transaction.entries.push_back(std::move(abandoned));
  }
  return transaction;
}

Transaction draft_end_of_erased(const Facilities& facilities, const History::Transfer& transfer,
                                std::uint64_t ledger_size) {
  EntryDraft draft = draft_of(facilities, ledger::TransferCancelled::kind, transfer.subject, transfer.id,
                              transfer.purpose, new_uuid_v4());
  ledger::TransferCancelled body;
  body.reasons = {Reason::subject_erased};
  body.ledger_size = ledger_size;
  draft.body = ledger::encode_body(body);
  Transaction transaction;
  transaction.entries.push_back(std::move(draft));
  return transaction;
}

Transaction draft_interrupted(const Facilities& facilities, const History::Transfer& transfer, Timestamp now,
                              std::string_view failure_class) {
  Transaction transaction;
  EntryDraft failed = draft_of(facilities, ledger::TransferFailed::kind, transfer.subject, transfer.id,
                               transfer.purpose, new_uuid_v4());
  failed.body = ledger::encode_body(
      ledger::TransferFailed{transfer.attempts, std::string(failure_class), failure_class != call_off_failed, now});
  transaction.entries.push_back(std::move(failed));
  return transaction;
}

Transaction draft_fetched(const Facilities& facilities, const History::Transfer& transfer, const Digest& message,
                          const Digest& answer, const std::string& reference) {
  const Uuid trace = new_uuid_v4();
  EntryDraft delivered =
      draft_of(facilities, ledger::TransferDelivered::kind, transfer.subject, transfer.id, transfer.purpose, trace);
  delivered.body = ledger::encode_body(ledger::TransferDelivered{transfer.attempts, message, 200});
  EntryDraft acknowledged =
      draft_of(facilities, ledger::TransferAcknowledged::kind, transfer.subject, transfer.id, transfer.purpose, trace);
  acknowledged.body = ledger::encode_body(ledger::TransferAcknowledged{transfer.attempts, answer, reference});
  Transaction transaction;
  transaction.entries.push_back(std::move(delivered));
  transaction.entries.push_back(std::move(acknowledged));
  return transaction;
}

}  // namespace ketenpoort::exchange
