#include "gateway/exchange/intake/receive_record.hpp"

#include <memory>
#include <optional>
#include <utility>

#include "gateway/exchange/facilities/identity.hpp"
#include "gateway/exchange/facilities/ids.hpp"
#include "gateway/exchange/facilities/number_doubt.hpp"
#include "gateway/exchange/facilities/repeatable_call.hpp"
#include "gateway/exchange/facilities/same_person.hpp"
#include "gateway/exchange/facilities/sealing.hpp"
#include "gateway/exchange/retention/lifecycle.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/policy/facts.hpp"
#include "gateway/policy/premises.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::EntryDraft;
using ledger::History;
using ledger::Transaction;

class Reception : public std::enable_shared_from_this<Reception> {
 public:
  Reception(Facilities& facilities, IncomingRecord incoming, CheckedRecord checked,
            std::function<std::string(const RecordReceipt&)> render, std::function<void(Result<PastReply>)> on_accepted,
            std::function<void(const SubjectRef&)> on_changed)
      : facilities_(facilities),
        incoming_(std::move(incoming)),
        checked_(std::move(checked)),
        render_(std::move(render)),
        on_accepted_(std::move(on_accepted)),
        on_changed_(std::move(on_changed)),
        call_(facilities_, "records", incoming_.caller.client, key_of(incoming_, checked_),
              incoming_.original.empty() ? incoming_.body : incoming_.original, {.status = 202}),
        facts_(policy::read_facts(checked_.document.root())) {
    const auto record = checked_.document.root();
    receipt_.record = facilities_.ids.next_record(facilities_.clock.now());
    receipt_.transfers = list_transfers(facilities_, record);
    receipt_.findings = incoming_.findings;
    receipt_.findings.insert(receipt_.findings.end(), checked_.findings.begin(), checked_.findings.end());
    identifiers_ = read_identifiers(facilities_.vault, record.find("resident").find("identifiers"));
    call_.answer.body = render_(receipt_);
  }

  void attempt() {
    match_ = match_subject(facilities_.vault, identifiers_);
    const auto contradicting =
        find_contradicting_record(facilities_, match_, checked_.document.root().find("resident").find("identifiers"));
    if (!contradicting) return on_accepted_(fail(contradicting.error()));
    contradicting_ = *contradicting;
    auto person = find_or_make_person(facilities_.vault, contradicting_ ? as_somebody_new(match_) : match_);
    if (!person) return on_accepted_(fail(person.error()));
    person_ = *person;
    look_back();
    received_ = draft_received();
    changes_ = seal_changes();
    auto self = shared_from_this();
    facilities_.sequencer.submit([self](const History& history, std::uint64_t first_seq,
                                        Timestamp now) { return self->prepare(history, first_seq, now); },
                                 [self](Result<ledger::Committed> committed) { self->finish(std::move(committed)); });
  }

 private:
  static std::string_view key_of(const IncomingRecord& incoming, const CheckedRecord& checked) {
    if (!incoming.idempotency_key.empty()) return incoming.idempotency_key;
    return checked.document.root().find("messageId").as_string().value_or("");
  }

  // Who claims a number of a person that they are not: it stays that one's, and persons decide.
  static Match as_somebody_new(Match match) {
    match.subject.reset();
    return match;
  }

  // The record that says so is still the newest.
  [[nodiscard]] bool is_still_contradicted(const History& history) const {
    if (!contradicting_) return true;
    const auto newest = newest_record_of_person(history, *match_.subject);
    return newest && newest->id == *contradicting_;
  }

  // What recipients have rests on an earlier record: read before the sequencer's turn.
  void look_back() {
    durable_ = facilities_.sequencer.size();
    const auto is_held = [&](const History& h) { return somebody_has_data_of_person(h, person_.ref); };
    somebody_had_data_ = !person_.is_new && facilities_.sequencer.read(is_held);
    known_ = person_.is_new ? std::nullopt : find_known_life(facilities_, person_.ref);
  }

  [[nodiscard]] bool ids_follow(const History::LastIds& last) const {
    return receipt_.record > last.record &&
           (receipt_.transfers.empty() || receipt_.transfers.front().id > last.transfer);
  }

