// Messages that their recipient fetches: each way through the states.
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "gateway/exchange/delivery/partner_answer.hpp"
#include "gateway/storage/sqlite/sqlite.hpp"
#include "tests/unit/story/mailboxes.hpp"

namespace ketenpoort::story {
namespace {

class MailboxTest : public testing::Test, protected Mailboxes {
 protected:
  void TearDown() override { check(); }
  ErrorCode refused(const TransferId& id, const std::string& recipient = agii) {
    const auto answer = world.fetch(id, recipient);
    EXPECT_FALSE(answer);
    settle();
    return answer ? ErrorCode::internal : answer.error().code;
  }
  void wait_until(const TransferId& id, TransferState state) {
    const auto stands = [&] {
      return world.log().read([&](const ledger::History& history) { return history.transfer(id)->state == state; });
    };
    for (int i = 0; i < 20'000 && !stands(); ++i) std::this_thread::sleep_for(1ms);
    ASSERT_TRUE(stands());
  }
  std::string fetch(const TransferId& id) {
    const auto answer = world.fetch(id, agii);
    EXPECT_TRUE(answer) << answer.error().message;
    settle();
    return answer ? answer->message : std::string();
  }
};

TEST_F(MailboxTest, a_message_waits_without_an_entry_until_it_is_fetched_and_acknowledged) {
  const auto id = wait_with(1);
  EXPECT_EQ(story(id), "requested");
  EXPECT_NE(fetch(id).find("Voorbeeld"), std::string::npos);
  EXPECT_EQ(story(id), "requested permitted");
  EXPECT_TRUE(world.mailbox(agii).empty()) << "on lease";
  EXPECT_TRUE(world.acknowledge(id, agii));
  settle();
  EXPECT_EQ(story(id), "requested permitted delivered acknowledged");
  const auto kept = exchange::find_answers(world.vault(), id, 1);
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept.front().content, R"({"reference":"OWN-1"})");
  EXPECT_TRUE(world.mailbox(agii).empty());
  EXPECT_TRUE(world.acknowledge(id, agii)) << "the same again";
  const auto other = world.acknowledge(id, agii, "OWN-2");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, ErrorCode::conflict);
  EXPECT_EQ(refused(id), ErrorCode::gone);
}

// What ends is forgotten at once: who comes second finds nothing.
TEST_F(MailboxTest, two_that_end_what_is_left_of_an_erased_person_end_it_once) {
  const auto id = wait_with(1);
  fetch(id);
  ASSERT_TRUE(world.erase(world.find(1).value(), true));
  settle();
  world.set_clock(now += 16min);
  auto before_it_ends = world.stop_log();
  world.dispatcher().wake(id);
  std::this_thread::sleep_for(100ms);  // its end is queued by now
  auto after_it_ended = world.stop_log();
  before_it_ends.set_value();
  wait_until(id, TransferState::failed);
  auto first = world.begin_fetch(id, agii);
  auto second = world.begin_fetch(id, agii);
  after_it_ended.set_value();
  EXPECT_EQ(first.get().error().code, ErrorCode::gone);
  EXPECT_EQ(second.get().error().code, ErrorCode::gone);
  settle();
  EXPECT_EQ(story(id), "requested permitted failed cancelled");
}

// Whoever calls it off comes between the permit and its first byte, and finds no room to write that down.
TEST_F(MailboxTest, a_call_off_that_could_not_be_written_leaves_no_permit_open) {
  const auto id = wait_with(1);
  auto go_on = world.stop_log();
  auto fetched = world.begin_fetch(id, agii);
  auto& in_flight = world.dispatcher().in_flight();
  bool called_off = false;
  world.log().submit(
      [&](const ledger::History&, std::uint64_t, Timestamp) -> Result<ledger::Transaction> {
        called_off = in_flight.try_cancel(id);
        return fail(ErrorCode::unavailable, "no room");
      },
      [&](const Result<ledger::Committed>&) {
        if (called_off) in_flight.end(id);
      });
  go_on.set_value();
  EXPECT_FALSE(fetched.get());
  settle();
  ASSERT_TRUE(called_off);
  EXPECT_EQ(story(id), "requested permitted failed");
  EXPECT_EQ(last_failure(id), "call-off-failed");
  EXPECT_EQ(world.mailbox(agii), std::vector{id});
  EXPECT_NE(fetch(id).find("Voorbeeld"), std::string::npos);
  EXPECT_TRUE(world.acknowledge(id, agii));
  settle();
  EXPECT_EQ(story(id), "requested permitted failed permitted delivered acknowledged");
}

TEST_F(MailboxTest, what_is_fetched_again_in_its_lease_is_the_same_and_no_new_attempt) {
  const auto id = wait_with(1);
  const auto first = fetch(id);
  pass(14min);
  EXPECT_EQ(fetch(id), first);
  EXPECT_EQ(story(id), "requested permitted");
}

TEST_F(MailboxTest, a_lease_that_ends_makes_it_wait_again_with_the_same_bytes) {
  const auto id = wait_with(1);
  const auto first = fetch(id);
  pass(15min);
  EXPECT_EQ(story(id), "requested permitted failed");
  EXPECT_EQ(last_failure(id), "lease-expired mayHaveArrived");
  EXPECT_EQ(world.mailbox(agii), std::vector{id});
  const auto late = world.acknowledge(id, agii);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::conflict);
  EXPECT_EQ(fetch(id), first);
  EXPECT_EQ(seen(id).attempts, 2U);
  EXPECT_TRUE(world.acknowledge(id, agii));
  settle();
  EXPECT_EQ(state(id), "acknowledged");
}

