// Messages that their recipient fetches, on the real log, vault and policy: each way through the states, and random
// histories that must keep every promise and please the verifier.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "gateway/exchange/partner_answer.hpp"
#include "gateway/exchange/sealing.hpp"
#include "gateway/observability/log.hpp"
#include "gateway/policy/replay.hpp"
#include "gateway/verify/log_check.hpp"
#include "gateway/verify/report.hpp"
#include "tests/unit/story/circumstances.hpp"
#include "tests/unit/story/world.hpp"

namespace ketenpoort::story {
namespace {

using namespace std::chrono_literals;

constexpr Date first_day{std::chrono::year{2026}, std::chrono::November, std::chrono::day{24}};
const Timestamp morning = start_of_day_in_brussels(first_day) + 9h;
const std::string agii = "agii";
const std::string course = "language-course";

class Mailboxes {
 public:
  Mailboxes() : world(morning, {"agii", "vdab"}) {
    log::configure(log::Level::off, log::Destination::standard_error);
    open();
  }

  void open() {
    const auto opened = world.open(Ground::shipped());
    ASSERT_TRUE(opened) << opened.error().message;
    settle();
  }
  void settle() {
    ASSERT_TRUE(world.settle());
    ASSERT_EQ(world.broke(), "");
  }
  void pass(std::chrono::milliseconds time) {
    now += time;
    world.set_clock(std::max(now, world.last_entry()));
    world.look_at_all();
    settle();
  }
  void restart(bool killed) {
    killed ? world.kill() : world.close();
    open();
  }

  TransferId send(int person, std::string_view birth_place = "KAP", const std::string& recipient = agii,
                  const std::string& purpose = course) {
    Circumstances facts;
    facts.lodged = add_days(first_day, -250);
    facts.as_of = date_in_brussels(now);
    facts.centre = birth_place;
    facts.cards = {{"AI_MODEL_A", add_days(first_day, -100), add_days(first_day, 700), "UNLIMITED"}};
    const auto body = record_json(person, facts, {{recipient, purpose}},
                                  "3d9c1724-11e2-4b8f-ab0d-" + fmt::format("{:012}", ++records));
    const auto ids = world.send_record(body);
    if (!ids) throw std::runtime_error(ids.error().message);
    settle();
    return ids->front();
  }
  ConsentId agree(int person, bool given = true, const std::string& recipient = agii,
                  const std::string& purpose = course) {
    const auto& table = shipped_purposes().at(purpose);
    const auto ids = world.send_consent(consent_json(
        person, {{{recipient, purpose}, given, given ? table.required | table.optional : table.required, {}}},
        {false, "", date_in_brussels(now)}));
    if (!ids) throw std::runtime_error(ids.error().message);
    settle();
    return ids->front();
  }
  // Somebody about whom something waits.
  TransferId wait_with(int person) {
    consents[person] = agree(person);
    const auto id = send(person);
    EXPECT_EQ(world.mailbox(agii), std::vector{id});
    return id;
  }
  exchange::Withdrawal withdraw(int person, CategorySet categories = {}) {
    auto said = world.withdraw({consents.at(person), categories, {}});
    if (!said) throw std::runtime_error(said.error().message);
    settle();
    return *said;
  }

  const Seen& seen(const TransferId& id) const {
    for (const auto& one : world.seen())
      if (one.id == id) return one;
    throw std::runtime_error("never requested");
  }
  std::string state(const TransferId& id) { return std::string(to_text(seen(id).state)); }
  // Of a transfer, without "transfer.": "requested permitted failed".
  std::string story(const TransferId& id) {
    std::string out;
    for (std::uint64_t seq = 0; seq < world.log().size(); ++seq) {
      const auto bytes = world.log().entry_bytes(seq).value();
      const auto entry = ledger::decode_entry(bytes).value();
      if (entry.tx == id) out += (out.empty() ? "" : " ") + std::string(entry.kind.substr(9));
    }
    return out;
  }
  std::string last_failure(const TransferId& id) {
    std::string out;
    for (std::uint64_t seq = 0; seq < world.log().size(); ++seq) {
      const auto bytes = world.log().entry_bytes(seq).value();
      const auto entry = ledger::decode_entry(bytes).value();
      if (entry.tx == id && entry.kind == ledger::TransferFailed::kind) {
        const auto body = *entry.body_of<ledger::TransferFailed>();
        out = body.failure_class + (body.may_have_arrived ? " mayHaveArrived" : "");
      }
    }
    return out;
  }

  // Both the rules and every decision, with the facts of those that can be opened.
  void check() {
    policy::Replay replay([&](const ledger::Entry& entry) -> std::optional<std::string> {
      const auto keys = world.vault().keys_of(*entry.subject);
      if (!keys) return std::nullopt;
      const auto text = exchange::open_part(keys->proof, entry);
      return text ? std::optional(*text) : std::nullopt;
    });
    ledger::History history;
    for (std::uint64_t seq = 0; seq < world.log().size(); ++seq) {
      const auto bytes = world.log().entry_bytes(seq).value();
      const auto entry = ledger::decode_entry(bytes).value();
      const auto checked = replay.check(history, entry);
      ASSERT_TRUE(checked) << checked.error().message;
      const auto applied = history.apply(entry);
      ASSERT_TRUE(applied) << applied.error().message;
    }
    EXPECT_EQ(world.log().read([](const ledger::History& h) { return h.save(); }), history.save());
    world.close();
    const auto report = verify::check_log({.ledger = world.state() / "ledger", .keys = {World::key().verifier()}});
    ASSERT_TRUE(report) << verify::describe(report.error());
  }

