// A life of a ledger on a disk in memory, and what must hold of it after whatever befell that disk.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gateway/ledger/tree/segments.hpp"
#include "gateway/ledger/writer/sequencer.hpp"
#include "gateway/verify/log_check.hpp"
#include "gateway/verify/report.hpp"
#include "tests/support/memory_disk.hpp"
#include "tests/support/scratch_folder.hpp"
#include "tests/unit/ledger/log_fixture.hpp"

namespace ketenpoort::ledger::test {

// A vault that has durably what it had some batches ago. What is durable is noted on the disk.
class SlowVault : public Sink {
 public:
  explicit SlowVault(std::shared_ptr<MemoryDisk> disk) : disk_(std::move(disk)) {}

  void on_durable(std::uint64_t batch, std::span<const VaultChange> changes) override;
  [[nodiscard]] std::uint64_t applied_through() const override { return applied_; }

  // As it is found after its process ended: with what was durable.
  void restart(std::uint64_t applied);
  void take_over(const SlowVault& other, std::uint64_t applied);
  [[nodiscard]] std::vector<std::string> changes() const;

 private:
  std::shared_ptr<MemoryDisk> disk_;
  std::map<std::uint64_t, std::vector<std::string>> batches_;
  std::atomic<std::uint64_t> applied_{0};
  unsigned calls_ = 0;
};

// One transaction of the story: `entries` entries and at least as many changes, all telling its number.
struct Told {
  std::uint64_t number = 0;
  std::uint32_t entries = 0;
  std::optional<Committed> committed;  // nothing: refused
};

// What is left after something befell a disk, and what was known before.
struct Left {
  DiskImage image;
  std::vector<Told> told;
  std::uint64_t applied = 0;                  // what the vault had durably
  std::string checkpoint{};                   // that somebody saw, if any
  const SlowVault* vault = nullptr;           // of which it had that; null: the story's own
  std::uint64_t next = 1'000'000;             // number of the transaction that a check adds
  std::shared_ptr<MemoryDisk> disk{};         // made of the image; left as the start leaves it
  std::shared_ptr<SlowVault>* vault_after{};  // where to put the vault as the start leaves it
};

class CrashStory {
 public:
  explicit CrashStory(std::filesystem::path state, std::shared_ptr<MemoryDisk> disk = nullptr);

  // Opens, writes singly and in bursts, publishes, restarts, writes more and stops. What is acknowledged is noted on
  // the disk as it is.
  void live();

  [[nodiscard]] const std::vector<Told>& told() const { return told_; }
  [[nodiscard]] const std::vector<Error>& fatal() const { return fatal_; }
  [[nodiscard]] const std::vector<Error>& refusals() const { return refusals_; }
  [[nodiscard]] const std::vector<Error>& problems() const { return problems_; }
  [[nodiscard]] const std::shared_ptr<MemoryDisk>& disk() const { return disk_; }
  [[nodiscard]] const SlowVault& vault() const { return *vault_; }
  [[nodiscard]] std::uint64_t applied() const { return vault_->applied_through(); }

  // Opens what is left and checks it: every transaction acknowledged is there byte by byte, every other wholly or not
  // at all, the vault has the same in the same order, and the folder verifies, also against the checkpoint that was
  // seen.
  void expect_all_there(const Left& left) const;

 private:
  SequencerOptions options(std::shared_ptr<MemoryDisk> disk);
  std::unique_ptr<Sequencer> open();
  void submit(Sequencer& log, std::uint32_t entries);
  void write(Sequencer& log, std::uint32_t entries);
  void burst(Sequencer& log, std::uint32_t count);