// The log's time stands still until the clock has caught up.
TEST_F(MailboxTest, a_clock_that_is_set_back_makes_no_lease_longer) {
  ASSERT_TRUE(world.change_terms([](exchange::Terms& terms) { terms.recipients.at(agii).mailbox.lease = 300ms; }));
  const auto id = wait_with(1);
  const auto bytes = fetch(id);
  world.set_clock(now - 24h);
  world.look_at_all();
  std::this_thread::sleep_for(600ms);
  settle();
  EXPECT_EQ(story(id), "requested permitted failed");
  EXPECT_EQ(world.mailbox(agii), std::vector{id});
  EXPECT_EQ(fetch(id), bytes);
}

TEST_F(MailboxTest, a_lease_that_ended_does_not_end_the_next_fetch) {
  const auto id = wait_with(1);
  const auto bytes = fetch(id);
  now += 16min;
  world.set_clock(now);
  auto before_its_end = world.stop_log();
  auto late = world.begin_fetch(id, agii);
  auto before_the_next = world.stop_log();
  before_its_end.set_value();
  wait_until(id, TransferState::failed);  // in the log; who asked has not heard it
  auto next = world.begin_fetch(id, agii);
  auto after_the_next = world.stop_log();
  before_the_next.set_value();
  wait_until(id, TransferState::permitted);
  auto too_early = world.begin_fetch(id, agii);
  after_the_next.set_value();
  EXPECT_FALSE(late.get());
  const auto given = next.get();
  ASSERT_TRUE(given) << given.error().message;
  EXPECT_EQ(given->attempt, 2U);
  const auto refused = too_early.get();
  ASSERT_FALSE(refused) << "its permit was not durable";
  EXPECT_EQ(refused.error().code, ErrorCode::changed);
  settle();
  EXPECT_EQ(story(id), "requested permitted failed permitted");
  EXPECT_EQ(fetch(id), bytes);
}

TEST_F(MailboxTest, a_vault_that_cannot_be_read_just_now_ends_no_lease) {
  const auto id = wait_with(1);
  const auto bytes = fetch(id);
  restart(false);  // what was kept is in the file
  auto file = storage::Database::open(world.state() / "vault.sqlite", storage::Database::Access::write).value();
  ASSERT_TRUE(file.execute("ALTER TABLE payload RENAME TO payload_elsewhere"));
  EXPECT_EQ(refused(id), ErrorCode::unavailable);
  const auto acknowledged = world.acknowledge(id, agii);
  ASSERT_FALSE(acknowledged);
  EXPECT_EQ(acknowledged.error().code, ErrorCode::unavailable);
  ASSERT_TRUE(file.execute("ALTER TABLE payload_elsewhere RENAME TO payload"));
  EXPECT_EQ(story(id), "requested permitted");
  EXPECT_EQ(fetch(id), bytes);
}

