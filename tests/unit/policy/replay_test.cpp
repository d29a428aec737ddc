#include "gateway/policy/replay.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/support/rule_breaks.hpp"

namespace ketenpoort::policy {
namespace {

using ledger::History;
using ledger::Seq;
using ledger::test::day;
using ledger::test::digest_of;
using ledger::test::numbered_id;
using ledger::test::Story;
using Reasons = std::vector<Reason>;

// Everything before the decision is sound; the decision is the last line of the log.
Result<Grade> grade_of_last(const Story& story, const Premises* premises = nullptr) {
  History history;
  const auto lines = story.log.encode();
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    const auto applied = history.apply(*ledger::decode_entry(lines[i]));
    if (!applied) throw std::runtime_error("before the decision: " + applied.error().message);
  }
  return replay_decision(history, *ledger::decode_entry(lines.back()), premises);
}

// What the ground of a decision is at the end of the log.
struct Ground {
  explicit Ground(const Story& story) {
    if (const auto replayed = story.log.replay(history); !replayed) throw std::runtime_error(replayed.error().message);
    on = date_in_brussels(history.last_time());
    const auto* registered = history.find_purpose("work-guidance", "vdab", on);
    if (registered != nullptr) {
      purpose = registered->seq;
      if (const auto* rule = history.find_rule(registered->value.rule, on)) rules = {rule->seq};
      const auto cell = history.cell(story.subject, "work-guidance", "vdab");
      if (cell && registered->value.consent_required) consent = cell->seq;
    }
    if (const auto* current = history.current_agreement("sample-vdab")) agreement = current->seq;
  }
  [[nodiscard]] std::vector<Seq> refs() const {
    auto out = rules;
    for (const auto& seq : {purpose, agreement, consent})
      if (seq) out.push_back(*seq);
    return out;
  }
  template <class Body>
  void fill(Body& body, const Reasons& reasons) const {
    body.reasons = reasons;
    body.agreement = agreement;
    body.consent = consent;
    body.purpose_seq = purpose;
    body.rules = rules;
    body.decided_for = on;
  }

