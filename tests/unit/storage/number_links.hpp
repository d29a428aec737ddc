// A vault and a log that run, persons with numbers and consents in them, and what officers decide about them.
#pragma once

#include <gtest/gtest.h>

#include <future>

#include "gateway/exchange/facilities/identity.hpp"
#include "gateway/exchange/rights/link_numbers.hpp"
#include "gateway/exchange/rights/subject_rights.hpp"
#include "gateway/ledger/history/history.hpp"
#include "gateway/policy/replay.hpp"
#include "tests/unit/storage/live_state.hpp"

namespace ketenpoort::storage {

using exchange::IdentifierKind;
using exchange::NamedNumber;
using exchange::NumberChange;
using ledger::History;

class NumberLinks : public testing::Test {
 protected:
  NumberLinks() { start(); }
  void TearDown() override { come_to_rest(); }

  // The sequencer says whose facts changed after it has answered, and members of a test take that down: whatever is
  // submitted now is done later than that.
  void come_to_rest() { state->change({}); }

  void start(Clock clock = {}) {
    state = std::make_unique<LiveState>(folder.path() / "state", master, clock);
    facilities.reset(new exchange::Facilities{*state->sequencer,
                                              *state->vault,
                                              exchange::FormatsInUse(nullptr),
                                              exchange::KeptMappings(folder.path() / "mappings"),
                                              clock,
                                              {},
                                              {}});
  }
  void restart(std::chrono::days later = {}) {
    facilities.reset();
    state.reset();
    start(Clock(later));
  }

  static exchange::Caller caller(std::string client) {
    return {std::move(client), "0860737913", "rights-officer", new_uuid_v4()};
  }
  exchange::RightsCall call(const SubjectRef& subject, std::string client = "first") {
    return {caller(std::move(client)), subject, {}};
  }
  [[nodiscard]] NamedNumber fedasil(const std::string& text) const {
    return {IdentifierKind::fedasil_number, state->vault->mark(IdentifierKind::fedasil_number, text)};
  }
  [[nodiscard]] NamedNumber ssin(const std::string& text) const {
    return {IdentifierKind::ssin, state->vault->mark(IdentifierKind::ssin, text)};
  }

  // What a record does to who is known: by the functions that receive one.
  SubjectRef receive(const std::vector<NamedNumber>& numbers) {
    exchange::Identifiers identifiers;
    for (const auto& number : numbers) identifiers.matching.push_back(number.mark);
    const auto match = exchange::match_subject(*state->vault, identifiers);
    last_conflict = match.conflict;
    const auto person = exchange::find_or_make_person(*state->vault, match).value();
    ledger::RecordReceived body;
    body.record = new_uuid_v7(facilities->clock.now());
    const auto last = state->sequencer->read([](const History& h) { return h.last_ids().record; });
    if (body.record <= last) body.record = following(last);
    body.source = {"TEST", "0860737913", "TST"};
    body.syntax = "application/json";
    ledger::EntryDraft draft;
    draft.kind = ledger::RecordReceived::kind;
    draft.actor = {"system", "0860737913", "source-system", ""};
    draft.subject = person.ref;
    draft.body = ledger::encode_body(body);
    std::vector<ledger::VaultChange> changes;
    exchange::add_person_changes(*state->vault, person, match, changes);
    state->entry(std::move(draft), std::move(changes));
    return person.ref;
  }

