#include "gateway/ledger/history/history.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/base/id_index.hpp"
#include "tests/support/log_story.hpp"

namespace ketenpoort::ledger::test {
namespace {

using testing::ElementsAre;

TEST(History, accepts_a_log_of_every_kind_that_has_rules) {
  const auto story = Story::whole();
  History history;
  const auto replayed = story.log.replay(history);
  ASSERT_TRUE(replayed) << replayed.error().message;
  EXPECT_EQ(history.size(), story.log.lines.size());
  EXPECT_EQ(history.last_time(), story.log.lines.back().time);
  EXPECT_EQ(history.last_id(), story.log.lines.back().id);
  EXPECT_EQ(history.counts().permits, 5U);
  EXPECT_EQ(history.counts().permits_on_consent, 5U);
  EXPECT_EQ(history.counts().decisions, 3U);
}

TEST(History, tells_what_became_of_each_transfer) {
  auto story = Story::whole();
  story.log.lines.resize(story.acknowledged + 1);
  History history;
  ASSERT_TRUE(story.log.replay(history));
  const auto done = history.transfer(story.main_tx);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->state, TransferState::acknowledged);
  EXPECT_EQ(done->attempts, 2U);
  EXPECT_TRUE(done->may_have_arrived);
  EXPECT_EQ(done->reference, "VDAB-2026-000123");
  EXPECT_EQ(done->recipient, "vdab");
  EXPECT_EQ(done->purpose, "work-guidance");
  EXPECT_EQ(done->message, "vdab-profile");
  EXPECT_EQ(done->mapping, "resident-to-vdab-profile");
  EXPECT_EQ(done->mapping_version, "1.0.0");
  EXPECT_EQ(done->sent, Story::sendable());
  EXPECT_THAT(done->left_out, ElementsAre(LeftOut{Category::health_restrictions, "never"}));
  EXPECT_THAT(done->seqs, ElementsAre(story.requested, story.held, story.permitted, story.failed, story.permitted_again,
                                      story.delivered, story.acknowledged));
  EXPECT_TRUE(done->reasons.empty());
  EXPECT_FALSE(history.transfer(numbered_id(999)));
}

// What is registered takes the place of what it is a version of, and of nothing else.
TEST(History, keeps_what_a_registration_does_not_replace) {
  Story story;
  story.open();
  auto purpose = Story::purpose_value();
  purpose.recipient = "agii";
  const auto of_agii = story.log.add(PurposeRegistered{purpose});
  purpose.recipient = "vdab";
  purpose.valid_from = day(2027, 1, 1);
  const auto later = story.log.add(PurposeRegistered{purpose});
  purpose.id = "language-course";
  purpose.valid_from = day(2025, 1, 1);
  const auto course = story.log.add(PurposeRegistered{purpose});
  auto rule = Story::rule_value();
  rule.id = "status-granted";
  const auto other_rule = story.log.add(RuleRegistered{rule, "id: status-granted\n"});
  History history;
  ASSERT_TRUE(story.log.replay(history));
  EXPECT_EQ(history.find_purpose("work-guidance", "vdab", story.today)->seq, story.purpose);
  EXPECT_EQ(history.find_purpose("work-guidance", "vdab", day(2027, 1, 1))->seq, later);
  EXPECT_EQ(history.find_purpose("work-guidance", "agii", story.today)->seq, of_agii);
  EXPECT_EQ(history.find_purpose("language-course", "vdab", story.today)->seq, course);
  EXPECT_EQ(history.find_rule("labour-market-access", story.today)->seq, story.rule);
  EXPECT_EQ(history.find_rule("status-granted", story.today)->seq, other_rule);
}

TEST(History, ends_and_amends_one_agreement_and_no_other) {
  const auto standing = [](const Story& told) {
    History history;
    const auto replayed = told.log.replay(history);
    EXPECT_TRUE(replayed) << replayed.error().message;
    std::vector<Seq> seqs;
    for (const auto* one : history.agreements_with("vdab"))
      if (one->current) seqs.push_back(one->seq);
    return seqs;
  };
  Story story;
  story.open();
  auto other = Story::agreement_value();
  other.id = "other";
  const auto second = story.log.add(AgreementRegistered{other, {}});
  Story ended = story;
  ended.log.add(AgreementEnded{story.agreement}, {story.agreement});
  EXPECT_THAT(standing(ended), ElementsAre(second));
  const auto again = ended.log.add(AgreementRegistered{Story::agreement_value(), {}});
  EXPECT_THAT(standing(ended), testing::UnorderedElementsAre(second, again))
      << "an id is free when its agreement ended";
  Story amended = story;
  const auto newer =
      amended.log.add(AgreementAmended{Story::agreement_value(), {}, story.agreement}, {story.agreement});
  EXPECT_THAT(standing(amended), testing::UnorderedElementsAre(second, newer));
}

TEST(History, resumes_one_partner_and_no_other) {
  Story story;
  story.open();
  for (const auto* recipient : {"vdab", "agii"}) story.log.add(PartnerPaused{"maintenance", recipient});
  story.log.add(PartnerResumed{"vdab"});
  History history;
  const auto replayed = story.log.replay(history);
  ASSERT_TRUE(replayed) << replayed.error().message;
  EXPECT_FALSE(history.is_paused("vdab"));
  EXPECT_TRUE(history.is_paused("agii"));
}

TEST(History, finds_a_mapping_by_its_content_whatever_was_activated_since) {
  auto story = Story::whole();
  story.log.lines.resize(story.acknowledged + 1);
  auto newer = Story::mapping_body();
  newer.version = "1.1.0";
  newer.hash = digest_of(77);
  const auto second = story.log.add(newer);
  History history;
  ASSERT_TRUE(story.log.replay(history));
  const auto* first = history.find_mapping(Story::mapping_body());
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->seq, story.mapping);
  EXPECT_FALSE(first->current);
  EXPECT_EQ(history.find_mapping(newer)->seq, second);
  EXPECT_EQ(history.mapping_at(second)->value.version, "1.1.0");
  EXPECT_EQ(history.transfer(story.main_tx)->mapping_seq, story.mapping);
  newer.hash = digest_of(78);
  EXPECT_EQ(history.find_mapping(newer), nullptr);
  EXPECT_EQ(history.mapping_at(0), nullptr);
}