  History history;
  Date on{};
  std::optional<Seq> purpose, agreement, consent;
  std::vector<Seq> rules;
};

void seal_last(Story& story) {
  story.log.lines.back().draft.sealed = Story::sealed_part();
}

template <class Body>
void add_decision(Story& story, const Reasons& reasons, const std::function<void(Body&)>& change = {}) {
  const Ground ground(story);
  Body body;
  ground.fill(body, reasons);
  if constexpr (std::same_as<Body, ledger::TransferHeld>)
    if (std::find(reasons.begin(), reasons.end(), Reason::too_early) != reasons.end())
      body.held_until = add_days(ground.on, 7);
  if (change) change(body);
  story.log.add(body, ground.refs(), story.subject, story.main_tx);
  seal_last(story);
}
void hold(Story& story, const Reasons& reasons) {
  add_decision<ledger::TransferHeld>(story, reasons);
}
void refuse(Story& story, const Reasons& reasons) {
  add_decision<ledger::TransferRefused>(story, reasons);
}
void cancel(Story& story, const Reasons& reasons) {
  add_decision<ledger::TransferCancelled>(story, reasons);
}

// Without a day: brought about by an event, no facts looked at.
void cancel_by_event(Story& story, Reason reason, std::string actor = "system") {
  ledger::TransferCancelled body;
  body.reasons = {reason};
  story.log.add(body, {}, story.subject, story.main_tx);
  story.log.lines.back().draft.actor.type = std::move(actor);
}

// Consented to and requested.
Story ready() {
  Story story;
  story.open();
  story.give_consent();
  story.request(story.main_tx);
  return story;
}

Story without_consent() {
  Story story;
  story.open();
  story.request(story.main_tx);
  return story;
}

template <class Body, class Change>
Story with(Seq Story::*at, Change change, Story story = ready()) {
  story.log.edit<Body>(story.*at, change);
  return story;
}
template <class Change>
Story with_purpose(Change change, Story story = ready()) {
  return with<ledger::PurposeRegistered>(
      &Story::purpose, [&](auto& b) { change(b.purpose); }, std::move(story));
}
template <class Change>
Story with_agreement(Change change) {
  return with<ledger::AgreementRegistered>(&Story::agreement, [&](auto& b) { change(b.agreement); });
}
template <class Change>
Story with_rule(Change change) {
  return with<ledger::RuleRegistered>(&Story::rule, [&](auto& b) { change(b.rule); });
}

Story with_newer_record(Story story = ready()) {
  story.log.add(
      ledger::RecordReceived{
          numbered_id(101), {"match-it", "0123456749", "C01"}, "application/json", digest_of(3), 2048},
      {}, story.subject);
  return story;
}

Story failed_once(Story story = ready()) {
  story.permit(story.main_tx, 1);
  story.fail_attempt(story.main_tx, 1);
  return story;
}

// How a reason stands in the log rightly, and how it does not.
struct BothWays {
  std::function<Story()> right;
  std::function<Story()> wrong;
};

template <class Write>
std::function<Story()> in(Story story, Write write) {
  return [story = std::move(story), write] {
    Story copy = story;
    write(copy);
    return copy;
  };
}
std::function<void(Story&)> holding(Reasons reasons) {
  return [reasons = std::move(reasons)](Story& s) { hold(s, reasons); };
}
std::function<void(Story&)> refusing(Reasons reasons) {
  return [reasons = std::move(reasons)](Story& s) { refuse(s, reasons); };
}
std::function<void(Story&)> cancelling(Reasons reasons) {
  return [reasons = std::move(reasons)](Story& s) { cancel(s, reasons); };
}

std::map<Reason, BothWays> table_of_agreements() {
  const auto ended = [] {
    auto s = ready();
    s.log.add(ledger::AgreementEnded{s.agreement}, {s.agreement});
    return s;
  };
  const auto all_centres = with_agreement([](Agreement& a) { a.centres.clear(); });
  return {
      {Reason::no_agreement,
       {in(ended(), refusing({Reason::no_agreement})), in(ready(), refusing({Reason::no_agreement}))}},
      {Reason::agreement_not_in_force,
       {in(with_agreement([](Agreement& a) { a.valid_until = day(2026, 11, 23); }),
           refusing({Reason::agreement_not_in_force})),
        in(ready(), refusing({Reason::agreement_not_in_force}))}},
      {Reason::purpose_not_covered,
       {in(with_agreement([](Agreement& a) { a.purposes = {"other"}; }), refusing({Reason::purpose_not_covered})),
        in(ready(), refusing({Reason::purpose_not_covered}))}},
      {Reason::category_not_covered,
       {in(with_agreement([](Agreement& a) { a.categories.erase(Category::contact); }),
           refusing({Reason::category_not_covered})),
        in(ready(), holding({Reason::category_not_covered}))}},
      {Reason::recipient_not_covered,
       {in(with_purpose([](Purpose& p) {
             p.bodies = {{"0887010362", {"VLA"}, {}}, {"0421722346", {}, {"11002"}}};
           }),
           refusing({Reason::recipient_not_covered})),
        in(with_purpose([](Purpose& p) {
             p.bodies = {{"0887010362", {"VLA"}, {}}};
           }),
           refusing({Reason::recipient_not_covered}))}},
      {Reason::centre_not_covered,
       {in(with_agreement([](Agreement& a) { a.centres = {"C02"}; }), refusing({Reason::centre_not_covered})),
        in(all_centres, refusing({Reason::centre_not_covered}))}},
      {Reason::wrong_region,
       {in(ready(), refusing({Reason::wrong_region})),
        in(with_agreement([](Agreement& a) { a.regions.clear(); }), refusing({Reason::wrong_region}))}},
      {Reason::nothing_to_send,
       {in(with_purpose([](Purpose& p) {
             p.required = {};
             p.optional = {Category::case_note};
           }),
           refusing({Reason::nothing_to_send})),
        in(ready(), holding({Reason::nothing_to_send}))}},
  };
}

std::map<Reason, BothWays> table_of_consents() {
  const auto refused = [] {
    auto s = without_consent();
    s.log.add(s.statement_body<ledger::ConsentRefused>(numbered_id(300)), {}, s.subject);
    return s;
  };
  const auto withdrawn = [] {
    auto s = ready();
    s.withdraw();
    return s;
  };
  const auto read = with<ledger::ConsentGiven>(&Story::given, [](auto& b) { b.explained.how = "READ"; });
  const auto run_out = with<ledger::ConsentGiven>(&Story::given, [](auto& b) { b.valid_until = day(2026, 11, 23); });
  return {
      {Reason::no_consent,
       {in(without_consent(), holding({Reason::no_consent})), in(ready(), holding({Reason::no_consent}))}},
      {Reason::consent_refused,
       {in(refused(), refusing({Reason::consent_refused})), in(ready(), refusing({Reason::consent_refused}))}},
      {Reason::consent_withdrawn,
       {in(withdrawn(), refusing({Reason::consent_withdrawn})), in(ready(), refusing({Reason::consent_withdrawn}))}},
      {Reason::consent_expired,
       {in(run_out, holding({Reason::consent_expired})), in(ready(), holding({Reason::consent_expired}))}},
      {Reason::not_informed, {in(read, holding({Reason::not_informed})), in(ready(), holding({Reason::not_informed}))}},
  };
}

std::map<Reason, BothWays> table_of_facts() {
  const auto never_waits = with_rule([](Rule& r) { r.waiting_months.reset(); });
  const auto by_status = with_rule([](Rule& r) { r.algorithm = "status-granted"; });
  const auto by_target_group = with_rule([](Rule& r) { r.algorithm = "civic-integration-target-group"; });
  const auto minors = with_purpose([](Purpose& p) { p.minors_allowed = true; });
  const auto nobodys_purpose = [] {
    Story s;
    s.log.add(ledger::LedgerOpened{"example.org/log", "ketenpoort 0.1.0",
                                   "example.org/log+5e2cef00+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs"});
    s.agreement = s.log.add(ledger::AgreementRegistered{Story::agreement_value(), {}});
    s.received = s.log.add(s.record_body(), {}, s.subject);
    s.request(s.main_tx);
    return s;
  };
  return {
      {Reason::too_early, {in(ready(), holding({Reason::too_early})), in(never_waits, holding({Reason::too_early}))}},
      {Reason::document_missing,
       {in(ready(), holding({Reason::document_missing})), in(by_target_group, holding({Reason::document_missing}))}},
      {Reason::card_not_renewed,
       {in(ready(), holding({Reason::card_not_renewed})), in(by_status, holding({Reason::card_not_renewed}))}},
      {Reason::procedure_stale,
       {in(ready(), holding({Reason::procedure_stale})),
        in(nobodys_purpose(), refusing({Reason::purpose_not_covered, Reason::procedure_stale}))}},
      {Reason::not_in_target_group,
       {in(ready(), refusing({Reason::not_in_target_group})), in(by_status, refusing({Reason::not_in_target_group}))}},
      {Reason::identifier_missing,
       {in(ready(), holding({Reason::identifier_missing})), in(ready(), refusing({Reason::identifier_missing}))}},
      {Reason::identity_conflict,
       {in(ready(), holding({Reason::identity_conflict})), in(ready(), refusing({Reason::identity_conflict}))}},
      {Reason::minor, {in(ready(), refusing({Reason::minor})), in(minors, refusing({Reason::minor}))}},
      {Reason::representative_missing,
       {in(minors, holding({Reason::representative_missing})), in(ready(), holding({Reason::representative_missing}))}},
      {Reason::representative_lapsed,
       {in(minors, holding({Reason::representative_lapsed})), in(ready(), holding({Reason::representative_lapsed}))}},
      {Reason::stay_ended,
       {in(ready(), cancelling({Reason::stay_ended})),
        in(ready(), [](Story& s) { cancel_by_event(s, Reason::stay_ended); })}},
  };
}

std::map<Reason, BothWays> table_of_events() {
  const auto held_long = [](std::chrono::hours time) {
    auto s = ready();
    hold(s, {Reason::document_missing});
    s.log.add(s.record_body(), {}, s.other);
    s.log.lines.pop_back();
    ledger::EntryDraft later;
    later.kind = std::string(ledger::ClockAnomaly::kind);
    later.body = encode_body(ledger::ClockAnomaly{1});
    s.log.add(later, time);
    return s;
  };
  const auto restricted = [] {
    auto s = ready();
    s.log.add(ledger::SubjectRestricted{}, {}, s.subject);
    return s;
  };
  const auto erased = [] {
    auto s = ready();
    s.log.add(ledger::SubjectErased{}, {}, s.subject);
    return s;
  };
  const auto anchored = [](std::uint32_t age) {
    auto s = ready();
    s.log.edit<ledger::ConfigActivated>(1, [&](auto& b) { b.anchoring = ledger::Anchoring{age, 1}; });
    s.log.add(ledger::Anchored{parse_rfc3339("2026-11-24T11:00:00Z").value(), "rfc3161", digest_of(1), 2, "AAAA", "t"});
    ledger::EntryDraft later;
    later.kind = std::string(ledger::ClockAnomaly::kind);
    later.body = encode_body(ledger::ClockAnomaly{1});
    s.log.add(later, std::chrono::minutes{10});
    return s;
  };
  const auto by = [](std::string actor) {
    return [actor = std::move(actor)](Story& s) { cancel_by_event(s, Reason::cancelled_by_operator, actor); };
  };
  const auto event = [](Reason reason) { return [reason](Story& s) { cancel_by_event(s, reason); }; };
  return {
      {Reason::superseded,
       {in(with_newer_record(), event(Reason::superseded)), in(ready(), event(Reason::superseded))}},
      {Reason::hold_expired,
       {in(held_long(std::chrono::hours{366 * 24}),
           cancelling({Reason::hold_expired, Reason::document_missing, Reason::consent_expired})),
        in(held_long(std::chrono::hours{24}), cancelling({Reason::hold_expired, Reason::document_missing}))}},
      {Reason::subject_restricted,
       {in(restricted(), holding({Reason::subject_restricted})), in(ready(), holding({Reason::subject_restricted}))}},
      {Reason::subject_erased,
       {in(erased(), refusing({Reason::subject_erased})), in(ready(), refusing({Reason::subject_erased}))}},
      {Reason::mapping_failed,
       {in(ready(), holding({Reason::mapping_failed})), in(restricted(), holding({Reason::mapping_failed}))}},
      {Reason::schema_invalid,
       {in(ready(), holding({Reason::schema_invalid})),
        in(ready(), holding({Reason::document_missing, Reason::schema_invalid}))}},
      {Reason::partner_rejected,
       {in(failed_once(), event(Reason::partner_rejected)), in(ready(), event(Reason::partner_rejected))}},
      {Reason::anchor_stale,
       {in(anchored(60), holding({Reason::anchor_stale})), in(anchored(3600), holding({Reason::anchor_stale}))}},
      {Reason::cancelled_by_operator, {in(ready(), by("operator")), in(ready(), by("system"))}},
  };
}

std::map<Reason, BothWays> table() {
  auto out = table_of_agreements();
  out.merge(table_of_consents());
  out.merge(table_of_facts());
  out.merge(table_of_events());
  return out;
}

TEST(ReplayFromTheLogAlone, accepts_each_reason_where_it_is_right_and_refuses_it_where_it_is_not) {
  const auto cases = table();
  EXPECT_EQ(cases.size(), reason_count);
  for (const auto& [reason, ways] : cases) {
    if (ways.right) {
      const auto grade = grade_of_last(ways.right());
      EXPECT_TRUE(grade) << to_text(reason) << ": " << grade.error().message;
    }
    const auto wrong = grade_of_last(ways.wrong());
    ASSERT_FALSE(wrong) << to_text(reason);
    EXPECT_NE(wrong.error().message.find("invariant 8"), std::string::npos) << wrong.error().message;
  }
}

std::string complaint(const Story& story) {
  const auto grade = grade_of_last(story);
  return grade ? "accepted" : grade.error().message;
}

TEST(ReplayFromTheLogAlone, misses_no_reason_that_the_log_knows) {
  auto story = without_consent();
  hold(story, {Reason::document_missing});
  EXPECT_NE(complaint(story).find("no-consent follows from the log and is missing"), std::string::npos);
  auto refused = ready();
  refused.log.add(ledger::SubjectRestricted{}, {}, refused.subject);
  hold(refused, {Reason::document_missing});
  EXPECT_NE(complaint(refused).find("subject-restricted follows from the log"), std::string::npos);
}

TEST(ReplayFromTheLogAlone, knows_the_ground_the_outcome_and_the_order) {
  const auto edited = [](const std::function<void(ledger::TransferHeld&)>& change) {
    auto story = ready();
    add_decision<ledger::TransferHeld>(story, {Reason::document_missing}, change);
    return complaint(story);
  };
  EXPECT_EQ(edited([](auto&) {}), "accepted");
  EXPECT_NE(edited([](auto& b) { b.purpose_seq.reset(); }).find("purposeSeq is not"), std::string::npos);
  EXPECT_NE(edited([](auto& b) { b.consent.reset(); }).find("consent is not"), std::string::npos);
  EXPECT_NE(edited([](auto& b) { b.rules.clear(); }).find("rules are not"), std::string::npos);
  EXPECT_NE(edited([](auto& b) { b.held_until = day(2027, 1, 1); }).find("heldUntil stands exactly"),
            std::string::npos);
  EXPECT_NE(edited([](auto& b) {
              b.reasons = {Reason::procedure_stale, Reason::document_missing};
            }).find("order"),
            std::string::npos);
  EXPECT_NE(edited([](auto& b) {
              b.reasons = {Reason::document_missing, Reason::card_not_renewed};
            }).find("one reason"),
            std::string::npos);
  auto refused = ready();
  refuse(refused, {Reason::document_missing});
  EXPECT_NE(complaint(refused).find("another outcome"), std::string::npos);
}

TEST(ReplayFromTheLogAlone, wants_the_facts_of_a_decision_sealed) {
  auto story = ready();
  hold(story, {Reason::document_missing});
  story.log.lines.back().draft.sealed.clear();
  EXPECT_NE(complaint(story).find("not sealed"), std::string::npos);
}

TEST(ReplayFromTheLogAlone, a_failed_transfer_is_cancelled_where_another_is_refused) {
  auto story = failed_once();
  story.withdraw();
  cancel(story, {Reason::consent_withdrawn});
  EXPECT_EQ(complaint(story), "accepted");
}

TEST(ReplayFromTheLogAlone, passes_a_whole_log_and_counts_its_grades) {
  const auto story = Story::whole();
  History history;
  Replay replay;
  for (const auto& line : story.log.encode()) {
    const auto entry = *ledger::decode_entry(line);
    const auto checked = replay.check(history, entry);
    ASSERT_TRUE(checked) << checked.error().message;
    ASSERT_TRUE(history.apply(entry));
  }
  EXPECT_EQ(replay.tally().replayed, 1U);  // cancelled because the consent was withdrawn
  EXPECT_EQ(replay.tally().sealed, 0U);
  EXPECT_EQ(replay.tally().erased, 7U);  // the subject is erased at the end
}

TEST(ReplayFromTheLogAlone, finds_the_logs_that_break_invariant_8_and_no_other) {
  for (const auto& broken : ledger::test::rule_breaks()) {
    History history(History::Reader::verifier);
    Replay replay;
    Status status;
    for (const auto& line : broken.story.log.encode()) {
      const auto entry = *ledger::decode_entry(line);
      // The rules of the log first: their message is the better one. Replay looks at the log before the entry.
      const auto checked = replay.check(history, entry);
      status = history.apply(entry);
      if (status) status = checked;
      if (!status) break;
    }
    ASSERT_FALSE(status) << broken.name;
    const auto rule = "entry " + std::to_string(broken.at) + ": invariant " + std::to_string(broken.invariant) + ": ";
    EXPECT_TRUE(status.error().message.starts_with(rule)) << broken.name << ": " << status.error().message;
  }
}

// ---- with facts ----

Facts some_facts() {
  Facts facts;
  facts.centre = "C01";
  facts.centre_municipality = "11002";
  facts.region = "VLA";
  facts.has_ssin = true;
  facts.birth = parse_incomplete_date("1990-01-01");
  facts.as_of = day(2026, 11, 20);
  facts.profile = "APPLICANT";
  facts.status = "PENDING";
  facts.lodged_on = day(2026, 7, 1);
  facts.documents = {{"AI_MODEL_A", day(2026, 10, 1), day(2027, 2, 1), "UNLIMITED"}};
  return facts;
}

TEST(Premises, are_read_back_as_they_were_sealed) {
  Premises premises{some_facts(), true, true, false, Reason::mapping_failed, digest_of(9)};
  const auto text = encode(premises);
  const auto again = decode_premises(text);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(encode(*again), text);
  EXPECT_TRUE(again->identity_conflict && again->needs_ssin && !again->recipient_built);
  EXPECT_EQ(again->translation, Reason::mapping_failed);
  EXPECT_EQ(again->commit_key, digest_of(9));
  for (const std::string_view wrong : {"{}", "[]", R"({"facts":{}})"}) EXPECT_FALSE(decode_premises(wrong)) << wrong;
  EXPECT_FALSE(decode_premises(text.substr(0, text.size() - 1) + R"(,"zzz":1})"));
}

// Facts and a log at random, decided, written down as the gateway does, and decided again.
class RandomDecision {
 public:
  explicit RandomDecision(unsigned seed) : random_(seed) {
    make_log();
    make_facts();
    const Ground ground(story);
    const auto question = question_from(premises, story.subject, "vdab", "work-guidance", ground.history.last_time());
    decision = decide(ground.history, question);
    write(ground);
  }

