#include "gateway/policy/decide.hpp"

#include <gmock/gmock.h>

#include <functional>

#include "gateway/ledger/history/history.hpp"
#include "tests/support/log_story.hpp"
#include "tests/unit/policy/builders.hpp"

namespace ketenpoort::policy::test {
namespace {

using ledger::test::numbered_id;
using ledger::test::subject_number;
using Outcome = Decision::Outcome;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const SubjectRef subject = subject_number(1);

// A log with two purposes, their rules and agreements, and a consent of the subject for each.
class Decide : public ::testing::Test {
 protected:
  Decide() {
    work.id = "work-guidance";
    work.recipient = "vdab";
    work.basis_sender = "GDPR art. 6(1)(e)";
    work.basis_recipient = "decree";
    work.required = {Category::identity_core, Category::contact};
    work.optional = {Category::skills, Category::wishes, Category::case_note};
    work.rule = "labour-market-access";
    work.valid_from = day("2020-01-01");

    course = work;
    course.id = "language-course";
    course.recipient = "agii";
    course.minors_allowed = true;
    course.rule.clear();

    vdab.id = "vdab";
    vdab.type = "art20-protocol";
    vdab.direction = "out";
    vdab.controller = "0860737913";
    vdab.recipient = "vdab";
    vdab.recipient_body = "0887010362";
    vdab.purposes = {"work-guidance"};
    vdab.categories = {Category::identity_core, Category::contact, Category::skills, Category::wishes};
    vdab.centres = {"POE", "KAP"};
    vdab.regions = {"VLA"};
    vdab.valid_from = day("2026-01-01");
    vdab.valid_until = day("2026-12-31");

    agii = vdab;
    agii.id = "agii";
    agii.recipient = "agii";
    agii.recipient_body = "0543307391";
    agii.purposes = {"language-course"};
    agii.centres.clear();

    work_consent.purpose = "work-guidance";
    work_consent.recipient = "vdab";
    work_consent.categories = {Category::identity_core, Category::contact, Category::skills};
    work_consent.valid_until = day("2027-11-23");
    course_consent = work_consent;
    course_consent.purpose = "language-course";
    course_consent.recipient = "agii";
  }

  [[nodiscard]] static Question about(const Facts& facts, std::string_view recipient = "vdab") {
    Question question;
    question.subject = subject;
    question.recipient = recipient;
    question.purpose = recipient == "vdab" ? "work-guidance" : "language-course";
    question.facts = &facts;
    question.on = day("2026-11-24");
    return question;
  }

  // The log as far as a test wants it; what it changed before is in it.
  [[nodiscard]] ledger::test::Log log() const {
    ledger::test::Log log;
    log.add(ledger::LedgerOpened{"example.org/log", "ketenpoort 0.1.0",
                                 "example.org/log+5e2cef00+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs"});
    log.add(ledger::PurposeRegistered{work});
    log.add(ledger::PurposeRegistered{course});
    log.add(ledger::RuleRegistered{rule, "text"});
    log.add(ledger::AgreementRegistered{vdab, {}});
    log.add(ledger::AgreementRegistered{agii, {}});
    return log;
  }
  void give(ledger::test::Log& log) const {
    add<ledger::ConsentGiven>(log, work_consent, 10);
    add<ledger::ConsentGiven>(log, course_consent, 11);
  }
  template <class Kind>
  static ledger::Seq add(ledger::test::Log& log, const ledger::ConsentStatement& statement, std::uint64_t id) {
    Kind body;
    static_cast<ledger::ConsentStatement&>(body) = statement;
    body.consent = numbered_id(id);
    body.conversation = numbered_id(id + 100);
    body.notice = {"chain-cooperation", "1.0", "ara", {}};
    body.explained = {"HEARD", "PHONE", "SOCIAL"};
    body.expressed = {"PAPER", day("2026-11-20")};
    return log.add(body, {}, subject);
  }
  static Decision decide_on(const ledger::test::Log& log, const Question& question) {
    ledger::History history;
    const auto replayed = log.replay(history);
    EXPECT_TRUE(replayed) << replayed.error().message;
    return decide(history, question);
  }
  [[nodiscard]] Decision decide_with_consent(const Question& question) const {
    auto full = log();
    give(full);
    return decide_on(full, question);
  }

