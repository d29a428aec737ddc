#include "gateway/policy/decide_outcome.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/log_story.hpp"

namespace ketenpoort::policy {
namespace {

using ledger::test::day;
using ledger::test::Story;
using testing::ElementsAre;
using testing::IsEmpty;

const Date on = day(2026, 11, 24);

// A log in which everything is as it should be, changed where a test needs it.
class WayBack : public testing::Test {
 protected:
  WayBack() {
    story_.open();
    purpose_.id = follow_up;
    purpose_.recipient = follow_up_recipient;
    purpose_.basis_sender = purpose_.basis_recipient = "law";
    purpose_.required = {Category::outcome};
    purpose_.valid_from = day(2026, 1, 1);
    agreement_ = Story::agreement_value();
    agreement_.id = "back";
    agreement_.direction = "back";
    agreement_.recipient = "vdab";
    agreement_.purposes = {std::string(follow_up)};
    agreement_.categories = {Category::outcome};
    agreement_.valid_from = day(2026, 1, 1);
    agreement_.valid_until.reset();
  }

  // Once a test: the log as it was arranged.
  void replay() {
    if (with_purpose_) story_.log.add(ledger::PurposeRegistered{purpose_});
    if (with_agreement_) agreement_seq_ = story_.log.add(ledger::AgreementRegistered{agreement_, {}});
    for (const auto& one : more_agreements_) story_.log.add(ledger::AgreementRegistered{one, {}});
    if (with_consent_) {
      auto given = story_.statement_body<ledger::ConsentGiven>(story_.consent_id);
      given.purpose = follow_up;
      given.recipient = follow_up_recipient;
      given.categories = consent_categories_;
      given.valid_until = consent_until_;
      const auto seq = story_.log.add(given, {}, story_.subject);
      if (withdrawn_)
        story_.log.add(ledger::ConsentWithdrawn{given.consent, given.purpose, given.recipient, given.categories, true},
                       {seq}, story_.subject);
    }
    if (refused_) {
      auto refused = story_.statement_body<ledger::ConsentRefused>(ledger::test::numbered_id(301));
      refused.purpose = follow_up;
      refused.recipient = follow_up_recipient;
      refused.categories = {Category::outcome};
      story_.log.add(refused, {}, story_.subject);
    }
    if (restricted_) story_.log.add(ledger::SubjectRestricted{}, {}, story_.subject);
    const auto replayed = story_.log.replay(history_);
    ASSERT_TRUE(replayed) << replayed.error().message;
  }

  std::vector<Reason> reasons(std::string_view status = "INVITED", std::string_view kind = "REGISTRATION") {
    if (history_.size() == 0) replay();
    return decide_outcome(history_, {story_.subject, "vdab", status, kind, on}).reasons;
  }

