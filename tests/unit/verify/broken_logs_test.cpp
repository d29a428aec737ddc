// For each rule a log that breaks just that one, signed with the log's key: the verifier names rule and entry.
#include <gtest/gtest.h>

#include "gateway/verify/log_check.hpp"
#include "gateway/verify/report.hpp"
#include "tests/support/broken_logs.hpp"

namespace ketenpoort::verify {
namespace {

using ledger::test::BrokenLog;
using ledger::test::LedgerFolder;
using ledger::test::test_key;

Checked<LogReport> check(const std::vector<std::string>& entries) {
  LedgerFolder folder;
  folder.write(entries, {entries.size()});
  return check_log({.ledger = folder.path(), .keys = {test_key().verifier()}});
}

class BrokenLogTest : public testing::TestWithParam<BrokenLog> {};

TEST_P(BrokenLogTest, is_found_and_its_rule_and_entry_named) {
  const auto& log = GetParam();
  const auto result = check(log.entries);
  ASSERT_FALSE(result) << "it was passed";
  EXPECT_EQ(result.error().rule, "invariant " + std::to_string(log.invariant)) << describe(result.error());
  EXPECT_EQ(result.error().seq, log.entries.size() - 1) << describe(result.error());
  EXPECT_EQ(result.error().file, "segments/00000000000000000000");
}

TEST_P(BrokenLogTest, holds_without_its_last_entry) {
  auto entries = GetParam().entries;
  entries.pop_back();
  const auto result = check(entries);
  EXPECT_TRUE(result) << describe(result.error());
}

INSTANTIATE_TEST_SUITE_P(Every, BrokenLogTest, testing::ValuesIn(ledger::test::broken_logs()), [](const auto& info) {
  auto name = info.param.name;
  std::ranges::replace(name, '-', '_');
  return name;
});

}  // namespace
}  // namespace ketenpoort::verify