TEST(History, forgets_transfers_that_ended_but_the_last_that_arrived) {
  const auto story = Story::whole();
  History history;
  ASSERT_TRUE(story.log.replay(history));
  EXPECT_FALSE(history.transfer(story.main_tx));  // a later one arrived
  EXPECT_FALSE(history.transfer(story.refused_tx));
  EXPECT_FALSE(history.transfer(story.cancelled_tx));
  EXPECT_EQ(history.transfer(story.abandoned_tx)->state, TransferState::delivered);
  EXPECT_THAT(history.transfers_of(story.subject), ElementsAre(story.abandoned_tx));
  EXPECT_EQ(history.transfer_count(), 4U);
  EXPECT_EQ(history.counts().transfers[static_cast<std::size_t>(TransferState::cancelled)], 1U);
  EXPECT_EQ(history.last_requested(story.subject, "vdab", "work-guidance", "vdab-profile"), story.abandoned_tx);
  EXPECT_FALSE(history.last_requested(story.subject, "vdab", "work-guidance", "vdab-referral"));
}

TEST(History, remembers_what_was_asked_for_last_when_it_has_ended) {
  auto story = Story::whole();
  story.log.lines.resize(story.refused + 1);
  History history;
  ASSERT_TRUE(story.log.replay(history));
  EXPECT_FALSE(history.transfer(story.refused_tx));
  EXPECT_EQ(history.last_requested(story.subject, "vdab", "work-guidance", "vdab-profile"), story.refused_tx);
}

TEST(History, keeps_a_record_while_it_is_the_last_or_a_transfer_rests_on_it) {
  Story story;
  story.open();
  story.give_consent();
  story.request(story.main_tx);
  const auto first = story.record;
  story.record = numbered_id(101);
  story.log.add(story.record_body(), {}, story.subject);
  const auto after = [&] {
    History history;
    const auto replayed = story.log.replay(history);
    EXPECT_TRUE(replayed) << replayed.error().message;
    return history;
  };
  EXPECT_TRUE(after().record(first));
  TransferCancelled cancellation;
  cancellation.reasons = {Reason::superseded};
  story.log.add(cancellation, {}, story.subject, story.main_tx);
  EXPECT_FALSE(after().record(first));
  EXPECT_EQ(after().latest_record(story.subject)->id, story.record);
  const TransferRequested by_the_old_one{first, 0, "vdab", "work-guidance", "vdab-profile"};
  story.log.add(by_the_old_one, {}, story.subject, story.refused_tx);
  History history;
  EXPECT_FALSE(story.log.replay(history));
}

