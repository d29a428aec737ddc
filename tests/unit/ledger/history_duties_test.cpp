// Who has what of a subject, and who must hear of a change (invariant 7).
#include <gtest/gtest.h>

#include "tests/support/rule_breaks.hpp"

namespace ketenpoort::ledger::test {
namespace {

using std::chrono::hours;

class Duties : public testing::Test {
 protected:
  Duties() {
    story.open();
    story.give_consent();
    story.request(story.main_tx);
    permitted = story.permit(story.main_tx, 1);
  }

  void deliver() { story.log.add(TransferDelivered{1, digest_of(6), 201}, {}, story.subject, story.main_tx); }
  Seq withdraw() {
    story.withdraw();
    return story.withdrawn;
  }
  void notify(Seq cause, std::string name = "WITHDRAWAL") {
    story.log.add(RecipientNotified{std::move(name), "vdab", day(2026, 12, 8), story.main_tx}, {cause}, story.subject);
  }
  Seq after(hours time) {
    EntryDraft draft;
    draft.kind = std::string(ClockAnomaly::kind);
    draft.body = encode_body(ClockAnomaly{1});
    return story.log.add(std::move(draft), time);
  }

  void expect_flaw(Seq at) const {
    History history(History::Reader::verifier);
    const auto replayed = story.log.replay(history);
    ASSERT_FALSE(replayed);
    EXPECT_NE(replayed.error().message.find("entry " + std::to_string(at) + ": invariant 7: "), std::string::npos)
        << replayed.error().message;
    EXPECT_EQ(history.size(), at);
  }
  void expect_sound(std::uint64_t open = 0) const {
    History history(History::Reader::verifier);
    const auto replayed = story.log.replay(history);
    ASSERT_TRUE(replayed) << replayed.error().message;
    EXPECT_EQ(history.open_duties(), open);
  }

