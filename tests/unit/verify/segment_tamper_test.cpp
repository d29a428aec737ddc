// The same as tamper_test, where a log goes on in a second file: at the border of its segments.
#include <gtest/gtest.h>

#include <random>

#include "gateway/verify/log_check.hpp"
#include "gateway/verify/report.hpp"
#include "tests/support/long_log.hpp"

namespace ketenpoort::verify {
namespace {

using ledger::segment_entries;
using ledger::test::LedgerFolder;
using ledger::test::LongLog;

const std::string first_file = ledger::segment_path(0);
const std::string second_file = ledger::segment_path(segment_entries);

class SegmentTamper : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto log = LongLog::of(3);
    while (log.story.log.lines.size() < segment_entries - 60) log.story.log.add(ledger::ClockAnomaly{1});
    for (std::uint64_t resident = 3; log.story.log.lines.size() < segment_entries + 60; ++resident)
      add_resident(log.story, resident);
    entries() = new std::vector<std::string>(log.story.log.encode());
    key() = new ledger::SigningKey(ledger::test::test_key(8));
  }
  static void TearDownTestSuite() {
    delete entries();
    delete key();
  }
  static std::vector<std::string>*& entries() {
    static std::vector<std::string>* all = nullptr;
    return all;
  }
  static ledger::SigningKey*& key() {
    static ledger::SigningKey* signer = nullptr;
    return signer;
  }

  SegmentTamper() { folder_.write(*entries(), {segment_entries - 5, entries()->size()}, *key()); }

  Checked<LogReport> check() { return check_log({.ledger = folder_.path(), .keys = {key()->verifier()}}); }

  // The records put down as somebody does who knows how files are divided, and nothing of trees.
  void put_records(const std::vector<std::string>& all) {
    std::string first;
    std::string second;
    for (std::size_t seq = 0; seq < all.size(); ++seq)
      ledger::append_record(seq < segment_entries ? first : second, all[seq]);
    folder_.put(first_file, first);
    folder_.put(second_file, second);
  }
  void expect_blamed(std::uint64_t seq, std::string_view rule) {
    const auto result = check();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().seq, seq) << describe(result.error());
    EXPECT_EQ(result.error().rule, rule) << describe(result.error());
    EXPECT_EQ(result.error().file, seq < segment_entries ? first_file : second_file);
  }

  std::mt19937 random_{5};  // NOLINT: the same every time
  LedgerFolder folder_;
};

TEST_F(SegmentTamper, it_holds_as_it_is) {
  const auto report = check();
  ASSERT_TRUE(report) << describe(report.error());
  EXPECT_GT(report->entries, segment_entries);
}

TEST_F(SegmentTamper, any_byte_around_the_border_names_its_entry_and_file) {
  for (const std::uint64_t seq : {segment_entries - 2, segment_entries - 1, segment_entries, segment_entries + 1}) {
    auto changed = *entries();
    auto& entry = changed[seq];
    const auto at = random_() % entry.size();
    entry[at] = static_cast<char>(entry[at] ^ 1);
    put_records(changed);
    const auto result = check();
    ASSERT_FALSE(result) << seq;
    EXPECT_EQ(result.error().seq, seq) << describe(result.error());
  }
}

TEST_F(SegmentTamper, entries_that_change_files) {
  auto changed = *entries();
  std::swap(changed[segment_entries - 1], changed[segment_entries]);
  put_records(changed);
  expect_blamed(segment_entries - 1, "invariant 1");

  changed = *entries();
  changed.erase(changed.begin() + static_cast<std::ptrdiff_t>(segment_entries - 1));  // all behind it move up
  put_records(changed);
  expect_blamed(segment_entries - 1, "invariant 1");

  changed = *entries();
  changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(segment_entries), changed[segment_entries - 1]);
  put_records(changed);
  expect_blamed(segment_entries, "invariant 1");
}

TEST_F(SegmentTamper, files_that_end_elsewhere) {
  const auto first = folder_.get(first_file);
  const auto second = folder_.get(second_file);
  const auto last = entries()->at(segment_entries - 1);
  folder_.put(first_file, first.substr(0, first.size() - last.size() - 2));
  expect_blamed(segment_entries - 1, "segments");
  folder_.put(first_file, first.substr(0, first.size() - 1));
  expect_blamed(segment_entries - 1, "segments");
  folder_.put(first_file, first + second.substr(0, entries()->at(segment_entries).size() + 2));
  auto longer = check();
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().rule, "segments") << describe(longer.error());
  EXPECT_EQ(longer.error().where, first_file);
  folder_.put(first_file, first);
  folder_.remove(second_file);
  expect_blamed(segment_entries, "segments");
  folder_.put(second_file, second);
  folder_.remove(first_file);
  const auto without = check();
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error().rule, "segments");
  EXPECT_EQ(without.error().where, first_file);
}

}  // namespace
}  // namespace ketenpoort::verify
