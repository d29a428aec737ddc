// A start takes up the history where a snapshot left it, and does without where it cannot be trusted.
#include <gmock/gmock.h>

#include <fstream>

#include "gateway/ledger/history/snapshot.hpp"
#include "tests/support/scratch_folder.hpp"
#include "tests/unit/ledger/log_fixture.hpp"

namespace ketenpoort::ledger {
namespace {

namespace fs = std::filesystem;

class SnapshotTest : public LogFixture {
 protected:
  [[nodiscard]] SequencerOptions eager() const {
    auto out = options();
    out.snapshot_at_stop = 1;
    return out;
  }
  [[nodiscard]] SequencerOptions never() const {
    auto out = options();
    out.snapshot_at_stop = out.snapshot_every = std::uint64_t{1} << 60;
    return out;
  }
  void write_entries(Sequencer& log, std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) ASSERT_TRUE(log.submit_and_wait(writes(numbered_entry(next_++))));
  }
  void write_in_one(Sequencer& log, std::size_t count) {
    ASSERT_TRUE(log.submit_and_wait([&](const History&, std::uint64_t, Timestamp) -> Result<Transaction> {
      Transaction out;
      for (std::size_t i = 0; i < count; ++i) out.entries.push_back(numbered_entry(next_++));
      return out;
    }));
  }
  // The start's report of one that says no more, and what it reads of each entry.
  StartReport reopen(const SequencerOptions& with) {
    const auto log = open(with);
    const auto entries = log->size();
    for (std::uint64_t seq = 0; seq < entries; seq += 1 + entries / 50) {
      const auto bytes = log->entry_bytes(seq);
      EXPECT_TRUE(bytes) << seq;
      if (bytes) EXPECT_EQ(decode_entry(*bytes)->seq, seq);
    }
    const auto report = log->start_report();
    EXPECT_EQ(log->read([](const History& h) { return h.size(); }), report.entries);
    return report;
  }
  [[nodiscard]] fs::path file() const { return state_ / "projection"; }

  std::uint64_t next_ = 0;
};

TEST_F(SnapshotTest, lets_a_start_read_only_what_came_later) {
  {
    const auto log = open(eager());
    write_entries(*log, 300);
  }
  ASSERT_TRUE(fs::exists(file()));
  EXPECT_EQ(reopen(never()).replayed, 0U);
  {
    const auto log = open(never());
    EXPECT_EQ(log->start_report().entries, 301U);
    write_entries(*log, 40);
  }
  const auto report = reopen(never());
  EXPECT_EQ(report.entries, 341U);
  EXPECT_EQ(report.replayed, 40U);
  EXPECT_FALSE(report.snapshot_passed_over);
  checked_entries();
}

TEST_F(SnapshotTest, grows_the_same_tree_across_tiles_and_segments) {
  {
    const auto log = open(eager());
    for (int i = 0; i < 33; ++i) write_in_one(*log, 2'000);  // beyond the first segment
  }
  {
    const auto log = open(never());
    EXPECT_EQ(log->start_report().replayed, 0U);
    write_in_one(*log, 700);
    log->wait_until_published(log->size());
    ASSERT_TRUE(log->prove(3));
    ASSERT_TRUE(log->prove(66'000));
  }
  EXPECT_EQ(reopen(never()).replayed, 700U);
  EXPECT_EQ(checked_entries().size(), 66'701U);
}

TEST_F(SnapshotTest, is_written_while_the_log_grows) {
  auto with = never();
  with.snapshot_every = 50;
  {
    const auto log = open(with);
    write_entries(*log, 60);
    log->wait_until_published(log->size());
    for (int i = 0; i < 500 && !fs::exists(file()); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ASSERT_TRUE(fs::exists(file()));
  EXPECT_LT(reopen(never()).replayed, 61U);
}

TEST_F(SnapshotTest, is_passed_over_when_any_byte_of_it_is_wrong) {
  {
    const auto log = open(eager());
    write_entries(*log, 30);
  }
  const auto whole = read_file(file()).value();
  for (std::size_t at = 0; at < whole.size(); at += 1 + whole.size() / 40) {
    auto bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x20);
    std::ofstream(file(), std::ios::binary) << bytes;
    const auto report = reopen(never());
    EXPECT_EQ(report.replayed, 31U) << at;
    EXPECT_TRUE(report.snapshot_passed_over) << at;
  }
  std::ofstream(file(), std::ios::binary) << whole.substr(0, whole.size() / 2);
  EXPECT_TRUE(reopen(never()).snapshot_passed_over);
  fs::remove(file());
  EXPECT_FALSE(reopen(never()).snapshot_passed_over);
}

TEST_F(SnapshotTest, is_passed_over_when_it_is_of_another_log) {
  {
    const auto log = open(eager());
    write_entries(*log, 30);
  }
  const auto foreign = read_file(file()).value();
  fs::remove_all(state_);
  {
    const auto log = open(never());
    write_entries(*log, 60);
  }
  std::ofstream(file(), std::ios::binary) << foreign;
  const auto report = reopen(never());
  EXPECT_EQ(report.replayed, 61U);
  EXPECT_TRUE(report.snapshot_passed_over);
}

TEST_F(SnapshotTest, does_not_hide_that_a_segment_lost_a_byte) {
  {
    const auto log = open(eager());
    for (int i = 0; i < 33; ++i) write_in_one(*log, 2'000);
  }
  const auto segment = state_ / "ledger" / segment_path(0);
  fs::resize_file(segment, fs::file_size(segment) - 1);
  const auto opened = Sequencer::open(never(), sink_);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, testing::HasSubstr(segment.string()));
}

}  // namespace
}  // namespace ketenpoort::ledger