  Story story;
  Seq permitted = 0;
};

TEST_F(Duties, run_for_72_hours_and_then_the_first_entry_is_the_flaw) {
  deliver();
  withdraw();
  after(hours{71});
  expect_sound(1);
  const Seq late = after(hours{2});
  expect_flaw(late);
  after(hours{1});
  expect_flaw(late);
}

TEST_F(Duties, never_stop_the_gateway_that_is_late) {
  deliver();
  withdraw();
  after(hours{80});
  History history;
  EXPECT_TRUE(story.log.replay(history));
  EXPECT_EQ(history.open_duties(), 1U);
}

TEST_F(Duties, end_when_the_recipient_is_told) {
  deliver();
  notify(withdraw());
  after(hours{80});
  expect_sound();
}

TEST_F(Duties, do_not_end_when_it_is_told_of_something_else) {
  deliver();
  const Seq withdrawn = withdraw();
  notify(withdrawn, "STAY_ENDED");
  notify(withdrawn - 1);
  expect_flaw(after(hours{80}));
}

TEST_F(Duties, arise_of_what_may_have_arrived) {
  story.fail_attempt(story.main_tx, 1, true);
  withdraw();
  expect_flaw(after(hours{80}));
}

TEST_F(Duties, do_not_arise_of_what_cannot_have_arrived) {
  story.fail_attempt(story.main_tx, 1, false);
  withdraw();
  after(hours{80});
  expect_sound();
}

TEST_F(Duties, arise_of_a_permit_whose_end_is_unknown) {
  withdraw();
  expect_flaw(after(hours{80}));
}

TEST_F(Duties, end_when_an_open_permit_turns_out_to_have_sent_nothing) {
  withdraw();
  TransferCancelled cancelled;
  cancelled.reasons = {Reason::consent_withdrawn};
  story.log.add(cancelled, {}, story.subject, story.main_tx);
  after(hours{80});
  expect_sound();
}

TEST_F(Duties, stand_when_an_open_permit_turns_out_to_have_arrived) {
  withdraw();
  deliver();
  expect_flaw(after(hours{80}));
}

TEST_F(Duties, concern_only_what_was_taken_back) {
  deliver();
  const ConsentWithdrawn narrowed{story.consent_id, "work-guidance", "vdab", {Category::wishes}, false};
  story.log.add(narrowed, {story.given}, story.subject);
  expect_sound(1);
}

TEST_F(Duties, do_not_arise_where_the_categories_were_never_sent) {
  story.log.edit<TransferPermitted>(permitted, [](auto& b) { b.categories = Story::required(); });
  deliver();
  const ConsentWithdrawn narrowed{story.consent_id, "work-guidance", "vdab", {Category::wishes}, false};
  story.log.add(narrowed, {story.given}, story.subject);
  story.log.add(SubjectRectified{{Category::skills}, {}}, {}, story.subject);
  after(hours{80});
  expect_sound();
}

TEST_F(Duties, arise_when_a_newer_conversation_gives_less) {
  deliver();
  auto less = story.statement_body<ConsentGiven>(numbered_id(400));
  less.categories = Story::required();
  story.log.add(less, {}, story.subject);
  expect_flaw(after(hours{80}));
}

TEST_F(Duties, do_not_arise_when_a_newer_conversation_gives_as_much) {
  deliver();
  story.log.add(story.statement_body<ConsentGiven>(numbered_id(400)), {}, story.subject);
  after(hours{80});
  expect_sound();
}

TEST_F(Duties, end_with_what_the_recipient_erased) {
  deliver();
  notify(withdraw());
  const Seq notified = story.log.lines.size() - 1;
  story.log.add(RecipientConfirmed{{}, notified, "ERASED"}, {notified}, story.subject);
  story.log.add(SubjectErased{}, {}, story.subject);
  after(hours{80});
  expect_sound();
}

TEST_F(Duties, do_not_end_with_a_late_answer_for_what_was_sent_after_the_question) {
  deliver();
  notify(withdraw());
  const Seq notified = story.log.lines.size() - 1;
  story.consent_id = numbered_id(400);
  story.give_consent();
  const auto again = numbered_id(401);
  story.request(again);
  story.permit(again, 1);
  story.log.add(TransferDelivered{1, digest_of(6), 201}, {}, story.subject, again);
  story.log.add(RecipientConfirmed{{}, notified, "ERASED"}, {notified}, story.subject);
  expect_sound();
  withdraw();
  expect_sound(1);
  expect_flaw(after(hours{80}));
}

TEST_F(Duties, end_with_an_answer_for_what_was_under_way_when_the_question_was_put) {
  notify(withdraw());
  const Seq notified = story.log.lines.size() - 1;
  deliver();
  story.log.add(RecipientConfirmed{{}, notified, "ERASED"}, {notified}, story.subject);
  story.log.add(SubjectErased{}, {}, story.subject);
  after(hours{80});
  expect_sound();
}

TEST_F(Duties, stand_for_what_the_recipient_only_stopped_using) {
  deliver();
  notify(withdraw());
  const Seq notified = story.log.lines.size() - 1;
  story.log.add(RecipientConfirmed{{}, notified, "STOPPED"}, {notified}, story.subject);
  story.log.add(SubjectErased{}, {}, story.subject);
  expect_flaw(after(hours{80}));
}

TEST_F(Duties, a_confirmation_answers_a_notification_of_that_subject) {
  deliver();
  notify(withdraw());
  const Seq notified = story.log.lines.size() - 1;
  expect_sound();
  auto without_ground = story;
  without_ground.log.add(RecipientConfirmed{{}, notified, "KEPT"}, {notified}, story.subject);
  History history;
  EXPECT_FALSE(without_ground.log.replay(history));
  story.log.add(RecipientConfirmed{"art17-3-b", notified - 1, "KEPT"}, {notified - 1}, story.subject);
  expect_flaw(story.log.lines.size() - 1);
}

TEST_F(Duties, are_taken_back_with_their_group) {
  deliver();
  History history(History::Reader::verifier);
  ASSERT_TRUE(story.log.replay(history));
  const Seq before = history.size();
  withdraw();
  notify(story.withdrawn);
  {
    const History::Group group(history);
    for (Seq seq = before; seq < story.log.lines.size(); ++seq)
      ASSERT_TRUE(history.apply(*decode_entry(story.log.lines[seq].encode())));
    EXPECT_EQ(history.open_duties(), 0U);
  }
  EXPECT_EQ(history.size(), before);
  EXPECT_EQ(history.open_duties(), 0U);
  EXPECT_EQ(history.counts().notifications, 0U);
  ASSERT_EQ(history.holdings(story.subject).size(), 1U);
}

TEST_F(Duties, holdings_say_who_has_what) {
  deliver();
  History history;
  ASSERT_TRUE(story.log.replay(history));
  const auto holdings = history.holdings(story.subject);
  ASSERT_EQ(holdings.size(), 1U);
  EXPECT_EQ(holdings[0].recipient, "vdab");
  EXPECT_EQ(holdings[0].purpose, "work-guidance");
  EXPECT_EQ(holdings[0].categories, Story::sendable());
  EXPECT_EQ(holdings[0].last, story.main_tx);
  EXPECT_TRUE(history.holdings(story.other).empty());
}

TEST(RuleBreaks, each_breaks_just_the_invariant_it_is_for) {
  for (const auto& broken : rule_breaks()) {
    const auto lines = broken.story.log.encode();
    History history(History::Reader::verifier);
    Status status;
    for (const auto& line : lines)
      if (status = history.apply(*decode_entry(line)); !status) break;
    if (broken.invariant == 8) {
      EXPECT_TRUE(status) << broken.name << ": " << status.error().message;
      continue;
    }
    ASSERT_FALSE(status) << broken.name;
    const auto rule = "entry " + std::to_string(broken.at) + ": invariant " + std::to_string(broken.invariant) + ": ";
    EXPECT_TRUE(status.error().message.starts_with(rule)) << broken.name << ": " << status.error().message;
  }
}

// What was told is forgotten: only the notification stays, for its answer, and that something was wrong.
TEST_F(Duties, that_are_met_take_no_room) {
  deliver();
  const auto correct_and_tell = [&](int times) {
    for (int i = 0; i < times; ++i)
      notify(story.log.add(SubjectRectified{{Category::contact}, {}}, {}, story.subject), "RECTIFICATION");
    History history;
    EXPECT_TRUE(story.log.replay(history));
    EXPECT_EQ(history.open_duties(), 0U);
    return history.save().size();
  };
  const auto before = correct_and_tell(100);
  const auto after = correct_and_tell(1000);
  EXPECT_LT(after - before, 1000U * 62U);
}

}  // namespace
}  // namespace ketenpoort::ledger::test