  Purpose work, course;
  Agreement vdab, agii;
  Rule rule = labour_rule();
  ledger::ConsentStatement work_consent, course_consent;
  Facts facts = an_applicant();
};

void expect(const Decision& decision, Outcome outcome, const std::vector<Reason>& reasons) {
  EXPECT_EQ(to_text(decision.outcome), to_text(outcome));
  std::vector<std::string_view> are, should;
  for (const auto reason : decision.reasons) are.push_back(to_text(reason));
  for (const auto reason : reasons) should.push_back(to_text(reason));
  EXPECT_EQ(are, should);
}

TEST_F(Decide, permits_what_law_agreement_and_consent_cover) {
  const auto decision = decide_with_consent(about(facts));
  expect(decision, Outcome::permit, {});
  EXPECT_EQ(decision.categories, work_consent.categories);
  EXPECT_EQ(decision.purpose, 1U);
  EXPECT_THAT(decision.rules, ElementsAre(3U));
  EXPECT_EQ(decision.agreement, 4U);
  EXPECT_EQ(decision.consent, 6U);
  EXPECT_EQ(decision.basis, "GDPR art. 6(1)(e)");
  EXPECT_EQ(decision.recipient_body, "0887010362");
  EXPECT_EQ(decision.not_before, day("2026-08-14"));
  EXPECT_EQ(decision.held_until, std::nullopt);
}

TEST_F(Decide, the_same_question_has_the_same_answer) {
  EXPECT_EQ(decide_with_consent(about(facts)), decide_with_consent(about(facts)));
}

TEST_F(Decide, sends_no_category_outside_purpose_agreement_or_consent) {
  work_consent.categories = CategorySet::all();
  const auto decision = decide_with_consent(about(facts));
  EXPECT_EQ(decision.categories, vdab.categories);
  vdab.categories = CategorySet::all();
  EXPECT_EQ(decide_with_consent(about(facts)).categories, work.allowed());
}

TEST_F(Decide, without_consent_holds_and_may_send_nothing) {
  const auto decision = decide_on(log(), about(facts));
  expect(decision, Outcome::hold, {Reason::no_consent});
  EXPECT_THAT(decision.categories.list(), IsEmpty());
}

TEST_F(Decide, a_refused_consent_refuses) {
  auto full = log();
  add<ledger::ConsentRefused>(full, work_consent, 10);
  expect(decide_on(full, about(facts)), Outcome::refuse, {Reason::consent_refused});
}

TEST_F(Decide, a_withdrawn_consent_refuses) {
  auto full = log();
  const auto given = add<ledger::ConsentGiven>(full, work_consent, 10);
  full.add(ledger::ConsentWithdrawn{numbered_id(10), "work-guidance", "vdab", work_consent.categories, true}, {given},
           subject);
  expect(decide_on(full, about(facts)), Outcome::refuse, {Reason::consent_withdrawn});
}

TEST_F(Decide, a_consent_counts_on_its_last_day_and_is_expired_the_next) {
  work_consent.valid_until = day("2026-11-24");
  expect(decide_with_consent(about(facts)), Outcome::permit, {});
  work_consent.valid_until = day("2026-11-23");
  expect(decide_with_consent(about(facts)), Outcome::hold, {Reason::consent_expired});
}

TEST_F(Decide, a_consent_without_a_required_category_is_not_enough) {
  work_consent.categories.erase(Category::contact);
  expect(decide_with_consent(about(facts)), Outcome::refuse, {Reason::category_not_covered});
}

TEST_F(Decide, consent_is_not_asked_where_the_purpose_needs_none) {
  work.consent_required = false;
  const auto decision = decide_on(log(), about(facts));
  expect(decision, Outcome::permit, {});
  EXPECT_EQ(decision.consent, std::nullopt);
  EXPECT_EQ(decision.categories, vdab.categories);
}

TEST_F(Decide, too_early_holds_until_the_first_lawful_day) {
  facts.lodged_on = day("2026-09-01");
  const auto decision = decide_with_consent(about(facts));
  expect(decision, Outcome::hold, {Reason::too_early});
  EXPECT_EQ(decision.held_until, day("2027-01-01"));
  EXPECT_EQ(decision.not_before, day("2027-01-01"));
}

TEST_F(Decide, facts_are_good_for_seven_days) {
  facts.as_of = day("2026-11-17");
  expect(decide_with_consent(about(facts)), Outcome::permit, {});
  facts.as_of = day("2026-11-16");
  expect(decide_with_consent(about(facts)), Outcome::hold, {Reason::procedure_stale});
  expect(decide_with_consent(about(facts, "agii")), Outcome::hold, {Reason::procedure_stale});
  rule.facts_max_age_days = 8;
  expect(decide_with_consent(about(facts)), Outcome::permit, {});
}

TEST_F(Decide, an_ended_stay_cancels) {
  facts.stay_until = day("2026-11-20");
  facts.stay_end_reason = "LEFT";
  expect(decide_with_consent(about(facts)), Outcome::cancel, {Reason::stay_ended});
}

TEST_F(Decide, a_message_that_needs_an_ssin_waits_for_it) {
  facts.has_ssin = false;
  auto question = about(facts, "agii");
  expect(decide_with_consent(question), Outcome::permit, {});
  question.needs_ssin = true;
  expect(decide_with_consent(question), Outcome::hold, {Reason::identifier_missing});
}

TEST_F(Decide, a_conflict_of_identities_waits_for_a_person) {
  auto question = about(facts);
  question.identity_conflict = true;
  expect(decide_with_consent(question), Outcome::hold, {Reason::identity_conflict});
}

TEST_F(Decide, minors_are_refused_where_the_purpose_is_off_for_them) {
  facts.birth = IncompleteDate{2009, 10, 19};
  facts.representative = Representative{"VOOGD", {}, {}};
  expect(decide_with_consent(about(facts)), Outcome::refuse, {Reason::minor});
}

TEST_F(Decide, a_minor_does_not_consent_alone_nor_a_guardian_for_an_adult) {
  facts.representative = Representative{"VOOGD", {}, {}};
  facts.birth = IncompleteDate{2009, 10, 19};
  const auto question = about(facts, "agii");
  expect(decide_with_consent(question), Outcome::hold, {Reason::representative_missing});
  course_consent.representative = Digest{};
  expect(decide_with_consent(question), Outcome::permit, {});
  facts.birth = IncompleteDate{2008, 11, 24};  // eighteen today
  expect(decide_with_consent(question), Outcome::hold, {Reason::representative_lapsed});
  facts.representative->kind = "BEWINDVOERDER";  // an adult under administration
  expect(decide_with_consent(question), Outcome::permit, {});
}

TEST_F(Decide, minors_need_a_representative_in_office) {
  course_consent.representative = Digest{};
  facts.birth = IncompleteDate{2009, 10, 19};
  const auto question = about(facts, "agii");
  expect(decide_with_consent(question), Outcome::hold, {Reason::representative_missing});
  facts.representative = Representative{"VOOGD", day("2026-11-24"), day("2026-11-24")};
  expect(decide_with_consent(question), Outcome::permit, {});
  facts.representative->valid_until = day("2026-11-23");
  expect(decide_with_consent(question), Outcome::hold, {Reason::representative_lapsed});
  facts.representative = Representative{"VOOGD", day("2026-11-25"), {}};
  expect(decide_with_consent(question), Outcome::hold, {Reason::representative_missing});
}

// ---- agreements ----

TEST_F(Decide, without_an_agreement_nothing_goes) {
  auto full = log();
  give(full);
  full.add(ledger::AgreementEnded{4}, {4});
  expect(decide_on(full, about(facts)), Outcome::refuse, {Reason::no_agreement});
}

TEST_F(Decide, a_recipient_that_is_not_built_has_no_agreement) {
  auto question = about(facts);
  question.recipient_built = false;
  const auto decision = decide_with_consent(question);
  expect(decision, Outcome::refuse, {Reason::no_agreement});
  EXPECT_EQ(decision.agreement, std::nullopt);
}

TEST_F(Decide, a_recipient_nobody_knows_has_no_agreement) {
  auto question = about(facts);
  question.recipient = "actiris";
  expect(decide_with_consent(question), Outcome::refuse, {Reason::no_agreement});
}

TEST_F(Decide, an_agreement_counts_from_its_first_to_its_last_day) {
  vdab.valid_from = vdab.valid_until.emplace(day("2026-11-24"));
  expect(decide_with_consent(about(facts)), Outcome::permit, {});
  vdab.valid_from = day("2026-11-25");
  vdab.valid_until.reset();
  expect(decide_with_consent(about(facts)), Outcome::refuse, {Reason::agreement_not_in_force});
  vdab.valid_from = day("2026-01-01");
  vdab.valid_until = day("2026-11-23");
  expect(decide_with_consent(about(facts)), Outcome::refuse, {Reason::agreement_not_in_force});
}

TEST_F(Decide, an_agreement_covers_its_purposes_centres_and_regions_only) {
  facts.centre = "BRO";
  expect(decide_with_consent(about(facts)), Outcome::refuse, {Reason::centre_not_covered});
  facts.region = "WAL";
  expect(decide_with_consent(about(facts)), Outcome::refuse, {Reason::centre_not_covered, Reason::wrong_region});
  vdab.centres.clear();
  expect(decide_with_consent(about(facts)), Outcome::refuse, {Reason::wrong_region});
  facts.region = "VLA";
  vdab.purposes = {"matching"};
  expect(decide_with_consent(about(facts)), Outcome::refuse, {Reason::purpose_not_covered});
}

TEST_F(Decide, an_agreement_must_cover_every_required_category) {
  vdab.categories.erase(Category::contact);
  expect(decide_with_consent(about(facts)), Outcome::refuse, {Reason::category_not_covered});
}

TEST_F(Decide, an_agreement_for_the_way_back_covers_nothing_out) {
  vdab.direction = "back";
  expect(decide_with_consent(about(facts)), Outcome::refuse, {Reason::no_agreement});
}

TEST_F(Decide, the_agreement_that_names_the_municipality_gives_the_legal_person) {
  auto atlas = agii;
  atlas.id = "atlas";
  atlas.recipient_body = "0421722346";
  atlas.municipalities = {"11002"};
  auto full = log();
  give(full);
  full.add(ledger::AgreementRegistered{atlas, {}});
  EXPECT_EQ(decide_on(full, about(facts, "agii")).recipient_body, "0543307391");
  facts.centre_municipality = "11002";
  EXPECT_EQ(decide_on(full, about(facts, "agii")).recipient_body, "0421722346");
}

class HandoverRegion : public Decide, public ::testing::WithParamInterface<std::pair<const char*, bool>> {};

TEST_P(HandoverRegion, is_that_of_the_municipality_the_resident_chose) {
  const auto [municipality, covered] = GetParam();
  vdab.recipient = work.recipient = work_consent.recipient = "municipality";
  work.rule.clear();
  facts.handover_municipality = municipality;
  auto question = about(facts);
  question.recipient = "municipality";
  expect(decide_with_consent(question), covered ? Outcome::permit : Outcome::refuse,
         covered ? std::vector<Reason>{} : std::vector<Reason>{Reason::wrong_region});
}

INSTANTIATE_TEST_SUITE_P(Provinces, HandoverRegion,
                         ::testing::Values(std::pair{"11002", true}, std::pair{"21004", false},
                                           std::pair{"23088", true}, std::pair{"24062", true},
                                           std::pair{"25112", false}, std::pair{"34022", true},
                                           std::pair{"44021", true}, std::pair{"52011", false},
                                           std::pair{"62063", false}, std::pair{"71022", true},
                                           std::pair{"81001", false}, std::pair{"92094", false}));

TEST_F(Decide, an_agreement_that_covers_goes_before_one_that_does_not) {
  auto old = vdab;
  old.id = "old";
  old.valid_until = day("2026-06-30");
  auto full = log();
  give(full);
  full.add(ledger::AgreementRegistered{old, {}});
  EXPECT_EQ(decide_on(full, about(facts)).agreement, 4U);
}

TEST_F(Decide, a_purpose_that_nobody_registered_is_not_covered_whatever_the_agreement_says) {
  work.valid_from = day("2027-01-01");
  const auto decision = decide_with_consent(about(facts));
  expect(decision, Outcome::refuse, {Reason::purpose_not_covered});
  EXPECT_TRUE(decision.categories.empty());
}

TEST_F(Decide, a_body_that_names_municipalities_acts_in_no_other_of_the_region) {
  work.bodies = {{vdab.recipient_body, {"VLA"}, {"11002"}}};
  expect(decide_with_consent(about(facts)), Outcome::refuse, {Reason::wrong_region});
  facts.centre_municipality = "11002";
  expect(decide_with_consent(about(facts)), Outcome::permit, {});
}

TEST_F(Decide, with_nothing_that_all_cover_there_is_nothing_to_send) {
  work.required = {};
  work_consent.categories = {Category::case_note};  // that the agreement does not have
  expect(decide_with_consent(about(facts)), Outcome::refuse, {Reason::nothing_to_send});
}

TEST_F(Decide, a_purpose_without_a_rule_in_force_is_not_covered) {
  rule.valid_from = day("2027-01-01");
  expect(decide_with_consent(about(facts)), Outcome::refuse, {Reason::purpose_not_covered});
}

// ---- subjects ----

TEST_F(Decide, a_restricted_subject_waits_and_an_erased_one_is_refused) {
  auto full = log();
  give(full);
  full.add(ledger::SubjectRestricted{}, {}, subject);
  expect(decide_on(full, about(facts)), Outcome::hold, {Reason::subject_restricted});
  full.add(ledger::SubjectUnrestricted{}, {}, subject);
  expect(decide_on(full, about(facts)), Outcome::permit, {});
  full.add(ledger::SubjectErased{}, {}, subject);
  EXPECT_EQ(decide_on(full, about(facts)).outcome, Outcome::refuse);
  EXPECT_EQ(decide_on(full, about(facts)).reasons.front(), Reason::subject_erased);
}

// ---- order: every reason at once, then one fewer each time; the first that is left decides ----

TEST_F(Decide, lists_all_that_fails_in_order_and_the_first_decides) {
  struct Step {
    Reason reason;
    Outcome outcome;
    std::function<void()> mend;
  };
  auto full_log = [&](bool restricted) {
    auto made = log();
    if (restricted) made.add(ledger::SubjectRestricted{}, {}, subject);
    add<ledger::ConsentGiven>(made, work_consent, 10);
    return made;
  };
  bool restricted = true;
  facts.stay_until = day("2026-11-20");
  facts.has_ssin = false;
  facts.birth = IncompleteDate{2010, 1, 1};
  facts.lodged_on = day("2026-09-01");
  facts.as_of = day("2026-11-01");
  vdab.valid_until = day("2026-06-30");
  work_consent.valid_until = day("2026-11-01");
  work_consent.categories = {Category::identity_core};
  auto question = about(facts);
  question.identity_conflict = question.needs_ssin = true;

  const std::vector<Step> steps{
      {Reason::subject_restricted, Outcome::hold, [&] { restricted = false; }},
      {Reason::stay_ended, Outcome::cancel, [&] { facts.stay_until.reset(); }},
      {Reason::identity_conflict, Outcome::hold, [&] { question.identity_conflict = false; }},
      {Reason::identifier_missing, Outcome::hold, [&] { facts.has_ssin = true; }},
      {Reason::minor, Outcome::refuse,
       [&] {
         facts.birth = IncompleteDate{1990, 1, 1};
       }},
      {Reason::agreement_not_in_force, Outcome::refuse, [&] { vdab.valid_until.reset(); }},
      {Reason::too_early, Outcome::hold, [&] { facts.lodged_on = day("2026-04-14"); }},
      {Reason::procedure_stale, Outcome::hold, [&] { facts.as_of = day("2026-11-24"); }},
      {Reason::consent_expired, Outcome::hold, [&] { work_consent.valid_until = day("2027-11-23"); }},
      {Reason::category_not_covered, Outcome::refuse, [&] { work_consent.categories.insert(Category::contact); }},
  };
  for (std::size_t first = 0; first < steps.size(); ++first) {
    std::vector<Reason> left;
    for (std::size_t i = first; i < steps.size(); ++i) left.push_back(steps[i].reason);
    const auto decision = decide_on(full_log(restricted), question);
    expect(decision, steps[first].outcome, left);
    const bool waits_for_a_date = decision.outcome == Outcome::hold && first <= 6;
    EXPECT_EQ(decision.held_until.has_value(), waits_for_a_date) << first;
    steps[first].mend();
  }
  expect(decide_on(full_log(restricted), question), Outcome::permit, {});
}

}  // namespace
}  // namespace ketenpoort::policy::test
