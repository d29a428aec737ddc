#include "gateway/exchange/notices/notify.hpp"

#include <gtest/gtest.h>

#include "tests/support/log_story.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::History;
using ledger::test::day;
using ledger::test::digest_of;
using ledger::test::Story;

class Notifying : public testing::Test {
 protected:
  Notifying() {
    story.open();
    story.give_consent();
    story.request(story.main_tx);
    story.permit(story.main_tx, 1);
  }

  // Whom a withdrawal of these categories tells, while it cancels `stopped`.
  std::vector<std::string> tell(std::vector<TransferId> stopped = {}, CategorySet withdrawn = Story::sendable(),
                                std::string_view recipient = "vdab", std::string_view purpose = "work-guidance") {
    History history;
    EXPECT_TRUE(story.log.replay(history));
    ledger::EntryDraft like;
    like.subject = story.subject;
    like.activity = "chain-cooperation@1";
    const Change change{"WITHDRAWAL", history.size(), withdrawn, recipient, purpose};
    return add_notifications(history, like, change, stopped, parse_rfc3339("2026-11-24T12:00:00Z").value(),
                             transaction);
  }

  Story story;
  ledger::Transaction transaction;
  const std::vector<std::string> vdab{"vdab"};
};

TEST_F(Notifying, tells_who_has_the_data_and_of_which_transfer) {
  story.log.add(ledger::TransferDelivered{1, digest_of(6), 201}, {}, story.subject, story.main_tx);
  EXPECT_EQ(tell(), vdab);
  ASSERT_EQ(transaction.entries.size(), 1U);
  const auto& draft = transaction.entries.front();
  EXPECT_EQ(draft.kind, ledger::RecipientNotified::kind);
  EXPECT_EQ(draft.refs, std::vector<std::uint64_t>{story.log.lines.size()});
  EXPECT_EQ(draft.activity, "chain-cooperation@1");
  const auto body = ledger::decode_body<ledger::RecipientNotified>(draft.body);
  ASSERT_TRUE(body);
  EXPECT_EQ(body->deadline, day(2026, 12, 8));
  EXPECT_EQ(body->tx, story.main_tx);
}

TEST_F(Notifying, tells_nobody_of_what_was_stopped_before_its_first_byte) {
  EXPECT_TRUE(tell({story.main_tx}).empty());
}

TEST_F(Notifying, tells_who_may_have_got_it_from_an_attempt_that_failed_though_the_transfer_is_stopped_now) {
  story.fail_attempt(story.main_tx, 1, true);
  EXPECT_EQ(tell({story.main_tx}), vdab);
}

TEST_F(Notifying, tells_who_is_just_being_sent_to) {
  EXPECT_EQ(tell(), vdab);
}

TEST_F(Notifying, tells_nobody_of_what_another_recipient_or_purpose_is_about) {
  story.log.add(ledger::TransferDelivered{1, digest_of(6), 201}, {}, story.subject, story.main_tx);
  EXPECT_TRUE(tell({}, Story::sendable(), "agii").empty());
  EXPECT_TRUE(tell({}, Story::sendable(), "vdab", "language-course").empty());
  EXPECT_TRUE(transaction.entries.empty());
  EXPECT_EQ(tell({}, Story::sendable(), "", ""), vdab) << "what is about all of them";
}

TEST_F(Notifying, tells_nobody_of_categories_that_were_not_sent) {
  story.log.add(ledger::TransferDelivered{1, digest_of(6), 201}, {}, story.subject, story.main_tx);
  EXPECT_TRUE(tell({}, {Category::outcome}).empty());
}

}  // namespace
}  // namespace ketenpoort::exchange
