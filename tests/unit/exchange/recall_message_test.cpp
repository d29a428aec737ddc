#include "gateway/exchange/notices/recall_message.hpp"

#include <gtest/gtest.h>

#include "gateway/formats/json.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "tests/support/log_story.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::test::day;
using ledger::test::digest_of;
using ledger::test::numbered_id;
using ledger::test::Story;

constexpr std::string_view origin = "example.org/log";

TEST(NotificationId, is_a_uuid_of_version_8_and_gives_the_place_back) {
  for (const std::uint64_t seq :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{255}, std::uint64_t{1} << 40, (std::uint64_t{1} << 62) - 1}) {
    const auto id = notification_id(origin, seq);
    EXPECT_EQ(version_of(id), 8U);
    EXPECT_EQ(id.bytes[8] & 0xC0, 0x80);
    EXPECT_EQ(notification_seq(origin, id), seq);
  }
}

TEST(NotificationId, of_another_log_or_another_sort_is_none) {
  const auto id = notification_id(origin, 17);
  EXPECT_EQ(notification_seq("example.org/other", id), std::nullopt);
  EXPECT_NE(notification_id("example.org/other", 17), id);
  EXPECT_EQ(notification_seq(origin, new_uuid_v4()), std::nullopt);
  auto touched = id;
  touched.bytes[0] ^= 1;
  EXPECT_EQ(notification_seq(origin, touched), std::nullopt);
}

class Recall : public testing::Test {
 protected:
  Recall() {
    story.open();
    story.give_consent();
    send(story.main_tx);
  }

  void send(TransferId tx) {
    story.request(tx);
    story.permit(tx, 1);
  }
  void deliver(TransferId tx) { story.log.add(ledger::TransferDelivered{1, digest_of(6), 201}, {}, story.subject, tx); }
  void acknowledge(TransferId tx, std::string reference) {
    story.log.add(ledger::TransferAcknowledged{1, digest_of(7), std::move(reference)}, {}, story.subject, tx);
  }
  void notify(std::string cause, ledger::Seq of) {
    story.log.add(ledger::RecipientNotified{std::move(cause), "vdab", day(2026, 12, 8), story.main_tx}, {of},
                  story.subject);
  }
  ledger::Seq last() const { return story.log.lines.size() - 1; }

  // What the recipient is told by the last entry, from the entries about the subject.
  RecallMessage told() const {
    std::vector<std::string> entries;
    for (const auto& line : story.log.lines)
      if (line.draft.subject == story.subject) entries.push_back(line.encode());
    auto composed = compose_recall(origin, entries);
    EXPECT_TRUE(composed) << composed.error().message;
    return composed ? *composed : RecallMessage{};
  }
  std::vector<TransferId> transfers() const {
    std::vector<TransferId> out;
    for (const auto& transfer : told().transfers) out.push_back(transfer.id);
    return out;
  }

  Story story;
};

TEST_F(Recall, of_a_withdrawal_names_the_transfers_their_references_and_the_categories) {
  deliver(story.main_tx);
  acknowledge(story.main_tx, "VDAB-1");
  story.withdraw();
  notify("WITHDRAWAL", story.withdrawn);
  const auto message = told();
  EXPECT_EQ(message.id, notification_id(origin, last()));
  EXPECT_EQ(message.cause, "WITHDRAWAL");
  EXPECT_EQ(message.recipient, "vdab");
  EXPECT_EQ(message.deadline, day(2026, 12, 8));
  EXPECT_EQ(message.categories, Story::sendable());
  const RecallMessage::Concerned concerned{story.main_tx, "work-guidance", "vdab-profile", "VDAB-1"};
  EXPECT_EQ(message.transfers, std::vector{concerned});
}

TEST_F(Recall, says_the_same_whatever_came_after_it) {
  story.withdraw();
  notify("WITHDRAWAL", story.withdrawn);
  const auto before = to_json(told());
  const auto count = story.log.lines.size();
  deliver(story.main_tx);
  acknowledge(story.main_tx, "VDAB-1");
  story.log.lines.resize(count);
  EXPECT_EQ(to_json(told()), before);
  EXPECT_EQ(transfers(), std::vector{story.main_tx}) << "what is just on its way is told of";
}

TEST_F(Recall, names_what_may_have_arrived_and_not_what_was_stopped_before_its_first_byte) {
  story.fail_attempt(story.main_tx, 1, true);
  send(story.refused_tx);
  story.fail_attempt(story.refused_tx, 1, false);
  send(story.cancelled_tx);
  story.withdraw();
  ledger::TransferCancelled cancelled;
  cancelled.reasons = {Reason::consent_withdrawn};
  cancelled.consent = story.withdrawn;
  story.log.add(cancelled, {story.withdrawn}, story.subject, story.cancelled_tx);
  notify("WITHDRAWAL", story.withdrawn);
  EXPECT_EQ(transfers(), std::vector{story.main_tx});
}