TEST_F(MailboxTest, no_number_of_leases_gives_it_up) {
  const auto id = wait_with(1);
  for (unsigned i = 0; i < 2 * most_attempts; ++i) {
    fetch(id);
    pass(16min);
  }
  EXPECT_EQ(state(id), "failed");
  EXPECT_EQ(world.mailbox(agii), std::vector{id});
}

TEST_F(MailboxTest, another_recipient_finds_nothing) {
  const auto id = wait_with(1);
  EXPECT_EQ(refused(id, "vdab"), ErrorCode::not_found);
  const auto acknowledged = world.acknowledge(id, "vdab");
  ASSERT_FALSE(acknowledged);
  EXPECT_EQ(acknowledged.error().code, ErrorCode::not_found);
  EXPECT_TRUE(world.mailbox("vdab").empty());
  EXPECT_EQ(refused(new_uuid_v4()), ErrorCode::not_found);
  EXPECT_EQ(story(id), "requested");
}

TEST_F(MailboxTest, what_is_withdrawn_while_it_waits_is_never_to_be_had) {
  const auto id = wait_with(1);
  const auto said = withdraw(1);
  EXPECT_EQ(said.stopped, std::vector{id});
  EXPECT_TRUE(said.in_flight.empty());
  EXPECT_TRUE(said.to_notify.empty());
  EXPECT_TRUE(world.mailbox(agii).empty());
  EXPECT_EQ(refused(id), ErrorCode::not_found) << "the API asks the index what it was";
  EXPECT_EQ(story(id), "requested cancelled");
}

TEST_F(MailboxTest, what_is_withdrawn_on_lease_is_in_flight_and_told_and_not_given_out_again) {
  const auto id = wait_with(1);
  fetch(id);
  const auto said = withdraw(1);
  EXPECT_TRUE(said.stopped.empty());
  EXPECT_EQ(said.in_flight, std::vector{id});
  EXPECT_EQ(said.to_notify, std::vector{agii});
  EXPECT_EQ(refused(id), ErrorCode::gone);
  EXPECT_EQ(story(id), "requested permitted failed cancelled");
  EXPECT_EQ(last_failure(id), "lease-ended mayHaveArrived");
}

TEST_F(MailboxTest, an_acknowledgement_after_a_withdrawal_says_what_is_true) {
  const auto id = wait_with(1);
  fetch(id);
  EXPECT_EQ(withdraw(1).in_flight, std::vector{id});
  EXPECT_TRUE(world.acknowledge(id, agii));
  settle();
  EXPECT_EQ(story(id), "requested permitted delivered acknowledged");
}

TEST_F(MailboxTest, a_withdrawal_after_a_lease_ended_stops_it_and_is_told) {
  const auto id = wait_with(1);
  fetch(id);
  pass(16min);
  const auto said = withdraw(1);
  EXPECT_EQ(said.stopped, std::vector{id});
  EXPECT_EQ(said.to_notify, std::vector{agii}) << "it may have arrived";
  EXPECT_TRUE(world.mailbox(agii).empty());
}

TEST_F(MailboxTest, fewer_categories_than_were_given_out_make_another_transfer) {
  const auto id = wait_with(1);
  fetch(id);
  withdraw(1, {Category::residence});
  pass(16min);
  EXPECT_EQ(seen(id).reasons, std::vector{Reason::superseded});
  const auto waiting = world.mailbox(agii);
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_NE(waiting.front(), id);
  fetch(waiting.front());
  EXPECT_FALSE(seen(waiting.front()).sent.contains(Category::residence));
}

