// A state folder of its own for each test, and the few words tests of the sequencer speak in.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <mutex>
#include <string>
#include <vector>

#include "gateway/base/bytes.hpp"
#include "gateway/base/files.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/ledger/published/prove.hpp"
#include "gateway/ledger/tree/segments.hpp"
#include "gateway/ledger/tree/tree.hpp"
#include "gateway/ledger/writer/sequencer.hpp"

namespace ketenpoort::ledger {

// A vault that remembers what it was given.
class MemorySink : public Sink {
 public:
  void on_durable(std::uint64_t batch, std::span<const VaultChange> changes) override {
    const std::lock_guard lock(mutex_);
    for (const auto& change : changes) changes_.push_back(change.bytes);
    applied_ = batch;
  }
  [[nodiscard]] std::uint64_t applied_through() const override { return forgetful_ ? 0 : applied_.load(); }
  [[nodiscard]] std::vector<std::string> changes() const {
    const std::lock_guard lock(mutex_);
    return changes_;
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    changes_.clear();
    applied_ = 0;
  }
  bool note_through(std::uint64_t batch) override {
    if (counts_ && batch > applied_) applied_ = batch;
    return counts_;
  }
  [[nodiscard]] bool counts_batches() const override { return counts_; }
  void count() { counts_ = true; }      // as the vault does
  void forget() { forgetful_ = true; }  // as a vault that lost what it was not sure of

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> changes_;
  std::atomic<std::uint64_t> applied_{0};
  std::atomic<bool> forgetful_{false};
  std::atomic<bool> counts_{false};
};

inline SigningKey log_key() {
  std::array<std::uint8_t, 32> seed{};
  seed.fill(7);
  return *SigningKey::from_seed("example.be/ketenpoort/test", seed);
}

inline EntryDraft numbered_entry(std::uint64_t number, std::size_t padding = 0) {
  std::string role(padding, 'x');
  return {.kind = "audit.queried",
          .actor = {.type = "system", .org = {}, .role = std::move(role), .op = {}},
          .body = encode_body(AuditQueried{"test", {}, number})};
}

inline Prepare writes(EntryDraft draft, std::vector<VaultChange> changes = {}) {
  return [draft = std::move(draft), changes = std::move(changes)](const History&, std::uint64_t,
                                                                  Timestamp) -> Result<Transaction> {
    return Transaction{{draft}, changes};
  };
}

class LogFixture : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::remove_all(state_); }
  void TearDown() override { std::filesystem::remove_all(state_); }

  [[nodiscard]] SequencerOptions options() const {
    return {.state = state_,
            .node = "node-1",
            .org = "",
            .software = "ketenpoort test",
            .key = log_key(),
            .publish_every = std::chrono::milliseconds(5)};
  }
  std::unique_ptr<Sequencer> open(SequencerOptions with) {
    auto opened = Sequencer::open(std::move(with), sink_);
    if (!opened) throw std::runtime_error(opened.error().message);
    return std::move(*opened);
  }
  std::unique_ptr<Sequencer> open() { return open(options()); }

  // Checks the ledger folder from its bytes alone, and gives its entries.
  std::vector<std::string> checked_entries() const {
    const auto ledger = state_ / "ledger";
    const auto checkpoint = read_checkpoint(ledger, log_key().verifier());
    if (!checkpoint) throw std::runtime_error(checkpoint.error().message);
    SegmentReader reader(ledger);
    TreeEdge edge;
    std::vector<std::string> entries;
    while (edge.size() < checkpoint->size) {
      const auto entry = reader.next();
      if (!entry || !*entry) throw std::runtime_error("the segments end before the checkpoint");
      entries.emplace_back(**entry);
      edge.append(leaf_hash(as_bytes(entries.back())));
    }
    EXPECT_EQ(edge.root(), checkpoint->root);
    return entries;
  }

  std::filesystem::path state_ =
      std::filesystem::temp_directory_path() / ("ketenpoort-ledger-" + std::to_string(::getpid()));
  MemorySink sink_;
};

}  // namespace ketenpoort::ledger
