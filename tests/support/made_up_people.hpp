// A log of any length that keeps every rule: made-up people who come again and again with a record and its referrals,
// give consent and take it back, and whose transfers meet every fate. The facts behind decisions are sealed and nobody
// opens them, so a verifier finds them consistent.
#pragma once

#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "gateway/ledger/writer/sequencer.hpp"
#include "tests/support/log_story.hpp"

namespace ketenpoort::ledger::test {

class MadeUpPeople {
 public:
  explicit MadeUpPeople(std::size_t count) : people_(count) {
    story_.open();
    for (std::size_t i = 0; i < count; ++i) {
      std::mt19937_64 random(i + 1);
      for (auto& byte : people_[i].ref) byte = static_cast<std::uint8_t>(random());
    }
  }

  // What must stand in the log before anybody comes, from entry 1 on.
  [[nodiscard]] Transaction policy() const {
    Transaction out;
    for (std::size_t i = 1; i < story_.received; ++i) out.entries.push_back(story_.log.lines[i].draft);
    return out;
  }

  // Whole visits, until there are so many entries: of fewer people than there are, so that nobody comes twice.
  Transaction visits(const History& history, Seq first_seq, Timestamp now, std::size_t entries) {
    const auto last = history.last_ids();
    records_ = UuidV7Source(last.record);
    transfers_ = UuidV7Source(last.transfer);
    consents_ = UuidV7Source(last.consent);
    out_ = {};
    first_ = first_seq;
    now_ = now;
    while (out_.entries.size() < entries) visit(people_[next_++ * 7919 % people_.size()], history);
    return std::move(out_);
  }

  [[nodiscard]] SubjectRef ref(std::size_t i) const { return people_[i % people_.size()].ref; }

 private:
  static constexpr std::string_view purpose = "work-guidance";
  static constexpr std::string_view recipient = "vdab";
  static constexpr std::string_view message = "vdab-profile";

  struct Person {
    SubjectRef ref{};
    std::optional<History::CellState> consent;  // as it stands
    Seq cell = 0;                               // what it rests on
    ConsentId consent_id;
    TransferId arrived;  // the last one
    TransferId waiting;  // held, until the next record takes its place
    bool met = false;
  };

  // A log that goes on has people of its own already.
  static void meet(Person& person, const History& history) {
    if (std::exchange(person.met, true)) return;
    if (const auto cell = history.cell(person.ref, purpose, recipient)) {
      person.consent = cell->state;
      person.cell = cell->seq;
      person.consent_id = cell->consent;
    }
    for (const auto& holding : history.holdings(person.ref)) person.arrived = holding.last;
    if (const auto waiting = history.waiting_transfer(person.ref, recipient, purpose, message))
      person.waiting = *waiting;
  }

  template <class Body>
  Seq add(const Person& person, const Body& body, std::vector<Seq> refs, std::optional<TransferId> tx = {},
          bool sealed = false) {
    EntryDraft draft;
    draft.kind = Body::kind;
    draft.actor = {"system", "0123456749", "gateway", ""};
    draft.subject = person.ref;
    draft.activity = "work-guidance@1.0.0";
    draft.tx = tx;
    draft.trace = trace_;
    draft.refs = std::move(refs);
    draft.body = encode_body(body);
    if (sealed) draft.sealed = sealed_;
    out_.entries.push_back(std::move(draft));
    return first_ + out_.entries.size() - 1;
  }
  [[nodiscard]] Seq next_seq() const { return first_ + out_.entries.size(); }

  void visit(Person& person, const History& history) {
    meet(person, history);
    auto record = story_.record_body();
    record.record = records_.next(now_);
    const Seq received = add(person, record, {}, {}, true);
    if (person.waiting != TransferId{}) {
      cancel(person, person.waiting, Reason::superseded, received);
      person.waiting = {};
    }
    for (std::uint32_t i = 0; i < 2 && person.waiting == TransferId{}; ++i) {
      const auto tx = transfers_.next(now_);
      add(person, TransferRequested{record.record, i, "vdab", "work-guidance", "vdab-profile"}, {received}, tx);
      if (person.consent == History::CellState::given)
        go_on(person, tx);
      else
        ask_consent(person, tx);
    }
    if (next_ % 20 == 0) withdraw(person);
  }

  // Nothing goes before consent is given; who took it back is refused first.
  void ask_consent(Person& person, const TransferId& tx) {
    const bool taken_back = person.consent.has_value();
    if (taken_back)
      decide<TransferRefused>(person, tx, Reason::consent_withdrawn);
    else
      decide<TransferHeld>(person, tx, Reason::no_consent);
    person.consent_id = consents_.next(now_);
    person.cell = add(person, story_.statement_body<ConsentGiven>(person.consent_id), {story_.purpose}, {}, true);
    person.consent = History::CellState::given;
    if (taken_back) return;
    permit(person, tx, 1);
    arrive(person, tx, 1);
  }