  // Another record was written first though its ids are greater: the next ones that are free, and what names them anew.
  void take_next_ids(const History::LastIds& last) {
    if (receipt_.record <= last.record) receipt_.record = following(last.record);
    TransferId before = last.transfer;
    for (auto& transfer : receipt_.transfers) {
      if (transfer.id <= before) transfer.id = following(before);
      before = transfer.id;
    }
    call_.answer.body = render_(receipt_);
    received_ = draft_received();
    changes_ = seal_changes();
  }

  // Before the sequencer's turn: sealing is most of the work.
  std::vector<ledger::VaultChange> seal_changes() const {
    std::vector<ledger::VaultChange> changes;
    changes.reserve(match_.unknown.size() + 3);  // of numbers, and person, record and answer
    add_person_changes(facilities_.vault, person_, match_, changes);
    changes.push_back(facilities_.vault.add_record(receipt_.record, person_.ref, person_.keys, incoming_.body));
    call_.keep_answer(changes, facilities_.now());
    return changes;
  }

  EntryDraft draft_received() const {
    const auto source = checked_.document.root().find("source");
    const Commitment commitment;
    ledger::RecordReceived body;
    body.record = receipt_.record;
    body.source = {std::string(source.find("system").as_string().value_or("")),
                   std::string(source.find("organisation").as_string().value_or("")),
                   std::string(source.find("centre").find("code").as_string().value_or(""))};
    body.syntax = incoming_.content_type;
    body.commit = commitment.of(incoming_.body);
    body.size = incoming_.body.size();
    EntryDraft draft = draft_of(ledger::RecordReceived::kind);
    draft.body = ledger::encode_body(body);
    draft.sealed = seal_part(person_.keys, draft.kind, person_.ref, std::nullopt,
                             ledger::ObjectWriter().string("commitKey", to_hex(commitment.key)).take());
    return draft;
  }

  EntryDraft draft_of(std::string_view kind, std::string_view purpose) const {
    EntryDraft draft;
    draft.kind = kind;
    draft.actor = incoming_.caller.actor();
    draft.subject = person_.ref;
    draft.activity = facilities_.terms->activity_for(purpose);
    draft.trace = incoming_.caller.trace;
    return draft;
  }

  // Of what its first referral is for: a record that refers to nobody is received for the same activity as any.
  EntryDraft draft_of(std::string_view kind) const {
    return draft_of(kind, receipt_.transfers.empty() ? std::string_view{} : receipt_.transfers.front().purpose);
  }

  Result<Transaction> prepare(const History& history, std::uint64_t first_seq, Timestamp now) {
    if (const auto begun = call_.begin(); !begun) return fail(begun.error());
    if (facilities_.pending.is_moving(identifiers_.matching))
      return fail(ErrorCode::changed, "it is being decided whose a number is");
    if (match_ != match_subject(facilities_.vault, identifiers_))
      return fail(ErrorCode::changed, "somebody else introduced this person");
    if (!is_still_contradicted(history)) return fail(ErrorCode::changed, "a newer record says whose the number is");
    if (history.is_erased(person_.ref))
      return fail(ErrorCode::gone, "the data of this person were erased; records about them are not taken");
    if (const auto claimed = call_.claim(match_.unknown); !claimed) return fail(claimed.error());
    if (const auto last = history.last_ids(); !ids_follow(last)) take_next_ids(last);

    Transaction transaction;
    transaction.entries.push_back(std::move(received_));  // this and the changes are made anew should the attempt fail
    const auto change = find_change(history, now);
    if (!change) return fail(change.error());
    if (*change)
      add_life_notifications(history, draft_of(ledger::RecordReceived::kind), **change, first_seq, now, transaction);
    const auto& facts = facts_;
    const bool ended = facts && facts->stay_ended(date_in_brussels(now));
    // What another centre asked for waits on when a move is told late.
    const bool left = ended && facts->stay_end_reason != policy::ended_by_move;
    if (left) cancel_all_waiting(history, first_seq, transaction);
    for (std::size_t i = 0; i < receipt_.transfers.size(); ++i) add_transfer(history, first_seq, i, !left, transaction);
    if (*change && !ended && needs_update(**change)) add_updates(history, first_seq, now, transaction);
    transaction.changes = std::move(changes_);
    return transaction;
  }