  std::filesystem::path state_;
  std::shared_ptr<MemoryDisk> disk_;
  std::shared_ptr<SlowVault> vault_;
  std::uint64_t next_ = 1;
  std::size_t submitted_ = 0;
  std::mutex mutex_;
  std::condition_variable all_told_;
  std::vector<Told> told_;
  std::vector<Error> fatal_;
  std::vector<Error> refusals_;
  std::vector<Error> problems_;
};

// Number and part of a transaction, in a form every entry carries.
inline Uuid trace_of(std::uint64_t number, std::uint32_t part, std::uint32_t parts) {
  auto trace = *parse_uuid("00000000-0000-4000-8000-000000000000");
  for (std::size_t i = 0; i < 4; ++i) trace.bytes[i] = static_cast<std::uint8_t>(number >> (8 * (3 - i)));
  trace.bytes[14] = static_cast<std::uint8_t>(part);
  trace.bytes[15] = static_cast<std::uint8_t>(parts);
  return trace;
}

inline std::size_t padding_of(std::uint64_t number, std::uint32_t part) {
  return (number * 37 + part * 11) % 60;
}

inline EntryDraft draft_of(std::uint64_t number, std::uint32_t part, std::uint32_t parts) {
  auto draft = numbered_entry(number, padding_of(number, part));
  draft.trace = trace_of(number, part, parts);
  return draft;
}

inline std::vector<std::string> changes_of(std::uint64_t number, std::uint32_t entries) {
  std::vector<std::string> changes;
  for (std::uint32_t i = 0; i < entries + number % 2; ++i)
    changes.push_back(std::to_string(number) + "/" + std::to_string(i) + std::string((number * 53) % 1500, 'c'));
  return changes;
}

// The transactions that stand in a log, by what their entries say; each must be whole.
inline std::map<std::uint64_t, std::vector<std::pair<std::uint64_t, std::string>>> find_transactions(
    const std::filesystem::path& ledger, const std::shared_ptr<MemoryDisk>& disk) {
  std::map<std::uint64_t, std::vector<std::pair<std::uint64_t, std::string>>> found;
  std::map<std::uint64_t, std::uint32_t> parts;
  SegmentReader reader(ledger, 0, disk);
  for (auto bytes = reader.next(); bytes && *bytes; bytes = reader.next()) {
    const auto entry = decode_entry(**bytes);
    if (!entry || entry->kind != "audit.queried") continue;  // the others are the log's own
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) number = number << 8 | entry->trace->bytes[i];
    parts[number] = entry->trace->bytes[15];
    found[number].emplace_back(entry->seq, std::string(**bytes));
  }
  for (const auto& [number, entries] : found)
    EXPECT_EQ(entries.size(), parts[number]) << "transaction " << number << " is there by halves";
  return found;
}

inline void copy_out(const DiskImage& image, const std::filesystem::path& from, const std::filesystem::path& to) {
  for (const auto& [path, inode] : image.names) {
    if (!path.starts_with(from.string() + "/")) continue;
    const auto file = to / std::filesystem::path(path).lexically_relative(from);
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << image.contents.at(inode);
  }
}

inline void expect_verifies(const DiskImage& image, const std::filesystem::path& ledger, const std::string& older) {
  const ketenpoort::test::ScratchFolder copy;
  copy_out(image, ledger, copy.path());
  verify::LogCheck check{.ledger = copy.path(), .keys = {log_key().verifier()}};
  if (!older.empty()) check.older_checkpoint = older;
  const auto report = verify::check_log(check);
  EXPECT_TRUE(report) << verify::describe(report.error());
}

inline void SlowVault::on_durable(std::uint64_t batch, std::span<const VaultChange> changes) {
  if (!batches_.empty()) EXPECT_GT(batch, batches_.rbegin()->first) << "a batch came out of order, or again";
  auto& own = batches_[batch];
  for (const auto& change : changes) own.push_back(change.bytes);
  if (++calls_ % 3 != 0 || batches_.size() < 2) return;
  const auto durable = std::prev(batches_.end(), 2)->first;
  disk_->note("applied " + std::to_string(durable));
  applied_ = durable;
}

inline void SlowVault::restart(std::uint64_t applied) {
  applied_ = applied;
  batches_.erase(batches_.upper_bound(applied), batches_.end());
}

inline void SlowVault::take_over(const SlowVault& other, std::uint64_t applied) {
  batches_ = other.batches_;
  restart(applied);
}

inline std::vector<std::string> SlowVault::changes() const {
  std::vector<std::string> all;
  for (const auto& [batch, changes] : batches_) all.insert(all.end(), changes.begin(), changes.end());
  return all;
}

inline CrashStory::CrashStory(std::filesystem::path state, std::shared_ptr<MemoryDisk> disk)
    : state_(std::move(state)),
      disk_(disk ? std::move(disk) : std::make_shared<MemoryDisk>()),
      vault_(std::make_shared<SlowVault>(disk_)) {}