TEST(History, shows_a_hold_with_its_reasons_in_the_order_given_and_its_date) {
  auto story = Story::whole();
  story.log.lines.resize(story.held + 1);
  History history;
  ASSERT_TRUE(story.log.replay(history));
  const auto transfer = history.transfer(story.main_tx);
  EXPECT_EQ(transfer->state, TransferState::held);
  EXPECT_THAT(transfer->reasons, ElementsAre(Reason::too_early, Reason::no_consent));
  EXPECT_EQ(transfer->held_until, day(2026, 12, 1));
  EXPECT_EQ(history.waiting_transfer(story.subject, "vdab", "work-guidance", "vdab-profile"), story.main_tx);
  EXPECT_FALSE(history.waiting_transfer(story.subject, "vdab", "work-guidance", "vdab-referral"));
  EXPECT_THAT(history.open_transfers(), ElementsAre(story.main_tx));
}

TEST(History, keeps_the_retry_time_until_the_next_attempt) {
  auto story = Story::whole();
  story.log.lines.resize(story.failed + 1);
  History history;
  ASSERT_TRUE(story.log.replay(history));
  EXPECT_EQ(history.transfer(story.main_tx)->retry_at, parse_rfc3339("2026-11-24T11:05:00.000Z"));
}

TEST(History, the_cell_follows_the_newest_conversation) {
  Story story;
  story.open();
  story.give_consent();
  const auto cell_after = [&] {
    History history;
    const auto replayed = story.log.replay(history);
    EXPECT_TRUE(replayed) << replayed.error().message;
    return history.cell(story.subject, "work-guidance", "vdab").value();
  };
  EXPECT_EQ(cell_after().state, History::CellState::given);
  EXPECT_EQ(cell_after().seq, story.given);
  EXPECT_EQ(cell_after().categories, Story::sendable());
  EXPECT_EQ(cell_after().said_on, story.today);

  const ConsentWithdrawn narrowed{story.consent_id, "work-guidance", "vdab", {Category::wishes}, false};
  const Seq narrowed_at = story.log.add(narrowed, {story.given}, story.subject);
  EXPECT_EQ(cell_after().state, History::CellState::given);
  EXPECT_EQ(cell_after().seq, narrowed_at);
  EXPECT_FALSE(cell_after().categories.contains(Category::wishes));

  story.log.add(story.statement_body<ConsentRefused>(numbered_id(320)), {}, story.subject);
  EXPECT_EQ(cell_after().state, History::CellState::refused);
  EXPECT_TRUE(cell_after().categories.empty());

  story.consent_id = numbered_id(321);
  story.give_consent();
  story.withdraw();
  EXPECT_EQ(cell_after().state, History::CellState::withdrawn);
  EXPECT_EQ(cell_after().consent, story.consent_id);
}

TEST(History, a_consent_is_forgotten_when_the_next_of_its_cell_comes) {
  Story story;
  story.open();
  story.give_consent();
  story.log.add(story.statement_body<ConsentRefused>(numbered_id(320)), {}, story.subject);
  History history;
  ASSERT_TRUE(story.log.replay(history));
  EXPECT_FALSE(history.consent(story.consent_id));
  EXPECT_FALSE(history.consent(numbered_id(320))->given);
  EXPECT_EQ(history.consent(numbered_id(320))->purpose, "work-guidance");
  EXPECT_FALSE(history.consent(numbered_id(9)));
  EXPECT_FALSE(history.cell(story.other, "work-guidance", "vdab"));
  EXPECT_FALSE(history.cell(story.subject, "work-guidance", "agii"));
}

TEST(History, finds_the_policy_in_force) {
  Story story;
  story.open();
  auto newer = Story::rule_value();
  newer.version = "2.0.0";
  newer.valid_from = day(2027, 1, 1);
  const Seq newer_rule = story.log.add(RuleRegistered{newer, "text"});
  auto agreement = Story::agreement_value();
  agreement.categories.erase(Category::wishes);
  const Seq replaced_by =
      story.log.add(AgreementAmended{agreement, {digest_of(8), {}}, story.agreement}, {story.agreement});
  History history;
  ASSERT_TRUE(story.log.replay(history));
  EXPECT_EQ(history.find_rule("labour-market-access", day(2026, 11, 24))->seq, story.rule);
  EXPECT_EQ(history.find_rule("labour-market-access", day(2027, 1, 1))->seq, newer_rule);
  EXPECT_EQ(history.find_rule("labour-market-access", day(2024, 12, 31)), nullptr);
  EXPECT_EQ(history.find_purpose("work-guidance", "vdab", story.today)->seq, story.purpose);
  EXPECT_EQ(history.find_purpose("work-guidance", "agii", story.today), nullptr);
  EXPECT_EQ(history.current_agreement("sample-vdab")->seq, replaced_by);
  EXPECT_FALSE(history.agreement_at(story.agreement)->current);
  EXPECT_EQ(history.agreement_at(story.rule), nullptr);
  EXPECT_EQ(history.agreements_with("vdab").size(), 2U);
  ASSERT_EQ(history.find_agreements("vdab", "work-guidance").size(), 1U);
  EXPECT_EQ(history.find_agreements("vdab", "work-guidance").front()->seq, replaced_by);
  EXPECT_TRUE(history.find_agreements("vdab", "language-course").empty());
}