  bool chance(unsigned of) { return std::uniform_int_distribution<unsigned>(0, of - 1)(random_) == 0; }

  Story story;
  Premises premises;
  Decision decision;

 private:
  void make_log() {
    story.open();
    if (chance(6))
      story.log.edit<ledger::PurposeRegistered>(story.purpose, [](auto& b) { b.purpose.minors_allowed = true; });
    if (chance(8))
      story.log.edit<ledger::RuleRegistered>(story.rule, [](auto& b) { b.rule.valid_until = day(2026, 1, 1); });
    if (chance(8))
      story.log.edit<ledger::AgreementRegistered>(story.agreement, [](auto& b) { b.agreement.centres = {"C09"}; });
    if (chance(8))
      story.log.edit<ledger::AgreementRegistered>(story.agreement, [](auto& b) { b.agreement.regions = {"BRU"}; });
    if (!chance(4)) {
      story.give_consent();
      if (chance(6)) story.withdraw();
    } else if (chance(2)) {
      story.log.add(story.statement_body<ledger::ConsentRefused>(story.consent_id), {}, story.subject);
    }
    story.request(story.main_tx);
    if (chance(10)) story.log.add(ledger::SubjectRestricted{}, {}, story.subject);
    if (chance(12)) story.log.add(ledger::AgreementEnded{story.agreement}, {story.agreement});
  }

