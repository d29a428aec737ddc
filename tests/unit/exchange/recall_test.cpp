#include "gateway/exchange/notices/recall.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/log_story.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::History;
using ledger::test::Story;
using testing::ElementsAre;
using testing::IsEmpty;

// A permit that stands open, and a consent that becomes less.
class Recalling : public testing::Test {
 protected:
  Recalling() {
    story.open();
    story.give_consent();
    story.request(story.main_tx);
    story.permit(story.main_tx, 1);
  }

  Recalled recall(CategorySet still_allowed = {}, std::string_view purpose = "work-guidance",
                  std::string_view recipient = "vdab") {
    History history;
    EXPECT_TRUE(story.log.replay(history));
    const ChangedCell cell{story.subject, purpose, recipient, still_allowed, history.size()};
    return recall_permitted(history, in_flight, like(), cell, noon, transaction);
  }
  Recalled recall_everything(bool ask_again) {
    History history;
    EXPECT_TRUE(story.log.replay(history));
    return recall_all(history, in_flight, like(), {Reason::subject_restricted, history.size(), ask_again}, noon,
                      transaction);
  }
  [[nodiscard]] ledger::EntryDraft like() const {
    ledger::EntryDraft like;
    like.subject = story.subject;
    like.activity = "chain-cooperation@1";
    return like;
  }
  [[nodiscard]] std::vector<std::string> kinds() const {
    std::vector<std::string> out;
    for (const auto& entry : transaction.entries) out.emplace_back(entry.kind);
    return out;
  }
  [[nodiscard]] std::vector<Reason> reasons() const {
    return ledger::decode_body<ledger::TransferCancelled>(transaction.entries.back().body).value().reasons;
  }

  const Timestamp noon = parse_rfc3339("2026-11-24T12:00:00Z").value();
  Story story;
  InFlight in_flight;
  ledger::Transaction transaction;
};

TEST_F(Recalling, stops_what_is_permitted_and_has_not_left) {
  EXPECT_THAT(recall().stopped, ElementsAre(story.main_tx));
  EXPECT_THAT(kinds(), ElementsAre("transfer.cancelled"));
  EXPECT_THAT(reasons(), ElementsAre(Reason::consent_withdrawn));
  EXPECT_FALSE(in_flight.begin(story.main_tx)) << "its sender sends nothing";
}

TEST_F(Recalling, reports_what_may_have_left) {
  ASSERT_TRUE(in_flight.begin(story.main_tx));
  const auto recalled = recall();
  EXPECT_THAT(recalled.stopped, IsEmpty());
  EXPECT_THAT(recalled.in_flight, ElementsAre(story.main_tx));
  EXPECT_THAT(kinds(), IsEmpty());
}

TEST_F(Recalling, leaves_alone_what_goes_for_another_purpose_or_to_another_recipient) {
  for (const auto& recalled : {recall({}, "language-course"), recall({}, "work-guidance", "agii")}) {
    EXPECT_THAT(recalled.stopped, IsEmpty());
    EXPECT_THAT(recalled.in_flight, IsEmpty());
  }
  EXPECT_THAT(kinds(), IsEmpty());
}

TEST_F(Recalling, leaves_alone_what_may_still_be_said_or_is_not_permitted) {
  EXPECT_THAT(recall(Story::sendable()).stopped, IsEmpty());
  story.fail_attempt(story.main_tx, 1);
  EXPECT_THAT(recall().stopped, IsEmpty());
  EXPECT_THAT(recall_everything(true).stopped, IsEmpty());
  EXPECT_THAT(kinds(), IsEmpty());
}

TEST_F(Recalling, asks_anew_for_what_may_still_be_said) {
  const auto recalled = recall(Story::required());
  EXPECT_THAT(recalled.stopped, ElementsAre(story.main_tx));
  ASSERT_EQ(recalled.renewed.size(), 1U);
  EXPECT_THAT(kinds(), ElementsAre("transfer.requested", "transfer.cancelled"));
  EXPECT_EQ(transaction.entries.front().tx, recalled.renewed.front());
  EXPECT_THAT(reasons(), ElementsAre(Reason::superseded));
}

TEST_F(Recalling, of_everything_stops_whatever_its_cell_and_asks_anew_where_that_is_wanted) {
  const auto recalled = recall_everything(true);
  EXPECT_THAT(recalled.stopped, ElementsAre(story.main_tx));
  EXPECT_EQ(recalled.renewed.size(), 1U);
  EXPECT_THAT(kinds(), ElementsAre("transfer.requested", "transfer.cancelled"));
}

TEST_F(Recalling, of_everything_reports_what_may_have_left) {
  ASSERT_TRUE(in_flight.begin(story.main_tx));
  const auto recalled = recall_everything(false);
  EXPECT_THAT(recalled.stopped, IsEmpty());
  EXPECT_THAT(recalled.in_flight, ElementsAre(story.main_tx));
}

TEST_F(Recalling, that_was_not_written_lets_the_sender_send) {
  const auto recalled = recall();
  release(in_flight, recalled);
  EXPECT_TRUE(in_flight.begin(story.main_tx));
}

}  // namespace
}  // namespace ketenpoort::exchange