  Result<std::optional<LifeChange>> find_change(const History& history, Timestamp now) const {
    const auto newest = newest_record_of_person(history, person_.ref);
    if (!known_) {
      // It is kept no longer, unless it or the first delivery came while this one looked.
      const bool somebody_has_data = newest && somebody_has_data_of_person(history, person_.ref);
      if (somebody_has_data && (!somebody_had_data_ || newest->seq >= durable_))
        return fail(ErrorCode::changed, "another record or a delivery came in between");
      return std::optional<LifeChange>();
    }
    if (!newest || newest->id != known_->record)
      return fail(ErrorCode::changed, "another record of this person came in between");
    const auto& facts = facts_;
    if (!facts) return std::optional<LifeChange>();
    const auto is_news = [&](IdentifierKind kind, std::string_view before, std::string_view after) {
      return !match_.conflict && known_->subject == person_.ref &&
             is_news_of_number(facilities_.vault, person_.ref, kind, before, after);
    };
    return std::optional(find_life_change(*known_, checked_.document.root(), *facts, date_in_brussels(now), is_news));
  }

  // Who has data that this record changes, and gets no referral of it, is sent the change all the same.
  void add_updates(const History& history, std::uint64_t record_seq, Timestamp now, Transaction& transaction) const {
    std::vector<Repeated> repeated;
    for (const auto& wanted : receipt_.transfers) repeated.push_back({wanted.recipient, wanted.purpose});
    for (const auto& [last, message] : find_to_update(history, *facilities_.terms.get(), person_.ref, repeated)) {
      EntryDraft requested = draft_of(ledger::TransferRequested::kind, last.purpose);
      requested.tx = next_transfer_id(history, transaction, now);
      requested.refs = {record_seq};
      requested.body = ledger::encode_body(ledger::TransferRequested{
          last.record, last.referral, std::string(last.recipient), std::string(last.purpose), message});
      transaction.entries.push_back(std::move(requested));
    }
  }

  // The facts of the record that came, which say that the stay is over.
  [[nodiscard]] std::string seal_facts(const EntryDraft& draft) const {
    policy::Premises premises;
    premises.facts = facts_.value();
    return seal_part(person_.keys, draft.kind, person_.ref, draft.tx, policy::encode(premises));
  }

  void cancel(const History& history, const TransferId& id, Reason reason, std::uint64_t record_seq,
              Transaction& transaction) const {
    EntryDraft cancelled = draft_of(ledger::TransferCancelled::kind, history.transfer(id)->purpose);
    cancelled.tx = id;
    cancelled.refs = {record_seq};
    ledger::TransferCancelled body;
    body.reasons = {reason};
    body.ledger_size = history.size();
    cancelled.body = ledger::encode_body(body);
    if (reason == Reason::stay_ended) cancelled.sealed = seal_facts(cancelled);
    transaction.entries.push_back(std::move(cancelled));
  }

  // Who left waits for nothing any more, also when the record that says so refers them to nobody.
  void cancel_all_waiting(const History& history, std::uint64_t record_seq, Transaction& transaction) const {
    for (const auto& id : history.transfers_of(person_.ref))
      if (is_waiting(history.transfer(id)->state)) cancel(history, id, Reason::stay_ended, record_seq, transaction);
  }

  // A newer record updates what waits: the old transfer of the same message is cancelled, a new one asked for.
  void add_transfer(const History& history, std::uint64_t record_seq, std::size_t referral, bool supersedes,
                    Transaction& transaction) const {
    const auto& wanted = receipt_.transfers[referral];
    const auto waiting = history.waiting_transfer(person_.ref, wanted.recipient, wanted.purpose, wanted.route.message);
    if (waiting && supersedes) cancel(history, *waiting, Reason::superseded, record_seq, transaction);
    EntryDraft requested = draft_of(ledger::TransferRequested::kind, wanted.purpose);
    requested.tx = wanted.id;
    requested.refs = {record_seq};
    requested.body = ledger::encode_body(ledger::TransferRequested{receipt_.record, wanted.referral, wanted.recipient,
                                                                   wanted.purpose, wanted.route.message});
    transaction.entries.push_back(std::move(requested));
  }