  template <class T, class Start>
  static Result<T> wait_for(Start begin) {
    std::promise<Result<T>> promise;
    auto future = promise.get_future();
    begin([&](Result<T> result) { promise.set_value(std::move(result)); });
    return future.get();
  }
  Result<exchange::PendingNumbers> propose(const SubjectRef& subject, NumberChange change,
                                           std::vector<NamedNumber> numbers, const std::string& who = "first") {
    return wait_for<exchange::PendingNumbers>([&](auto done) {
      exchange::propose_numbers(*facilities, call(subject, who), change, std::move(numbers), done);
    });
  }
  Result<exchange::NumbersChanged> approve(const SubjectRef& subject, NumberChange change,
                                           const std::string& who = "second", std::optional<Uuid> id = {},
                                           std::vector<NamedNumber> numbers = {}) {
    return wait_for<exchange::NumbersChanged>([&](auto done) {
      exchange::approve_numbers(*facilities, in_flight, call(subject, who), change, id, std::move(numbers), done,
                                [](const SubjectRef&) {});
    });
  }
  Result<exchange::NumbersChanged> change(const SubjectRef& subject, NumberChange change,
                                          const std::vector<NamedNumber>& numbers) {
    if (const auto proposed = propose(subject, change, numbers); !proposed) return fail(proposed.error());
    return approve(subject, change);
  }
  void restrict_processing(const SubjectRef& subject) {
    const auto done = wait_for<exchange::RightsOutcome>([&](auto done) {
      exchange::restrict_subject(*facilities, in_flight, call(subject), "legal-claims", done, [](const auto&) {});
    });
    ASSERT_TRUE(done);
  }
  exchange::RightsOutcome unrestrict(const SubjectRef& subject) {
    auto done = wait_for<exchange::RightsOutcome>(
        [&](auto done) { exchange::unrestrict_subject(*facilities, call(subject), done, [](const auto&) {}); });
    EXPECT_TRUE(done);
    return done.value_or(exchange::RightsOutcome{});
  }
  void erase(const SubjectRef& subject) {
    exchange::ErasureDecision decision;
    decision.classes = {KeyClass::payload, KeyClass::directory};
    decision.kept = {{"proof", "art17-3-e"}};
    ASSERT_TRUE(wait_for<exchange::PendingErasure>(
        [&](auto done) { exchange::propose_erasure(*facilities, call(subject), decision, done); }));
    ASSERT_TRUE(wait_for<exchange::Erasure>([&](auto done) {
      exchange::approve_erasure(*facilities, in_flight, call(subject, "second"), {}, done, [](const auto&) {});
    }));
  }

  ConsentId state_consent(const SubjectRef& subject, const CategorySet& categories, bool given = true) {
    ledger::ConsentStatement statement;
    const auto last = state->sequencer->read([](const History& h) { return h.last_ids().consent; });
    statement.consent = new_uuid_v7(facilities->clock.now());
    if (statement.consent <= last) statement.consent = following(last);
    statement.conversation = new_uuid_v4();
    statement.purpose = "work-guidance";
    statement.recipient = "vdab";
    statement.categories = categories;
    const auto today = date_in_brussels(facilities->clock.now());
    if (given) statement.valid_until = add_months(today, 6);
    statement.notice = {"chain-cooperation", "1.0", "ara", {}};
    statement.explained.how = "READ";
    statement.expressed = {"PAPER", today};
    ledger::EntryDraft draft;
    draft.kind = given ? ledger::ConsentGiven::kind : ledger::ConsentRefused::kind;
    draft.actor = {"system", "0860737913", "consent-recorder", ""};
    draft.subject = subject;
    draft.body = given ? ledger::encode_body(ledger::ConsentGiven{statement})
                       : ledger::encode_body(ledger::ConsentRefused{statement});
    state->entry(std::move(draft));
    return statement.consent;
  }
  [[nodiscard]] CategorySet allowed(const SubjectRef& subject) const {
    const auto cell =
        state->sequencer->read([&](const History& h) { return h.cell(subject, "work-guidance", "vdab"); });
    return cell ? cell->categories : CategorySet{};
  }
  [[nodiscard]] bool is_restricted(const SubjectRef& subject) const {
    return state->sequencer->read([&](const History& h) { return h.is_restricted(subject); });
  }
  [[nodiscard]] std::optional<SubjectRef> owner(const NamedNumber& number) const {
    return state->vault->find_subject(number.mark);
  }
  [[nodiscard]] std::string kinds_since(std::uint64_t seq) const {
    std::string out;
    for (; seq < state->sequencer->size(); ++seq) {
      const auto bytes = state->sequencer->entry_bytes(seq).value();
      out += (out.empty() ? "" : " ") + std::string(ledger::decode_entry(bytes)->kind);
    }
    return out;
  }
  // The whole log, by the rules and the decisions, as a verifier reads it.
  void expect_sound() const {
    History history(History::Reader::verifier);
    policy::Replay replay;
    for (std::uint64_t seq = 0; seq < state->sequencer->size(); ++seq) {
      const auto bytes = state->sequencer->entry_bytes(seq).value();
      const auto entry = ledger::decode_entry(bytes);
      ASSERT_TRUE(entry);
      const auto replayed = replay.check(history, *entry);
      ASSERT_TRUE(replayed) << replayed.error().message;
      const auto applied = history.apply(*entry);
      ASSERT_TRUE(applied) << applied.error().message;
    }
  }

  TemporaryFolder folder;
  SecretKey master{random_bytes<32>()};
  std::unique_ptr<LiveState> state;
  std::unique_ptr<exchange::Facilities> facilities;
  exchange::InFlight in_flight;
  bool last_conflict = false;
  const CategorySet much{Category::identity_core, Category::contact, Category::wishes};
  const CategorySet little{Category::identity_core, Category::contact};
};

}  // namespace ketenpoort::storage