  World world;
  Timestamp now = morning;
  std::map<int, ConsentId> consents;
  int records = 0;
};

class MailboxTest : public testing::Test, protected Mailboxes {
 protected:
  void TearDown() override { check(); }
  ErrorCode refused(const TransferId& id, const std::string& recipient = agii) {
    const auto answer = world.fetch(id, recipient);
    EXPECT_FALSE(answer);
    settle();
    return answer ? ErrorCode::internal : answer.error().code;
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

// ---- a partner that is pushed to ----

class PauseTest : public testing::Test, protected Mailboxes {
 protected:
  static constexpr auto handover = "warm-handover";
  // Somebody who was granted a status.
  TransferId send_granted(int person) {
    Circumstances facts;
    facts.status = "REFUGEE";
    facts.lodged = add_days(first_day, -250);
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

// ---- random histories ----

// What a partner that fetches has seen, and what was promised about it.
class Dice : public Mailboxes {
 public:
  explicit Dice(unsigned number) : dice_(number) {}

  void play(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
      now += 1s;
      world.set_clock(std::max(now, world.last_entry()));
      step(static_cast<int>(dice_() % 3));
    }
  }
  std::set<std::string> met;

 private:
  bool likely(unsigned percent) { return dice_() % 100 < percent; }

  void step(int person) {
    if (erased_.contains(person)) return;
    switch (dice_() % 16) {
      case 0:
      case 1:
        consents[person] = agree(person, likely(85));
        return;
      case 2:
      case 3:
        transfers_[send(person, likely(50) ? "KAP" : "LUB")] = person;
        return;
      case 4:
        if (consents.contains(person)) take_back(person);
        return;
      case 5:
        return pass(std::chrono::minutes{1 + dice_() % 40});
      case 6:
        return pass(std::chrono::hours{dice_() % 60});
      case 7:
        if (likely(40)) restart(likely(50));
        return;
      case 8:
        if (likely(20) && world.find(person)) erase(person);
        return;
      case 9:
        if (likely(50)) {
          paused_ = !paused_;
          EXPECT_TRUE(world.pause(agii, paused_));
          settle();
        }
        return;
      case 10:
      case 11:
        return acknowledge();
      default:
        return fetch();
    }
  }

  void take_back(int person) {
    const auto said =
        world.withdraw({consents.at(person), likely(30) ? CategorySet{Category::residence} : CategorySet{},
                        exchange::WithdrawalRequest::Cell{world.find(person).value_or(SubjectRef{}), course, agii}});
    ASSERT_TRUE(said) << said.error().message;
    settle();
    stopped_.insert(said->stopped.begin(), said->stopped.end());
    for (const auto& id : said->in_flight) {
      EXPECT_TRUE(given_.contains(id)) << "on its way, though nobody fetched it";
      met.insert("in flight");
    }
    if (!said->stopped.empty()) met.insert("stopped");
  }

  void erase(int person) {
    ASSERT_TRUE(world.erase(world.find(person).value(), likely(50)));
    settle();
    erased_.insert(person);
  }

  TransferId choose() {
    if (const auto listed = world.mailbox(agii); !listed.empty() && likely(70)) return listed[dice_() % listed.size()];
    if (transfers_.empty()) return new_uuid_v4();
    auto at = transfers_.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(dice_() % transfers_.size()));
    return at->first;
  }

  void fetch() {
    const auto listed = world.mailbox(agii);
    const auto id = choose();
    const auto answer = world.fetch(id, agii);
    settle();
    const bool was_listed = std::find(listed.begin(), listed.end(), id) != listed.end();
    if (!answer) {
      met.insert("turned down");
      EXPECT_TRUE(!was_listed || paused_) << "listed and not to be had: " << answer.error().message;
      return;
    }
    met.insert(given_.contains(id) ? "given out again" : "given out");
    EXPECT_FALSE(paused_);
    EXPECT_FALSE(stopped_.contains(id)) << "given out after it was stopped";
    if (const auto person = transfers_.find(id); person != transfers_.end())
      EXPECT_FALSE(erased_.contains(person->second)) << "given out after the erasure";
    EXPECT_EQ(state(id), "permitted");
    const auto [first, fresh] = given_.try_emplace(id, answer->message);
    EXPECT_EQ(first->second, answer->message) << "the bytes of a transfer never change";
    const auto again = world.mailbox(agii);
    EXPECT_EQ(std::count(again.begin(), again.end(), id), 0) << "on lease and listed";
  }

  void acknowledge() {
    if (given_.empty()) return;
    auto at = given_.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(dice_() % given_.size()));
    const auto before = state(at->first);
    const auto done = world.acknowledge(at->first, agii);
    settle();
    if (done) {
      EXPECT_TRUE(before == "permitted" || before == "acknowledged") << before;
      EXPECT_EQ(state(at->first), "acknowledged");
      met.insert("acknowledged");
    } else {
      EXPECT_EQ(state(at->first), before);
      met.insert("acknowledged too late");
    }
  }

  std::mt19937 dice_;
  bool paused_ = false;
  std::set<int> erased_;
  std::set<TransferId> stopped_;
  std::map<TransferId, int> transfers_;
  std::map<TransferId, std::string> given_;
};

TEST(MailboxStories, keep_every_promise_in_random_histories) {
  std::set<std::string> met;
  for (unsigned number = 1; number <= 40 && !testing::Test::HasFailure(); ++number) {
    SCOPED_TRACE(number);
    Dice dice(number);
    dice.play(60);
    dice.check();
    met.insert(dice.met.begin(), dice.met.end());
  }
  for (const auto* one :
       {"given out", "given out again", "turned down", "acknowledged", "acknowledged too late", "in flight", "stopped"})
    EXPECT_TRUE(met.contains(one)) << "never came to: " << one;
}

}  // namespace
}  // namespace ketenpoort::story