  void finish(Result<ledger::Committed> committed) {
    auto answer = call_.end(committed);
    if (!answer) return attempt();
    on_accepted_(std::move(*answer));
    if (!committed) return;
    if (!receipt_.transfers.empty())
      facilities_.recent.put(
          receipt_.record, person_.ref,
          std::make_shared<const OpenRecord>(OpenRecord{std::move(incoming_.body), std::move(checked_.document),
                                                        std::move(facts_), std::move(identifiers_.matching)}));
    on_changed_(person_.ref);
  }

  Facilities& facilities_;
  IncomingRecord incoming_;
  CheckedRecord checked_;
  std::function<std::string(const RecordReceipt&)> render_;
  std::function<void(Result<PastReply>)> on_accepted_;
  std::function<void(const SubjectRef&)> on_changed_;
  RepeatableCall call_;

  RecordReceipt receipt_;
  Identifiers identifiers_;
  Result<policy::Facts> facts_;

  Match match_;
  std::optional<RecordId> contradicting_;  // that they are the person whom the numbers lead to
  Person person_;
  std::optional<KnownLife> known_;  // what those who have data of the person were told last
  ledger::Seq durable_ = 0;         // how far the log was when that was looked for
  bool somebody_had_data_ = false;  // then
  EntryDraft received_;
  std::vector<ledger::VaultChange> changes_;
};

}  // namespace

namespace {

Result<CheckedRecord> check_body(const Facilities& facilities, std::string_view body) {
  auto document = formats::parse_json(body);
  if (!document) return fail(document.error());
  const auto record = document->root();
  if (auto issues = facilities.formats.get()->record_schema.check(record); !issues.empty())
    return fail(ErrorCode::schema_violation, "the record does not fit the schema resident-1", std::move(issues));
  auto check = check_record(record, facilities.terms->allow_mock_ssin, date_in_brussels(facilities.clock.now()));
  if (!check.issues.empty())
    return fail(ErrorCode::invalid_input, "the record holds impossible values", std::move(check.issues));
  return CheckedRecord{std::move(*document), std::move(check.findings)};
}

}  // namespace

Result<CheckedRecord> check_incoming_record(const Facilities& facilities, std::string_view body,
                                            const RecordPlaces* places, std::string_view original) {
  auto checked = check_body(facilities, body);
  if (places == nullptr) return checked;
  if (checked)
    places->name(checked->findings, original);
  else
    places->name(checked.error().issues, original);
  return checked;
}

std::vector<RecordReceipt::Requested> list_transfers(const Facilities& facilities, formats::JsonView record) {
  std::vector<RecordReceipt::Requested> transfers;
  const auto now = facilities.clock.now();
  std::uint32_t index = 0;
  for (const auto referral : record.find("referrals").elements()) {
    const std::string recipient(referral.find("recipient").as_string().value_or(""));
    const std::string purpose(referral.find("purpose").as_string().value_or(""));
    for (auto& route : facilities.terms->routes(recipient, purpose))
      transfers.push_back({facilities.ids.next_transfer(now), index, std::move(route), recipient, purpose});
    ++index;
  }
  return transfers;
}

void receive_record(Facilities& facilities, IncomingRecord incoming,
                    std::function<std::string(const RecordReceipt&)> render,
                    std::function<void(Result<PastReply>)> on_accepted,
                    std::function<void(const SubjectRef&)> on_changed) {
  auto checked = check_incoming_record(facilities, incoming.body, incoming.places.get(), incoming.original);
  if (!checked) return on_accepted(fail(checked.error()));
  std::make_shared<Reception>(facilities, std::move(incoming), std::move(*checked), std::move(render),
                              std::move(on_accepted), std::move(on_changed))
      ->attempt();
}

}  // namespace ketenpoort::exchange