  Date consent_until_ = day(2027, 1, 1);
  CategorySet consent_categories_{Category::outcome};
  std::vector<Agreement> more_agreements_;
  ledger::Seq agreement_seq_ = 0;
  ledger::History history_;
  Story story_;
  Purpose purpose_;
  Agreement agreement_;
  bool with_purpose_ = true;
  bool with_agreement_ = true;
  bool with_consent_ = true;
  bool withdrawn_ = false;
  bool refused_ = false;
  bool restricted_ = false;
};

TEST_F(WayBack, what_is_covered_is_taken) {
  EXPECT_THAT(reasons(), IsEmpty());
  const auto decision = decide_outcome(history_, {story_.subject, "vdab", "INVITED", "TRAINING", on});
  EXPECT_TRUE(decision.taken());
  EXPECT_TRUE(decision.agreement && decision.consent);
}

TEST_F(WayBack, only_five_statuses_come_back_by_name) {
  for (const auto* status : {"ACCEPTED", "COMPLETED", "STOPPED"})
    EXPECT_THAT(reasons(status, "TRAINING"), ElementsAre(Reason::category_not_covered)) << status;
  for (const auto* kind : {"EMPLOYMENT", "TEST"})
    EXPECT_THAT(reasons("STARTED", kind), ElementsAre(Reason::category_not_covered)) << kind;
  for (const auto* status : {"REGISTERED", "INVITED", "STARTED", "NO_SHOW", "DECLINED"})
    EXPECT_THAT(reasons(status, "TRAINING"), IsEmpty()) << status;
}

// What could cost a resident their place may be counted where the rest of the ground stands, and only there.
TEST_F(WayBack, what_does_not_come_by_name_is_a_figure_when_nothing_else_is_wrong) {
  const auto is_figure = [&](std::string_view status, std::string_view kind) {
    if (history_.size() == 0) replay();
    return decide_outcome(history_, {story_.subject, "vdab", status, kind, on}).only_as_figure;
  };
  EXPECT_TRUE(is_figure("STARTED", "EMPLOYMENT"));
  EXPECT_TRUE(is_figure("COMPLETED", "TEST"));
  EXPECT_TRUE(is_figure("STOPPED", "TRAINING"));
  EXPECT_FALSE(is_figure("INVITED", "REGISTRATION"));
}

TEST_F(WayBack, without_consent_or_with_an_expired_one_it_is_no_figure_either) {
  consent_until_ = day(2026, 11, 23);
  replay();
  EXPECT_FALSE(decide_outcome(history_, {story_.subject, "vdab", "STARTED", "EMPLOYMENT", on}).only_as_figure);
  EXPECT_FALSE(decide_outcome(history_, {story_.other, "vdab", "STARTED", "EMPLOYMENT", on}).only_as_figure);
}

TEST_F(WayBack, without_an_agreement_it_is_no_figure_either) {
  with_agreement_ = false;
  replay();
  EXPECT_FALSE(decide_outcome(history_, {story_.subject, "vdab", "STARTED", "EMPLOYMENT", on}).only_as_figure);
}

TEST_F(WayBack, needs_an_agreement_of_its_own) {
  with_agreement_ = false;
  EXPECT_THAT(reasons(), ElementsAre(Reason::no_agreement));
}

TEST_F(WayBack, one_that_goes_out_or_is_with_another_grounds_nothing) {
  agreement_.recipient = "agii";
  EXPECT_THAT(reasons(), ElementsAre(Reason::no_agreement));
}

TEST_F(WayBack, one_that_has_ended_says_so) {
  agreement_.valid_until = day(2026, 11, 23);
  EXPECT_THAT(reasons(), ElementsAre(Reason::agreement_not_in_force));
}

TEST_F(WayBack, one_counts_from_its_first_to_its_last_day) {
  agreement_.valid_from = on;
  agreement_.valid_until = on;
  EXPECT_THAT(reasons(), IsEmpty());
}

TEST_F(WayBack, one_that_is_not_yet_in_force_says_so) {
  agreement_.valid_from = day(2026, 11, 25);
  EXPECT_THAT(reasons(), ElementsAre(Reason::agreement_not_in_force));
}

TEST_F(WayBack, one_for_something_else_covers_neither_purpose_nor_category) {
  agreement_.purposes = {"work-guidance"};
  agreement_.categories = {Category::skills};
  EXPECT_THAT(reasons(), ElementsAre(Reason::purpose_not_covered, Reason::category_not_covered));
}

TEST_F(WayBack, the_one_that_lacks_least_is_the_ground_and_of_equals_the_last) {
  auto ended = agreement_;
  ended.id = "ended";
  ended.valid_until = day(2026, 11, 23);
  more_agreements_ = {ended};
  replay();
  EXPECT_EQ(decide_outcome(history_, {story_.subject, "vdab", "INVITED", "TRAINING", on}).agreement, agreement_seq_);
  ledger::History longer;
  auto again = agreement_;
  again.id = "again";
  const auto last = story_.log.add(ledger::AgreementRegistered{again, {}});
  ASSERT_TRUE(story_.log.replay(longer));
  EXPECT_EQ(decide_outcome(longer, {story_.subject, "vdab", "INVITED", "TRAINING", on}).agreement, last);
}

TEST_F(WayBack, one_that_was_ended_is_none) {
  replay();
  ledger::History later;
  story_.log.add(ledger::AgreementEnded{agreement_seq_}, {agreement_seq_});
  ASSERT_TRUE(story_.log.replay(later));
  const auto decision = decide_outcome(later, {story_.subject, "vdab", "INVITED", "TRAINING", on});
  EXPECT_THAT(decision.reasons, ElementsAre(Reason::no_agreement));
}

TEST_F(WayBack, nothing_comes_back_about_whose_data_were_restricted) {
  restricted_ = true;
  EXPECT_THAT(reasons(), ElementsAre(Reason::subject_restricted));
}

TEST_F(WayBack, nothing_comes_back_about_whose_data_were_erased) {
  replay();
  ledger::History later;
  story_.log.add(ledger::SubjectErased{}, {}, story_.subject);
  ASSERT_TRUE(story_.log.replay(later));
  const auto decision = decide_outcome(later, {story_.subject, "vdab", "INVITED", "TRAINING", on});
  EXPECT_THAT(decision.reasons, testing::Contains(Reason::subject_erased));
}

TEST_F(WayBack, a_consent_that_was_withdrawn_is_none) {
  withdrawn_ = true;
  EXPECT_THAT(reasons(), ElementsAre(Reason::consent_withdrawn));
}

TEST_F(WayBack, a_consent_that_was_refused_is_none) {
  with_consent_ = false;
  refused_ = true;
  EXPECT_THAT(reasons(), ElementsAre(Reason::consent_refused));
}

TEST_F(WayBack, a_consent_that_does_not_name_outcomes_covers_none) {
  consent_categories_ = {Category::skills};
  EXPECT_THAT(reasons(), ElementsAre(Reason::category_not_covered));
}

TEST_F(WayBack, a_consent_counts_on_its_last_day) {
  consent_until_ = on;
  EXPECT_THAT(reasons(), IsEmpty());
}

TEST_F(WayBack, asks_no_consent_where_the_purpose_asks_none) {
  purpose_.consent_required = false;
  with_consent_ = false;
  EXPECT_THAT(reasons(), IsEmpty());
}

TEST_F(WayBack, needs_the_residents_consent) {
  with_consent_ = false;
  EXPECT_THAT(reasons(), ElementsAre(Reason::no_consent));
}

TEST_F(WayBack, a_consent_that_has_expired_is_none) {
  consent_until_ = day(2026, 11, 23);
  EXPECT_THAT(reasons(), ElementsAre(Reason::consent_expired));
}

TEST_F(WayBack, needs_a_purpose_that_is_registered) {
  with_purpose_ = false;
  with_consent_ = false;
  EXPECT_THAT(reasons(), ElementsAre(Reason::purpose_not_covered));
}

TEST_F(WayBack, tells_every_reason) {
  with_agreement_ = with_consent_ = false;
  EXPECT_THAT(reasons("STOPPED"), ElementsAre(Reason::no_agreement, Reason::category_not_covered, Reason::no_consent));
}

}  // namespace
}  // namespace ketenpoort::policy
