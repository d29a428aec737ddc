// What recipients were told and answered, as the projection tells it.
#include <gtest/gtest.h>

#include "tests/support/log_story.hpp"

namespace ketenpoort::ledger::test {
namespace {

class Told : public testing::Test {
 protected:
  Told() {
    story.open();
    story.give_consent();
    story.request(story.main_tx);
    story.permit(story.main_tx, 1);
    story.log.add(TransferDelivered{1, digest_of(6), 201}, {}, story.subject, story.main_tx);
    story.withdraw();
    told = story.log.add(RecipientNotified{"WITHDRAWAL", "vdab", day(2026, 12, 8), story.main_tx}, {story.withdrawn},
                         story.subject);
  }

  History history() const {
    History out;
    const auto replayed = story.log.replay(out);
    EXPECT_TRUE(replayed) << replayed.error().message;
    return out;
  }

  Story story;
  Seq told = 0;
};

TEST_F(Told, who_when_and_until_when) {
  const auto now = history();
  const auto one = now.notification(told);
  ASSERT_TRUE(one);
  EXPECT_EQ(one->recipient, "vdab");
  EXPECT_EQ(one->subject, story.subject);
  EXPECT_EQ(one->deadline, day(2026, 12, 8));
  EXPECT_EQ(one->confirmed, 0U);
  EXPECT_EQ(one->reply, "");
  EXPECT_FALSE(now.notification(told - 1));
  EXPECT_FALSE(now.notification(told + 1));
}

TEST_F(Told, what_the_recipient_answered) {
  const auto answer = story.log.add(RecipientConfirmed{"art17-3-b", told, "KEPT"}, {told}, story.subject);
  const auto now = history();
  const auto one = now.notification(told);
  EXPECT_EQ(one->confirmed, answer);
  EXPECT_EQ(one->reply, "KEPT");
  EXPECT_EQ(one->ground, "art17-3-b");
}

TEST_F(Told, by_recipient_from_a_place_on_and_no_more_than_asked_for) {
  const auto again =
      story.log.add(RecipientNotified{"STAY_ENDED", "vdab", day(2026, 12, 9), {}}, {told}, story.subject);
  const auto now = history();
  EXPECT_EQ(now.notifications(0, {}, 10).size(), 2U);
  EXPECT_EQ(now.notifications(0, "vdab", 10).size(), 2U);
  EXPECT_EQ(now.notifications(0, "agii", 10).size(), 0U);
  EXPECT_EQ(now.notifications(0, {}, 1).front().seq, told);
  EXPECT_EQ(now.notifications(told + 1, "vdab", 10).front().seq, again);
}

TEST_F(Told, all_of_it_is_there_after_the_projection_was_kept) {
  story.log.add(RecipientConfirmed{{}, told, "STOPPED"}, {told}, story.subject);
  const auto loaded = History::load(history().save());
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->notification(told)->reply, "STOPPED");
  EXPECT_EQ(loaded->notification(told)->deadline, day(2026, 12, 8));
}

TEST_F(Told, an_answer_that_is_taken_back_leaves_no_trace) {
  auto now = history();
  const auto answer = story.log.add(RecipientConfirmed{{}, told, "STOPPED"}, {told}, story.subject);
  {
    History::Group group(now);
    const auto bytes = story.log.lines[answer].encode();
    ASSERT_TRUE(now.apply(*decode_entry(bytes)));
    EXPECT_EQ(now.notification(told)->reply, "STOPPED");
  }
  EXPECT_EQ(now.notification(told)->confirmed, 0U);
  EXPECT_EQ(now.notification(told)->reply, "");
}

}  // namespace
}  // namespace ketenpoort::ledger::test