  void make_facts() {
    auto& facts = premises.facts = some_facts();
    if (chance(4)) facts.lodged_on = day(2026, 11, 1);
    if (chance(6)) facts.documents.clear();
    if (chance(6)) facts.birth = parse_incomplete_date("2012-05-00");
    if (chance(6)) facts.as_of = day(2026, 1, 1);
    if (chance(8)) facts.status = "REFUGEE";
    if (chance(10)) facts.stay_end_reason = "LEFT";
    if (chance(10)) facts.representative = Representative{"VOOGD", {}, {}};
    premises.identity_conflict = chance(12);
    premises.needs_ssin = chance(3);
    facts.has_ssin = !chance(6);
    premises.recipient_built = !chance(12);
  }

  template <class Body>
  void write_as(const Ground& ground) {
    Body body;
    body.reasons = decision.reasons;
    body.agreement = decision.agreement;
    body.consent = decision.consent;
    body.purpose_seq = decision.purpose;
    body.recipient_built = premises.recipient_built;
    body.rules = decision.rules;
    body.decided_for = ground.on;
    if constexpr (std::same_as<Body, ledger::TransferHeld>) body.held_until = decision.held_until;
    story.log.add(body, ground.refs(), story.subject, story.main_tx);
  }

  void write(const Ground& ground) {
    if (decision.outcome == Decision::Outcome::hold) write_as<ledger::TransferHeld>(ground);
    if (decision.outcome == Decision::Outcome::refuse) write_as<ledger::TransferRefused>(ground);
    if (decision.outcome == Decision::Outcome::cancel) write_as<ledger::TransferCancelled>(ground);
    if (decision.outcome == Decision::Outcome::permit) {
      auto body = story.permit_body(1);
      body.not_before = decision.not_before;
      story.log.add(body, story.permit_refs(), story.subject, story.main_tx);
    }
    seal_last(story);
  }