inline SequencerOptions CrashStory::options(std::shared_ptr<MemoryDisk> disk) {
  SequencerOptions options{
      .state = state_, .node = "node-1", .org = "", .software = "ketenpoort test", .key = log_key()};
  options.publish_every = std::chrono::milliseconds(1);
  options.files = std::move(disk);
  options.journal_part_bytes = 12U << 10;
  options.on_problem = [this](const Error& error) {
    const std::lock_guard lock(mutex_);
    problems_.push_back(error);
  };
  options.on_fatal = [this](const Error& error) {
    const std::lock_guard lock(mutex_);
    fatal_.push_back(error);
  };
  return options;
}

inline std::unique_ptr<Sequencer> CrashStory::open() {
  vault_->restart(vault_->applied_through());
  disk_->restart();
  auto opened = Sequencer::open(options(disk_), *vault_);
  if (opened) return std::move(*opened);
  refusals_.push_back(opened.error());
  return nullptr;
}

inline void CrashStory::submit(Sequencer& log, std::uint32_t entries) {
  const auto number = next_++;
  ++submitted_;
  log.submit(
      [number, entries](const History&, std::uint64_t, Timestamp) -> Result<Transaction> {
        Transaction transaction;
        for (std::uint32_t part = 0; part < entries; ++part)
          transaction.entries.push_back(draft_of(number, part, entries));
        for (auto& change : changes_of(number, entries)) transaction.changes.push_back({1, std::move(change)});
        return transaction;
      },
      [this, number, entries](Result<Committed> committed) {
        const std::lock_guard lock(mutex_);
        told_.push_back({number, entries, std::nullopt});
        if (committed)
          told_.back().committed = std::move(*committed);
        else
          refusals_.push_back(committed.error());
        disk_->note("told " + std::to_string(told_.size()));
        all_told_.notify_one();
      });
}

// Waits until everything submitted was told.
inline void CrashStory::write(Sequencer& log, std::uint32_t entries) {
  submit(log, entries);
  std::unique_lock lock(mutex_);
  all_told_.wait(lock, [&] { return told_.size() == submitted_; });
}

inline void CrashStory::burst(Sequencer& log, std::uint32_t count) {
  for (std::uint32_t i = 1; i < count; ++i) submit(log, 1 + i % 3);
  write(log, 2);
}

inline void CrashStory::live() {
  for (int life = 0; life < 2; ++life) {
    const auto log = open();
    if (!log) return;
    log->wait_until_published(1);
    for (std::uint32_t i = 0; i < 6; ++i) write(*log, 1 + i % 3);
    log->wait_until_published(log->size());
    burst(*log, 12);
    burst(*log, 9);
    log->wait_until_published(log->size());
    burst(*log, 7);
  }
}

inline void CrashStory::expect_all_there(const Left& left) const {
  CrashStory after(state_, left.disk ? left.disk : std::make_shared<MemoryDisk>(left.image));
  after.vault_->take_over(left.vault != nullptr ? *left.vault : *vault_, left.applied);
  after.next_ = left.next;
  {
    const auto log = after.open();
    ASSERT_TRUE(log) << after.refusals_.front().message;
    after.write(*log, 2);
    ASSERT_TRUE(after.told_.back().committed) << after.refusals_.front().message;
  }
  if (left.vault_after != nullptr) *left.vault_after = after.vault_;
  const auto ledger = state_ / "ledger";
  const auto found = find_transactions(ledger, after.disk_);
  for (const auto& one : left.told) {
    if (!one.committed) {
      // Refused by a process that lived on, so that it may be sent again.
      if (fatal_.empty()) EXPECT_FALSE(found.contains(one.number)) << "transaction " << one.number << " was refused";
      continue;
    }
    const auto at = found.find(one.number);
    ASSERT_NE(at, found.end()) << "transaction " << one.number << " was acknowledged and is lost";
    for (std::uint32_t part = 0; part < one.entries; ++part)
      EXPECT_EQ(at->second[part].second,
                encode_entry(one.committed->first_seq + part, one.committed->time, one.committed->ids[part], "node-1",
                             draft_of(one.number, part, one.entries)))
          << "transaction " << one.number;
  }
  std::vector<std::string> expected;
  for (const auto& [number, entries] : found) {
    for (auto& change : changes_of(number, static_cast<std::uint32_t>(entries.size())))
      expected.push_back(std::move(change));
  }
  EXPECT_EQ(after.vault_->changes(), expected);
  expect_verifies(after.disk_->image(), ledger, left.checkpoint);
}

}  // namespace ketenpoort::ledger::test
