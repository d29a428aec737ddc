#include "gateway/policy/legal_dates.hpp"

#include <gmock/gmock.h>

#include "tests/unit/policy/builders.hpp"

namespace ketenpoort::policy::test {
namespace {

const Date today = day("2026-11-24");

// An applicant who lodged on a day and holds one card that is good for ever.
Facts lodged(std::string_view on) {
  auto facts = an_applicant();
  facts.lodged_on = day(on);
  facts.documents = {{"AI_MODEL_A", {}, {}, "UNLIMITED"}};
  return facts;
}

struct Term {
  const char* lodged_on;
  const char* first_lawful;
};
class WaitingTime : public ::testing::TestWithParam<Term> {};

TEST_P(WaitingTime, ends_on_the_same_day_of_the_month_or_its_last) {
  const auto facts = lodged(GetParam().lodged_on);
  const auto first = day(GetParam().first_lawful);
  const auto before = find_access(labour_rule(), facts, add_days(first, -1));
  EXPECT_EQ(before.missing, Reason::too_early);
  EXPECT_EQ(before.first_lawful, first);
  const auto on_the_day = find_access(labour_rule(), facts, first);
  EXPECT_TRUE(on_the_day.granted());
  EXPECT_EQ(on_the_day.basis, AccessBasis::time);
  EXPECT_EQ(on_the_day.since, first);
}

INSTANTIATE_TEST_SUITE_P(Months, WaitingTime,
                         ::testing::Values(Term{"2026-04-14", "2026-08-14"}, Term{"2026-07-31", "2026-11-30"},
                                           Term{"2025-10-31", "2026-02-28"}, Term{"2027-10-29", "2028-02-29"},
                                           Term{"2027-10-31", "2028-02-29"}, Term{"2028-02-29", "2028-06-29"},
                                           Term{"2026-08-31", "2026-12-31"}, Term{"2026-09-01", "2027-01-01"},
                                           Term{"2026-12-31", "2027-04-30"}));

class GrantedStatus : public ::testing::TestWithParam<std::string> {};

TEST_P(GrantedStatus, gives_access_whatever_else_is_missing) {
  Facts facts;
  facts.status = GetParam();
  facts.track = "ACCELERATED";
  facts.refusal_notified_on = day("2026-01-01");
  for (const auto& rule : {labour_rule(), civic_rule_of_2016(), civic_rule_of_2022()}) {
    const auto access = find_access(rule, facts, today);
    EXPECT_TRUE(access.granted()) << rule.id;
    EXPECT_EQ(access.basis, AccessBasis::status);
    EXPECT_EQ(access.since, std::nullopt);
    EXPECT_EQ(access.first_lawful, std::nullopt);
  }
  facts.status_granted_on = day("2026-10-30");
  EXPECT_EQ(find_access(labour_rule(), facts, today).since, day("2026-10-30"));
}

INSTANTIATE_TEST_SUITE_P(Statuses, GrantedStatus, ::testing::ValuesIn(protected_statuses()));

std::optional<Reason> labour_missing(const Facts& facts, Date on = today) {
  return find_access(labour_rule(), facts, on).missing;
}

TEST(LabourMarket, is_closed_to_who_never_lodged) {
  auto facts = an_applicant();
  facts.lodged_on.reset();
  EXPECT_EQ(labour_missing(facts), Reason::not_in_target_group);
}

TEST(LabourMarket, is_closed_on_the_accelerated_track_and_after_a_final_refusal) {
  auto facts = an_applicant();
  facts.track = "ACCELERATED";
  EXPECT_EQ(labour_missing(facts), Reason::not_in_target_group);
  facts = an_applicant();
  facts.status = "REFUSED_FINAL";
  EXPECT_EQ(labour_missing(facts), Reason::not_in_target_group);
  facts = an_applicant();
  facts.track = "SUBSEQUENT";
  EXPECT_EQ(labour_missing(facts), std::nullopt);
}

TEST(LabourMarket, a_refusal_closes_it_only_when_notified_before_the_waiting_time_ended) {
  auto facts = an_applicant();
  facts.status = "APPEAL_CALL";
  facts.refusal_notified_on = day("2026-08-13");
  EXPECT_EQ(labour_missing(facts), Reason::not_in_target_group);
  facts.refusal_notified_on = day("2026-08-14");
  EXPECT_EQ(labour_missing(facts), std::nullopt);
}

TEST(LabourMarket, an_early_refusal_closes_it_even_while_it_is_too_early) {
  auto facts = lodged("2026-09-01");
  facts.refusal_notified_on = day("2026-10-01");
  EXPECT_EQ(labour_missing(facts), Reason::not_in_target_group);
}

TEST(LabourMarket, time_goes_before_documents) {
  auto facts = lodged("2026-09-01");
  facts.documents.clear();
  EXPECT_EQ(labour_missing(facts), Reason::too_early);
}

TEST(LabourMarket, needs_a_card_that_is_valid_on_the_day) {
  auto facts = an_applicant();
  EXPECT_EQ(labour_missing(facts, day("2027-04-14")), std::nullopt);
  EXPECT_EQ(labour_missing(facts, day("2027-04-15")), Reason::document_missing);
  facts.documents = {{"ANNEX_26", day("2026-04-14"), {}, "UNLIMITED"}};
  EXPECT_EQ(labour_missing(facts), Reason::document_missing);
}

TEST(LabourMarket, a_card_that_still_says_no_was_not_renewed) {
  auto facts = an_applicant();
  facts.documents = {{"AI_MODEL_A", day("2026-08-01"), day("2026-12-01"), "NO"}};
  EXPECT_EQ(labour_missing(facts), Reason::card_not_renewed);
  facts.documents.push_back({"AI_MODEL_A", day("2026-11-24"), {}, "LIMITED"});
  EXPECT_EQ(labour_missing(facts), std::nullopt);
  facts.documents = {{"AI_MODEL_A", {}, {}, ""}};
  EXPECT_EQ(labour_missing(facts), std::nullopt);
}

TEST(LabourMarket, on_the_last_day_of_the_first_card_its_renewal_counts) {
  EXPECT_EQ(labour_missing(an_applicant(), day("2026-08-14")), std::nullopt);
  EXPECT_EQ(labour_missing(an_applicant(), day("2026-08-13")), Reason::too_early);
}

TEST(CivicIntegration, took_applicants_after_four_months_until_the_end_of_february_2022) {
  const auto facts = lodged("2021-10-15");
  const auto early = find_access(civic_rule_of_2016(), facts, day("2022-02-14"));
  EXPECT_EQ(early.missing, Reason::too_early);
  EXPECT_EQ(early.first_lawful, day("2022-02-15"));
  EXPECT_TRUE(find_access(civic_rule_of_2016(), facts, day("2022-02-15")).granted());
  EXPECT_TRUE(find_access(civic_rule_of_2016(), facts, day("2022-02-28")).granted());
}

TEST(CivicIntegration, takes_no_applicants_since) {
  const auto access = find_access(civic_rule_of_2022(), lodged("2021-10-15"), day("2022-03-01"));
  EXPECT_EQ(access.missing, Reason::not_in_target_group);
  EXPECT_EQ(access.first_lawful, std::nullopt);
}

TEST(CivicIntegration, took_nobody_who_was_refused_for_good_or_never_lodged) {
  auto facts = lodged("2021-01-01");
  facts.status = "REFUSED_FINAL";
  EXPECT_EQ(find_access(civic_rule_of_2016(), facts, day("2022-02-01")).missing, Reason::not_in_target_group);
  facts = lodged("2021-01-01");
  facts.lodged_on.reset();
  EXPECT_EQ(find_access(civic_rule_of_2016(), facts, day("2022-02-01")).missing, Reason::not_in_target_group);
}

TEST(Handover, needs_a_status_and_the_municipality_the_resident_chose) {
  EXPECT_TRUE(find_access(handover_rule(), a_refugee(), today).granted());
  auto facts = a_refugee();
  facts.handover_municipality.clear();
  EXPECT_EQ(find_access(handover_rule(), facts, today).missing, Reason::document_missing);
  facts = an_applicant();
  facts.handover_municipality = "34022";
  EXPECT_EQ(find_access(handover_rule(), facts, today).missing, Reason::document_missing);
}

TEST(FindAccess, an_algorithm_that_does_not_exist_is_a_broken_start) {
  auto rule = labour_rule();
  rule.algorithm = "guess";
  EXPECT_THROW(find_access(rule, an_applicant(), today), std::logic_error);
}

TEST(Derive, passes_on_conclusions) {
  const auto rule = labour_rule();
  const auto derived = derive(an_applicant(), &rule, today);
  ASSERT_TRUE(derived.labour_access);
  EXPECT_EQ(to_text(derived.labour_access->basis), "TIME");
  EXPECT_EQ(derived.labour_access->since, day("2026-08-14"));
  EXPECT_EQ(derived.age, 45);
  EXPECT_FALSE(derived.minor);
  EXPECT_EQ(to_text(derive(a_refugee(), &rule, today).labour_access->basis), "STATUS");
  auto minor = an_applicant();
  minor.birth = IncompleteDate{2010, 10, 2};
  EXPECT_TRUE(derive(minor, &rule, today).minor);
}

TEST(Derive, says_nothing_of_an_access_that_is_not_there) {
  const auto rule = labour_rule();
  EXPECT_FALSE(derive(lodged("2026-09-01"), &rule, today).labour_access);
  EXPECT_FALSE(derive(a_refugee(), nullptr, today).labour_access);
}

TEST(Derive, gives_an_age_only_when_there_is_one_answer) {
  auto facts = an_applicant();
  facts.birth = IncompleteDate{1990, 0, 0};
  EXPECT_EQ(derive(facts, nullptr, today).age, std::nullopt);
  EXPECT_EQ(derive(facts, nullptr, day("2026-12-31")).age, 36);
  facts.birth = IncompleteDate{1990, 5, 0};
  EXPECT_EQ(derive(facts, nullptr, today).age, 36);
}

}  // namespace
}  // namespace ketenpoort::policy::test
