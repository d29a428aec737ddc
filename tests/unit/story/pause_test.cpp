// Partners that an operator pauses, and what they answered.
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "gateway/exchange/delivery/partner_answer.hpp"
#include "tests/unit/story/mailboxes.hpp"

namespace ketenpoort::story {
namespace {

class PauseTest : public testing::Test, protected Mailboxes {
 protected:
  static constexpr auto handover = "warm-handover";
  // Somebody who was granted a status.
  TransferId send_granted(int person) {
    Circumstances facts;
    facts.status = "REFUGEE";
    facts.lodged = add_days(mailbox_day, -250);
    facts.as_of = date_in_brussels(now);
    facts.chosen_nis = "11002";
    const auto ids = world.send_record(record_json(person, facts, {{"municipality", handover}},
                                                   "3d9c1724-11e2-4b8f-ab0d-" + fmt::format("{:012}", ++records)));
    if (!ids) throw std::runtime_error(ids.error().message);
    settle();
    return ids->front();
  }
  void TearDown() override { check(); }
};

TEST_F(PauseTest, what_may_go_waits_without_an_entry_and_goes_when_it_is_resumed) {
  agree(1, true, "municipality", handover);
  ASSERT_TRUE(world.pause("municipality", true));
  const auto id = send_granted(1);
  EXPECT_EQ(story(id), "requested");
  for (int i = 0; i < 3; ++i) pass(24h);
  EXPECT_EQ(story(id), "requested") << "a look each day and nothing to say";
  restart(true);
  EXPECT_EQ(story(id), "requested") << "paused after a kill as well";
  const auto held = send_granted(2);
  EXPECT_EQ(state(held), "held") << "decisions go on";
  ASSERT_TRUE(world.pause("municipality", false));
  settle();
  EXPECT_EQ(story(id), "requested permitted delivered acknowledged");
}

TEST_F(PauseTest, what_a_recipient_answered_is_kept_until_its_subject_is_erased) {
  agree(1, true, "municipality", handover);
  world.behave("municipality", Manner::times_out);
  const auto id = send_granted(1);
  world.behave("municipality", Manner::refers);
  pass(2h);
  const auto kept = exchange::find_answers(world.vault(), id, 5);
  ASSERT_EQ(kept.size(), 1U) << "no answer came to the first attempt";
  EXPECT_EQ(kept.front().attempt, 2U);
  EXPECT_EQ(kept.front().status, 201);
  EXPECT_EQ(kept.front().content, "{}");
  ASSERT_TRUE(world.erase(world.find(1).value(), true));
  settle();
  EXPECT_TRUE(exchange::find_answers(world.vault(), id, 5).empty());
}

TEST_F(PauseTest, what_is_under_way_finishes_and_what_failed_is_not_tried_again) {
  agree(1, true, "municipality", handover);
  agree(2, true, "municipality", handover);
  world.behave("municipality", Manner::silent);
  const auto id = send_granted(1);
  EXPECT_EQ(state(id), "permitted");
  ASSERT_TRUE(world.pause("municipality", true));
  world.answer("municipality", Manner::times_out);
  settle();
  EXPECT_EQ(state(id), "failed");
  pass(2h);
  EXPECT_EQ(story(id), "requested permitted failed");
  world.behave("municipality", Manner::refers);
  ASSERT_TRUE(world.pause("municipality", false));
  settle();
  EXPECT_EQ(state(id), "acknowledged");
}

TEST_F(PauseTest, what_was_given_up_and_is_to_be_fetched_now_waits_until_it_is_and_names_who_wished_it) {
  agree(1, true, "municipality", handover);
  world.behave("municipality", Manner::refuses);
  const auto id = send_granted(1);
  ASSERT_EQ(state(id), "abandoned");
  world.let_fetch("municipality");
  restart(false);
  ASSERT_TRUE(world.retry(id));
  settle();
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(world.mailbox("municipality"), std::vector{id}) << "also after another look";
    world.dispatcher().wake(id);
    settle();
  }
  ASSERT_TRUE(world.fetch(id, "municipality"));
  settle();
  EXPECT_EQ(story(id), "requested permitted failed abandoned permitted");
  const auto bytes = world.log().entry_bytes(world.log().size() - 1).value();
  EXPECT_NE(ledger::decode_entry(bytes).value().actor.type, "system");
  EXPECT_TRUE(world.acknowledge(id, "municipality"));
  settle();
}

// The ledger takes no arrival with status 500: what came of the attempt is then unknown, and the permit ends all the
// same.
TEST_F(PauseTest, a_result_that_the_ledger_refuses_is_an_attempt_that_may_have_arrived) {
  agree(1, true, "municipality", handover);
  world.behave("municipality", Manner::silent);
  const auto id = send_granted(1);
  world.answer_with("municipality", {{Verdict::Kind::acknowledged, "X-1", {}, {}}, true, 500, "{}"});
  settle();
  EXPECT_EQ(story(id), "requested permitted failed");
  EXPECT_EQ(last_failure(id), "result-not-recordable mayHaveArrived");
  EXPECT_EQ(world.dispatcher().deliveries_under_way(), 0U);
  world.behave("municipality", Manner::refers);
  pass(2h);
  EXPECT_EQ(state(id), "acknowledged");
}

TEST_F(PauseTest, a_pause_is_in_the_log_once_and_no_permit_stands_in_it) {
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(world.pause("municipality", true));
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(world.pause("municipality", false));
  std::string kinds;
  for (std::uint64_t seq = 0; seq < world.log().size(); ++seq) {
    const auto bytes = world.log().entry_bytes(seq).value();
    const auto entry = ledger::decode_entry(bytes).value();
    if (entry.kind.starts_with("partner.")) kinds += std::string(entry.kind) + ' ';
  }
  EXPECT_EQ(kinds, "partner.paused partner.resumed ");
}

// The log's time stands still until the clock has caught up; a wait for a moment of the log would last as long as that.
TEST_F(PauseTest, a_clock_that_is_set_back_makes_no_wait_longer) {
  agree(1, true, "municipality", handover);
  ASSERT_TRUE(world.change_terms([](exchange::Terms& terms) {
    terms.recipients.at("municipality").retry = {200ms, 1.0, 200ms, 5};
  }));
  world.behave("municipality", Manner::times_out);
  const auto id = send_granted(1);
  EXPECT_EQ(state(id), "failed");
  world.behave("municipality", Manner::refers);
  world.set_clock(now - 24h);
  world.look_at_all();
  std::this_thread::sleep_for(500ms);
  settle();
  EXPECT_EQ(state(id), "acknowledged");
}

}  // namespace
}  // namespace ketenpoort::story
