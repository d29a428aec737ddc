// A gateway of which two recipients fetch their messages, on the real log, vault and policy.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <stdexcept>
#include <string>

#include "gateway/exchange/facilities/sealing.hpp"
#include "gateway/observability/log.hpp"
#include "gateway/policy/replay.hpp"
#include "gateway/verify/log_check.hpp"
#include "gateway/verify/report.hpp"
#include "tests/unit/story/circumstances.hpp"
#include "tests/unit/story/world.hpp"

namespace ketenpoort::story {

using namespace std::chrono_literals;

inline constexpr Date mailbox_day{std::chrono::year{2026}, std::chrono::November, std::chrono::day{24}};
inline const std::string agii = "agii";
inline const std::string course = "language-course";

class Mailboxes {
 public:
  Mailboxes() : world(start_of_day_in_brussels(mailbox_day) + 9h, {"agii", "vdab"}) {
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

  // A record that asks for one transfer.
  std::string record(int person, std::string_view centre, const std::string& recipient, const std::string& purpose) {
    Circumstances facts;
    facts.lodged = add_days(mailbox_day, -250);
    facts.as_of = date_in_brussels(now);
    facts.centre = centre;
    facts.cards = {{"AI_MODEL_A", add_days(mailbox_day, -100), add_days(mailbox_day, 700), "UNLIMITED"}};
    return record_json(person, facts, {{recipient, purpose}},
                       "3d9c1724-11e2-4b8f-ab0d-" + fmt::format("{:012}", ++records));
  }
  TransferId send(int person, std::string_view centre = "KAP", const std::string& recipient = agii,
                  const std::string& purpose = course) {
    const auto ids = world.send_record(record(person, centre, recipient, purpose));
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
  Timestamp now = start_of_day_in_brussels(mailbox_day) + 9h;
  std::map<int, ConsentId> consents;
  int records = 0;
};

}  // namespace ketenpoort::story