TEST(History, knows_records_and_what_a_subject_is_barred_from) {
  const auto story = Story::whole();
  History history;
  ASSERT_TRUE(story.log.replay(history));
  EXPECT_EQ(history.record(story.record)->centre, "C01");
  EXPECT_EQ(history.latest_record(story.subject)->seq, story.received);
  EXPECT_FALSE(history.latest_record(story.other));
  EXPECT_TRUE(history.is_erased(story.subject));
  EXPECT_FALSE(history.is_restricted(story.subject));
  EXPECT_FALSE(history.is_erased(story.other));
  EXPECT_EQ(history.opened()->origin, "example.org/log");
}

// What can be asked of a history, as one text.
std::string picture(const History& history, const Story& story) {
  std::string out = fmt::format("{} {} {}|", history.size(), history.last_id().text(), history.counts().subjects);
  for (const auto& id : history.transfers_of(story.subject)) {
    const auto t = *history.transfer(id);
    out += fmt::format("{} {} {} {} {} {}|", t.id.text(), to_text(t.state), t.attempts, t.seqs.size(), t.reasons.size(),
                       t.reference);
  }
  for (const auto count : history.counts().transfers) out += fmt::format("{} ", count);
  for (std::uint64_t id = 300; id < 330; ++id)
    if (const auto consent = history.consent(numbered_id(id)))
      out += fmt::format("{} {}|", consent->seq, consent->given);
  if (const auto cell = history.cell(story.subject, "work-guidance", "vdab"))
    out += fmt::format("{} {} {}|", cell->seq, static_cast<int>(cell->state), cell->categories.size());
  for (const auto* agreement : history.agreements_with("vdab"))
    out += fmt::format("{} {}|", agreement->seq, agreement->current);
  out += fmt::format("{} {} {}", history.is_erased(story.subject), history.is_restricted(story.subject),
                     history.latest_record(story.subject).has_value());
  return out;
}

TEST(History, a_group_that_is_not_kept_leaves_nothing_behind) {
  const auto story = Story::whole();
  const auto lines = story.log.encode();
  for (std::size_t from = 0; from < lines.size(); ++from) {
    History history;
    std::string before;
    for (std::size_t i = 0; i < from; ++i) ASSERT_TRUE(history.apply(decode_entry(lines[i]).value()));
    before = picture(history, story);
    {
      const History::Group group(history);
      for (std::size_t i = from; i < lines.size(); ++i) ASSERT_TRUE(history.apply(decode_entry(lines[i]).value()));
    }
    ASSERT_EQ(picture(history, story), before) << "from entry " << from;
    {
      History::Group group(history);
      for (std::size_t i = from; i < lines.size(); ++i) ASSERT_TRUE(history.apply(decode_entry(lines[i]).value()));
      group.keep();
    }
    EXPECT_EQ(history.size(), lines.size());
  }
}

TEST(IdIndex, finds_what_is_left_after_removals_in_any_order) {
  std::vector<Uuid> ids;
  const auto id_of = [&ids](std::uint32_t row) -> const Uuid& { return ids[row]; };
  IdIndex index;
  for (std::uint32_t row = 0; row < 500; ++row) {
    ids.push_back(numbered_id(row * 7919U));
    index.insert(ids[row], row);
  }
  for (std::uint32_t row = 0; row < 500; row += 3) index.erase(ids[row], row);
  for (std::uint32_t row = 0; row < 500; ++row) {
    const auto found = index.find(ids[row], id_of);
    if (row % 3 == 0) {
      EXPECT_FALSE(found);
    } else {
      EXPECT_EQ(found, row);
    }
  }
}

}  // namespace
}  // namespace ketenpoort::ledger::test