TEST_F(MailboxTest, a_newer_record_takes_the_place_of_one_that_waits_and_waits_for_one_on_lease) {
  const auto first = wait_with(1);
  const auto second = send(1, "LUB");
  EXPECT_EQ(seen(first).reasons, std::vector{Reason::superseded});
  EXPECT_EQ(world.mailbox(agii), std::vector{second});
  fetch(second);
  const auto third = send(1, "KAP");
  EXPECT_TRUE(world.mailbox(agii).empty()) << "what an older record says is on its way";
  EXPECT_EQ(refused(third), ErrorCode::conflict);
  EXPECT_TRUE(world.acknowledge(second, agii));
  settle();
  EXPECT_EQ(world.mailbox(agii), std::vector{third});
}

TEST_F(MailboxTest, an_older_one_whose_lease_ended_makes_way) {
  const auto first = wait_with(1);
  fetch(first);
  const auto second = send(1, "LUB");
  pass(16min);
  EXPECT_EQ(story(first), "requested permitted failed cancelled");
  EXPECT_EQ(world.mailbox(agii), std::vector{second});
}

TEST_F(MailboxTest, what_is_held_is_listed_when_its_reason_is_gone) {
  const auto id = send(1);
  EXPECT_EQ(state(id), "held");
  EXPECT_TRUE(world.mailbox(agii).empty());
  EXPECT_EQ(refused(id), ErrorCode::conflict);
  EXPECT_EQ(story(id), "requested held") << "not held twice for the same reasons";
  agree(1);
  EXPECT_EQ(world.mailbox(agii), std::vector{id});
  fetch(id);
  EXPECT_EQ(story(id), "requested held permitted");
}

TEST_F(MailboxTest, it_is_decided_when_it_is_fetched) {
  const auto id = wait_with(1);
  now += 8 * 24h;
  world.set_clock(now);  // nobody has looked at it since: the facts are too old now
  EXPECT_EQ(refused(id), ErrorCode::conflict);
  EXPECT_EQ(seen(id).reasons, std::vector{Reason::procedure_stale});
  EXPECT_TRUE(world.mailbox(agii).empty());
}

TEST_F(MailboxTest, a_record_that_comes_between_the_look_and_the_permit_is_looked_at) {
  const auto id = wait_with(1);
  auto go_on = world.stop_log();
  auto newer = world.begin_record(record(1, "LUB", "vdab", "work-guidance"));
  auto fetched = world.begin_fetch(id, agii);
  go_on.set_value();
  EXPECT_TRUE(newer.get());
  const auto answer = fetched.get();
  ASSERT_FALSE(answer) << "made of the record before";
  EXPECT_EQ(answer.error().code, ErrorCode::changed);
  settle();
  EXPECT_EQ(story(id), "requested");
  fetch(id);
  EXPECT_EQ(story(id), "requested permitted");
}

TEST_F(MailboxTest, what_nobody_fetches_stays_until_its_hold_expires) {
  const auto id = wait_with(1);
  pass(8 * 24h);
  EXPECT_EQ(state(id), "held");
  pass(std::chrono::days{longest_hold_days + 1});
  EXPECT_EQ(state(id), "cancelled");
  EXPECT_EQ(seen(id).reasons.front(), Reason::hold_expired);
}

TEST_F(MailboxTest, what_waits_for_long_is_overdue) {
  const auto id = wait_with(1);
  EXPECT_EQ(world.dispatcher().mailbox_figures(agii).overdue, 0U);
  pass(49h);
  const auto figures = world.dispatcher().mailbox_figures(agii);
  EXPECT_EQ(figures.waiting, 1U);
  EXPECT_EQ(figures.overdue, 1U);
  restart(false);
  EXPECT_EQ(world.dispatcher().mailbox_figures(agii).overdue, 1U) << "since when, the log knows";
  fetch(id);
  EXPECT_EQ(world.dispatcher().mailbox_figures(agii).leased, 1U);
  EXPECT_EQ(world.dispatcher().mailbox_figures(agii).waiting, 0U);
}

TEST_F(MailboxTest, an_operator_calls_off_what_waits_and_not_what_is_on_lease) {
  const auto first = wait_with(1);
  EXPECT_TRUE(world.cancel(first));
  settle();
  EXPECT_TRUE(world.mailbox(agii).empty());
  const auto second = send(1, "LUB");
  fetch(second);
  const auto cancelled = world.cancel(second);
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().code, ErrorCode::conflict);
}