  std::mt19937 random_;
};

TEST(ReplayWithFacts, comes_to_the_same_decision_and_without_them_it_is_consistent) {
  std::map<Decision::Outcome, int> outcomes;
  for (unsigned seed = 1; seed <= 600; ++seed) {
    const RandomDecision random(seed);
    ++outcomes[random.decision.outcome];
    const auto with_facts = grade_of_last(random.story, &random.premises);
    ASSERT_TRUE(with_facts) << seed << ": " << with_facts.error().message;
    EXPECT_EQ(*with_facts, Grade::replayed);
    const auto without = grade_of_last(random.story);
    ASSERT_TRUE(without) << seed << ": " << without.error().message;
    EXPECT_EQ(*without, Grade::consistent);
  }
  for (const auto& [outcome, count] : outcomes) EXPECT_GT(count, 4) << to_text(outcome);
  EXPECT_EQ(outcomes.size(), 4U);
}

// One thing about a hold or refusal is changed: with the facts every such change is found.
bool change_one_thing(RandomDecision& random, std::mt19937& dice) {
  auto& line = random.story.log.lines.back();
  const auto at = random.story.log.lines.size() - 1;
  const auto pick = std::uniform_int_distribution<int>(0, 5)(dice);
  bool changed = false;
  const auto edit = [&](auto& b) {
    if (pick == 0 && b.reasons.size() > 1) b.reasons.pop_back(), changed = true;
    if (pick == 1 && std::find(b.reasons.begin(), b.reasons.end(), Reason::identity_conflict) == b.reasons.end())
      b.reasons.push_back(Reason::identity_conflict), changed = true;
    if (pick == 2)
      b.reasons.front() = b.reasons.front() == Reason::minor ? Reason::no_consent : Reason::minor, changed = true;
    if (pick == 3 && b.agreement) b.agreement.reset(), changed = true;
    if (pick == 4 && !b.rules.empty()) b.rules.clear(), changed = true;
    if (pick == 5) b.recipient_built = !b.recipient_built, changed = true;
  };
  if (line.draft.kind == ledger::TransferHeld::kind) random.story.log.edit<ledger::TransferHeld>(at, edit);
  if (line.draft.kind == ledger::TransferRefused::kind) random.story.log.edit<ledger::TransferRefused>(at, edit);
  return changed;
}

TEST(ReplayWithFacts, finds_every_single_change) {
  std::mt19937 dice(7);
  int changed = 0;
  for (unsigned seed = 1; seed <= 500; ++seed) {
    RandomDecision random(seed);
    if (!change_one_thing(random, dice)) continue;
    ++changed;
    EXPECT_FALSE(grade_of_last(random.story, &random.premises)) << seed;
  }
  EXPECT_GT(changed, 100);
}

TEST(ReplayWithFacts, finds_other_facts_than_those_decided_on) {
  auto story = ready();
  auto premises = Premises{some_facts(), false, false, true, {}, {}};
  premises.facts.lodged_on = day(2026, 7, 20);
  story.permit(story.main_tx, 1);
  ASSERT_TRUE(grade_of_last(story, &premises)) << grade_of_last(story, &premises).error().message;
  premises.facts.lodged_on = day(2026, 7, 25);
  const auto too_early = grade_of_last(story, &premises);
  ASSERT_FALSE(too_early);
  EXPECT_NE(too_early.error().message.find("invariant 5"), std::string::npos);
  premises.facts.lodged_on = day(2026, 7, 19);
  const auto other_day = grade_of_last(story, &premises);
  ASSERT_FALSE(other_day);
  EXPECT_NE(other_day.error().message.find("notBefore"), std::string::npos);
}

TEST(ReplayWithFacts, finds_a_permit_that_its_facts_do_not_give) {
  auto story = ready();
  auto premises = Premises{some_facts(), false, false, true, {}, {}};
  premises.facts.lodged_on = day(2026, 7, 20);
  story.permit(story.main_tx, 1);
  ASSERT_TRUE(grade_of_last(story, &premises));
  premises.facts.as_of = day(2026, 11, 1);
  const auto stale = grade_of_last(story, &premises);
  ASSERT_FALSE(stale);
  EXPECT_NE(stale.error().message.find("not permitted: procedure-stale"), std::string::npos) << stale.error().message;
}

TEST(ReplayWithFacts, finds_a_permit_on_another_ground_than_its_facts_give) {
  using Permit = ledger::TransferPermitted;
  auto story = ready();
  auto premises = Premises{some_facts(), false, false, true, {}, {}};
  premises.facts.lodged_on = day(2026, 7, 20);
  const auto at = story.permit(story.main_tx, 1);
  const auto agreement = story.agreement;
  const std::vector<std::function<void(Permit&)>> changes = {[&](Permit& b) { b.agreement = agreement + 1; },
                                                             [&](Permit& b) { b.purpose_seq = agreement; },
                                                             [](Permit& b) { b.consent.reset(); },
                                                             [](Permit& b) { b.rules.clear(); },
                                                             [](Permit& b) { b.recipient_body = "0421722346"; },
                                                             [](Permit& b) { b.basis = "GDPR art. 6(1)(a)"; },
                                                             [](Permit& b) { b.categories = CategorySet::all(); }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    auto changed = story;
    changed.log.edit<Permit>(at, changes[i]);
    const auto grade = grade_of_last(changed, &premises);
    ASSERT_FALSE(grade) << i;
    EXPECT_NE(grade.error().message.find("another ground"), std::string::npos) << grade.error().message;
  }
}

TEST(ReplayWithFacts, what_is_given_up_names_what_gave_cause_and_then_what_stood_against_it) {
  const Premises fine{some_facts(), false, false, true, {}, {}};
  auto lacking = fine;
  lacking.facts.documents.clear();
  const auto grade = [](const Reasons& reasons, const Premises& premises, Story story = with_newer_record()) {
    cancel(story, reasons);
    return grade_of_last(story, &premises).has_value();
  };
  EXPECT_TRUE(grade({Reason::superseded}, fine));
  EXPECT_TRUE(grade({Reason::superseded, Reason::document_missing}, lacking));
  EXPECT_FALSE(grade({Reason::superseded}, lacking)) << "it stood against it";
  EXPECT_FALSE(grade({Reason::superseded, Reason::document_missing}, fine)) << "it did not";
  EXPECT_FALSE(grade({Reason::superseded}, fine, ready())) << "nothing newer came";
  auto refused = with_newer_record();
  refuse(refused, {Reason::superseded});
  EXPECT_FALSE(grade_of_last(refused, &fine)) << "what is given up is cancelled";
}

TEST(ReplayWithFacts, believes_what_the_mapping_said_only_when_it_is_sealed) {
  auto story = ready();
  hold(story, {Reason::mapping_failed});
  Premises premises{some_facts(), false, false, true, Reason::mapping_failed, {}};
  EXPECT_TRUE(grade_of_last(story, &premises));
  premises.translation = Reason::schema_invalid;
  EXPECT_FALSE(grade_of_last(story, &premises));
  premises.translation.reset();
  EXPECT_FALSE(grade_of_last(story, &premises));
}

TEST(ReplayWithFacts, unseals_what_it_can) {
  auto story = ready();
  hold(story, {Reason::document_missing});
  Premises premises{some_facts(), false, false, true, {}, {}};
  premises.facts.documents.clear();
  const auto run = [&](Replay replay) {
    History history;
    for (const auto& line : story.log.encode()) {
      const auto entry = *ledger::decode_entry(line);
      EXPECT_TRUE(replay.check(history, entry));
      EXPECT_TRUE(history.apply(entry));
    }
    return replay.tally();
  };
  EXPECT_EQ(run(Replay([&](const ledger::Entry&) { return encode(premises); })).replayed, 1U);
  EXPECT_EQ(run(Replay([](const ledger::Entry&) { return std::nullopt; })).sealed, 1U);
}

// As policy decides on a recipient that nobody built: no agreement, and no purpose registered for it.
TEST(Replay, of_a_recipient_that_is_not_built_names_the_agreement_alone) {
  Story story;
  story.log.add(ledger::LedgerOpened{"example.org/log", "ketenpoort 0.1.0",
                                     "example.org/log+5e2cef00+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs"});
  story.received = story.log.add(story.record_body(), {}, story.subject);
  story.request(story.main_tx);
  auto right = story;
  refuse(right, {Reason::no_agreement});
  const auto grade = grade_of_last(right);
  EXPECT_TRUE(grade) << grade.error().message;
  auto wrong = story;
  refuse(wrong, {Reason::no_agreement, Reason::purpose_not_covered});
  EXPECT_FALSE(grade_of_last(wrong));
}

}  // namespace
}  // namespace ketenpoort::policy
