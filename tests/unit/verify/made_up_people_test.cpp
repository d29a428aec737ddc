// The made-up log that measurements are taken on keeps every rule, or what is measured of a verifier means nothing.
#include "tests/support/made_up_people.hpp"

#include <gtest/gtest.h>

#include "gateway/verify/log_check.hpp"
#include "gateway/verify/report.hpp"
#include "tests/support/ledger_folder.hpp"

namespace ketenpoort::verify {
namespace {

using ledger::Seq;
using ledger::test::LedgerFolder;
using ledger::test::MadeUpPeople;
using ledger::test::test_key;

// Gives entries their place and time, as a sequencer does.
class GrowingLog {
 public:
  GrowingLog() {
    ledger::EntryDraft opened;
    opened.kind = ledger::LedgerOpened::kind;
    opened.actor = {"system", "0123456749", "gateway", ""};
    opened.body = encode_body(ledger::LedgerOpened{"example.org/log", "test", test_key().verifier().text()});
    add({{opened}, {}});
  }
  void add(const ledger::Transaction& transaction) {
    time += std::chrono::milliseconds{3};
    for (const auto& draft : transaction.entries) {
      entries.push_back(
          ledger::encode_entry(entries.size(), time, ledger::test::numbered_id(entries.size() + 1), "node-1", draft));
      const auto applied = history.apply(ledger::decode_entry(entries.back()).value());
      ASSERT_TRUE(applied) << applied.error().message;
    }
  }
  void visit(MadeUpPeople& people, std::size_t count) { add(people.visits(history, entries.size(), time, count)); }

  ledger::History history;
  std::vector<std::string> entries;
  Timestamp time = parse_rfc3339("2026-11-24T11:00:00.000Z").value();
};

TEST(MadeUpPeople, keep_every_rule_and_meet_every_fate) {
  constexpr std::size_t count = 300;
  GrowingLog log;
  MadeUpPeople people(count);
  log.add(people.policy());
  while (log.entries.size() < 20'000) log.visit(people, 500);
  // Others meet the same people later on: a log that goes on after a restart.
  MadeUpPeople again(count);
  while (log.entries.size() < 25'000) log.visit(again, 500);

  LedgerFolder folder;
  folder.write(log.entries, {log.entries.size()});
  const auto report = check_log({.ledger = folder.path(), .keys = {test_key().verifier()}});
  ASSERT_TRUE(report) << describe(report.error());
  EXPECT_EQ(report->counts.subjects, count);
  for (const auto state : {TransferState::refused, TransferState::held, TransferState::acknowledged,
                           TransferState::cancelled, TransferState::abandoned})
    EXPECT_GT(report->transfers[static_cast<std::size_t>(state)], 0U) << to_text(state);
  EXPECT_GT(report->counts.notifications, 0U);
  EXPECT_GT(report->decisions.sealed, 0U);
}

}  // namespace
}  // namespace ketenpoort::verify