TEST_F(Recall, of_a_narrowed_consent_names_the_categories_that_are_lost) {
  deliver(story.main_tx);
  story.log.add(ledger::ConsentWithdrawn{story.consent_id, "work-guidance", "vdab", {Category::wishes}, false},
                {story.given}, story.subject);
  notify("WITHDRAWAL", last());
  EXPECT_EQ(told().categories, CategorySet{Category::wishes});
}

// The first attempt held the wishes and may have arrived, the second no longer held them: the recipient may have them.
TEST_F(Recall, names_what_an_earlier_attempt_may_have_brought) {
  story.fail_attempt(story.main_tx, 1, true);
  auto again = story.permit_body(2);
  again.categories = Story::required();
  story.seal_facts(story.log.add(again, story.permit_refs(), story.subject, story.main_tx));
  const auto lose_wishes = [&] {
    story.log.add(ledger::ConsentWithdrawn{story.consent_id, "work-guidance", "vdab", {Category::wishes}, false},
                  {story.given}, story.subject);
    notify("WITHDRAWAL", last());
    return told().categories;
  };
  EXPECT_EQ(lose_wishes(), CategorySet{Category::wishes}) << "while the second is on its way";
  deliver(story.main_tx);
  EXPECT_EQ(lose_wishes(), CategorySet{Category::wishes});
  EXPECT_EQ(transfers(), std::vector{story.main_tx});
}

TEST_F(Recall, of_a_consent_given_anew_with_less_names_what_is_no_more_in_it) {
  deliver(story.main_tx);
  auto again = story.statement_body<ledger::ConsentGiven>(numbered_id(301));
  again.categories = Story::required();
  story.log.add(again, {}, story.subject);
  notify("WITHDRAWAL", last());
  EXPECT_EQ(told().categories, (CategorySet{Category::skills, Category::wishes}));
}

TEST_F(Recall, of_a_refusal_names_all_that_was_sent) {
  deliver(story.main_tx);
  story.log.add(story.statement_body<ledger::ConsentRefused>(numbered_id(302)), {}, story.subject);
  notify("WITHDRAWAL", last());
  EXPECT_EQ(told().categories, Story::sendable());
}

TEST_F(Recall, of_a_rectification_names_what_was_wrong) {
  deliver(story.main_tx);
  story.log.add(ledger::SubjectRectified{{Category::contact, Category::education}, {}}, {}, story.subject);
  notify("RECTIFICATION", last());
  EXPECT_EQ(told().categories, CategorySet{Category::contact}) << "education was never sent";
}

TEST_F(Recall, of_a_changed_number_names_the_numbers_categories) {
  deliver(story.main_tx);
  notify("IDENTITY_CHANGED", story.received);
  EXPECT_EQ(told().categories, CategorySet{Category::identity_core});
}

TEST_F(Recall, after_an_erasure_names_what_was_sent_since_the_recipient_erased) {
  deliver(story.main_tx);
  story.withdraw();
  notify("WITHDRAWAL", story.withdrawn);
  story.log.add(ledger::RecipientConfirmed{{}, last(), "ERASED"}, {last()}, story.subject);
  story.consent_id = numbered_id(301);
  story.give_consent();
  send(story.refused_tx);
  deliver(story.refused_tx);
  ledger::SubjectErased erased;
  erased.classes = {"payload"};
  story.log.add(erased, {}, story.subject);
  notify("ERASURE", last());
  EXPECT_EQ(transfers(), std::vector{story.refused_tx});
}

TEST_F(Recall, carries_nothing_but_codes_ids_and_dates) {
  deliver(story.main_tx);
  story.withdraw();
  notify("WITHDRAWAL", story.withdrawn);
  const auto json = to_json(told());
  const auto document = formats::parse_json(json);
  ASSERT_TRUE(document);
  std::vector<std::string> keys;
  for (const auto& [key, value] : document->root().members()) keys.emplace_back(key);
  EXPECT_EQ(keys, (std::vector<std::string>{"id", "cause", "notifiedAt", "deadline", "categories", "transfers"}));
  EXPECT_EQ(json.find(ledger::to_text(story.subject)), std::string::npos);
}

TEST(RecallMessage, is_not_made_of_other_entries) {
  EXPECT_FALSE(compose_recall(origin, {}));
  Story story;
  story.open();
  const std::vector<std::string> entries = {story.log.lines.back().encode()};
  EXPECT_FALSE(compose_recall(origin, entries));
  const std::vector<std::string> noise = {"{}"};
  EXPECT_FALSE(compose_recall(origin, noise));
}

}  // namespace
}  // namespace ketenpoort::exchange