TEST_F(MailboxTest, erasure_stops_what_waits_and_ends_what_is_on_lease) {
  const auto waiting = wait_with(1);
  const auto subject = world.find(1).value();
  ASSERT_TRUE(world.erase(subject, false));
  settle();
  EXPECT_EQ(state(waiting), "cancelled");

  const auto leased = wait_with(2);
  fetch(leased);
  const auto other = world.find(2).value();
  const auto erased = world.erase(other, false);
  ASSERT_TRUE(erased);
  EXPECT_EQ(erased->to_notify, std::vector{agii});
  settle();
  const auto acknowledged = world.acknowledge(leased, agii);
  ASSERT_FALSE(acknowledged);
  EXPECT_EQ(acknowledged.error().code, ErrorCode::gone) << "as a late outcome would be";
  EXPECT_EQ(refused(leased), ErrorCode::gone);
  EXPECT_EQ(story(leased), "requested permitted failed cancelled");
  EXPECT_EQ(seen(leased).reasons, std::vector{Reason::subject_erased});
}

TEST_F(MailboxTest, a_restart_and_a_kill_neither_end_a_lease_nor_lengthen_it) {
  for (const bool killed : {false, true}) {
    const int person = killed ? 2 : 1;
    const auto id = wait_with(person);
    restart(killed);
    EXPECT_EQ(world.mailbox(agii), std::vector{id}) << "while it waits";
    const auto first = fetch(id);
    pass(10min);
    restart(killed);
    EXPECT_EQ(story(id), "requested permitted") << "the lease runs";
    EXPECT_TRUE(world.mailbox(agii).empty());
    EXPECT_EQ(fetch(id), first);
    pass(4min);
    EXPECT_EQ(state(id), "permitted");
    pass(2min);
    EXPECT_EQ(last_failure(id), "lease-expired mayHaveArrived");
    EXPECT_EQ(fetch(id), first);
    restart(killed);
    EXPECT_TRUE(world.acknowledge(id, agii)) << "the key of the commitment is in the log";
    settle();
    restart(killed);
    EXPECT_EQ(state(id), "acknowledged");
    EXPECT_TRUE(world.mailbox(agii).empty());
  }
}

TEST_F(MailboxTest, a_lease_that_ended_while_nobody_was_there_ends_at_the_start) {
  const auto id = wait_with(1);
  fetch(id);
  world.kill();
  now += 1h;
  world.set_clock(now);
  open();
  EXPECT_EQ(last_failure(id), "lease-expired mayHaveArrived");
  EXPECT_EQ(world.mailbox(agii), std::vector{id});
}

TEST_F(MailboxTest, a_withdrawal_after_a_restart_hears_of_the_lease) {
  const auto id = wait_with(1);
  fetch(id);
  restart(true);
  const auto said = withdraw(1);
  EXPECT_EQ(said.in_flight, std::vector{id});
  EXPECT_EQ(said.to_notify, std::vector{agii});
}

TEST_F(MailboxTest, a_paused_recipient_gets_nothing_and_may_acknowledge_what_it_has) {
  const auto leased = wait_with(1);
  const auto bytes = fetch(leased);
  ASSERT_TRUE(world.pause(agii, true));
  const auto size = world.log().size();
  agree(2);
  const auto waiting = send(2);
  EXPECT_EQ(refused(waiting), ErrorCode::unavailable);
  EXPECT_EQ(refused(leased), ErrorCode::unavailable);
  restart(true);
  EXPECT_EQ(refused(waiting), ErrorCode::unavailable) << "also after a restart";
  EXPECT_TRUE(world.acknowledge(leased, agii));
  settle();
  EXPECT_EQ(story(leased), "requested permitted delivered acknowledged");
  EXPECT_EQ(story(waiting), "requested");
  ASSERT_TRUE(world.pause(agii, true));
  ASSERT_TRUE(world.pause(agii, false));
  settle();
  EXPECT_EQ(world.mailbox(agii), std::vector{waiting});
  EXPECT_NE(fetch(waiting), bytes);
  EXPECT_GT(world.log().size(), size);
}

}  // namespace
}  // namespace ketenpoort::story