  void go_on(Person& person, const TransferId& tx) {
    constexpr int one_in = 48;
    switch (random_() % one_in) {
      case 0:
      case 1:
      case 2:
      case 3:
        return decide<TransferRefused>(person, tx, Reason::not_in_target_group);
      case 4:
      case 5:
      case 6:
      case 7:
        decide<TransferHeld>(person, tx, Reason::document_missing);
        break;
      case 8:
      case 9:
      case 10:
        permit(person, tx, 1);
        add(person, TransferFailed{1, "http-503", false, now_}, {}, tx);
        permit(person, tx, 2);
        return arrive(person, tx, 2);
      case 11:
      case 12:
      case 13:
        permit(person, tx, 1);
        return cancel(person, tx, Reason::cancelled_by_operator, person.cell);
      case 14:
        decide<TransferHeld>(person, tx, Reason::too_early);
        person.waiting = tx;
        return;
      case 15:
        if (random_() % 10 != 0) break;
        permit(person, tx, 1);
        add(person, TransferFailed{1, "http-400", false, {}}, {}, tx);
        add(person, TransferAbandoned{1, "http-400"}, {}, tx);
        return;
      default:
        break;
    }
    permit(person, tx, 1);
    arrive(person, tx, 1);
  }

  void permit(const Person& person, const TransferId& tx, std::uint32_t attempt) {
    auto body = story_.permit_body(attempt);
    body.consent = person.cell;
    body.ledger_size = next_seq();
    add(person, body, {story_.mapping, story_.purpose, story_.rule, story_.agreement, person.cell}, tx, true);
  }

  // A hold or a refusal, for one reason.
  template <class Body>
  void decide(const Person& person, const TransferId& tx, Reason reason) {
    Body body;
    body.reasons = {reason};
    body.ledger_size = next_seq();
    body.agreement = story_.agreement;
    body.purpose_seq = story_.purpose;
    body.rules = {story_.rule};
    body.decided_for = story_.today;
    std::vector<Seq> refs = {story_.purpose, story_.rule, story_.agreement};
    if (person.consent) {
      body.consent = person.cell;
      refs.push_back(person.cell);
    }
    if constexpr (std::same_as<Body, TransferHeld>)
      if (reason == Reason::too_early) body.held_until = day(2026, 12, 1);
    add(person, body, std::move(refs), tx, true);
  }

  // An event, no decision: it says what in the log (or who) ends the transfer.
  void cancel(const Person& person, const TransferId& tx, Reason reason, Seq because) {
    TransferCancelled body;
    body.reasons = {reason};
    body.ledger_size = next_seq();
    if (reason == Reason::consent_withdrawn) body.consent = because;
    add(person, body, {because}, tx);
    if (reason == Reason::cancelled_by_operator)
      out_.entries.back().actor = {"operator", "0123456749", "back-office", ""};
  }

  void arrive(Person& person, const TransferId& tx, std::uint32_t attempt) {
    add(person, TransferDelivered{attempt, digest_of(6), 201}, {}, tx);
    add(person, TransferAcknowledged{attempt, digest_of(7), "VDAB-2026-000123"}, {}, tx);
    person.arrived = tx;
  }

  void withdraw(Person& person) {
    person.cell = add(person, ConsentWithdrawn{person.consent_id, "work-guidance", "vdab", Story::sendable(), true},
                      {person.cell});
    person.consent = History::CellState::withdrawn;
    if (person.waiting != TransferId{})
      cancel(person, std::exchange(person.waiting, {}), Reason::consent_withdrawn, person.cell);
    if (person.arrived == TransferId{}) return;
    const Seq told =
        add(person, RecipientNotified{"WITHDRAWAL", "vdab", day(2026, 12, 8), person.arrived}, {person.cell});
    add(person, RecipientConfirmed{{}, told, random_() % 3 == 0 ? "STOPPED" : "ERASED"}, {told});
  }

  Story story_;
  std::vector<Person> people_;
  std::size_t next_ = 0;
  std::mt19937 random_{1};
  UuidV7Source records_, transfers_, consents_;
  Uuid trace_ = new_uuid_v4();
  std::string sealed_ = ObjectWriter()
                            .string("ct", std::string(160, 'A'))
                            .string("dek", std::string(80, 'A'))
                            .string("iv", std::string(16, 'A'))
                            .take();
  Transaction out_;
  Seq first_ = 0;
  Timestamp now_{};
};

}  // namespace ketenpoort::ledger::test
