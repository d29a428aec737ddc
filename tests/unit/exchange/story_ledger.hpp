// A sequencer that wrote a story, for use cases that read it and write on.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/ledger/entry/bodies.hpp"
#include "tests/support/log_story.hpp"
#include "tests/support/scratch_folder.hpp"

namespace ketenpoort::exchange::test {

class IdleSink final : public ledger::Sink {
 public:
  void on_durable(std::uint64_t batch, std::span<const ledger::VaultChange>) override { applied_ = batch; }
  [[nodiscard]] std::uint64_t applied_through() const override { return applied_; }

 private:
  std::atomic<std::uint64_t> applied_{0};
};

// The number `mark` of one subject passes to another, which continues the one it left.
inline void pass_number(ledger::test::Log& log, std::uint8_t mark, const SubjectRef& from, const SubjectRef& to) {
  ledger::SubjectLinked linked;
  linked.mark = ledger::test::subject_number(mark);
  linked.number = "ssin";
  ledger::SubjectUnlinked unlinked;
  unlinked.mark = linked.mark;
  unlinked.number = linked.number;
  log.add(linked, {}, from);
  const auto left = log.add(unlinked, {}, from);
  log.add(linked, {left}, to);
}

class StoryLedger {
 public:
  explicit StoryLedger(const Vault& vault) : vault_(vault) {}
  ~StoryLedger() {
    if (sequencer_) sequencer_->stop();
  }
  StoryLedger(const StoryLedger&) = delete;
  StoryLedger& operator=(const StoryLedger&) = delete;

  // Writes the story so far; from here on it is `time`.
  Facilities& open(std::string_view time) {
    std::array<std::uint8_t, 32> seed{};
    seed.fill(7);
    ledger::SequencerOptions options{.state = folder.path() / "state",
                                     .node = "node-1",
                                     .org = "",
                                     .software = "ketenpoort test",
                                     .key = ledger::SigningKey::from_seed("example.org/log", seed).value()};
    const auto now = parse_rfc3339(time).value();
    options.now = [this] { return now_.load(); };
    sequencer_ = std::move(ledger::Sequencer::open(std::move(options), sink_).value());
    facilities_ = std::unique_ptr<Facilities>(
        new Facilities{*sequencer_,
                       vault_,
                       FormatsInUse(nullptr),
                       KeptMappings(folder.path() / "mappings"),
                       Clock(std::chrono::duration_cast<std::chrono::milliseconds>(now - Clock().now())),
                       {},
                       {}});
    ledger::Transaction transaction;
    for (std::size_t i = 1; i < story.log.lines.size(); ++i)  // the log writes its first entry itself
      transaction.entries.push_back(story.log.lines[i].draft);
    const auto done = sequencer_->submit_and_wait(
        [&](const ledger::History&, std::uint64_t, Timestamp) -> Result<ledger::Transaction> { return transaction; });
    EXPECT_TRUE(done) << done.error().message;
    now_ = now;
    return *facilities_;
  }

  // What was written after the story.
  struct Written {
    std::string kind;
    SubjectRef subject{};
    std::vector<std::uint64_t> refs;
  };
  [[nodiscard]] std::vector<Written> written() const {
    std::vector<Written> out;
    for (auto seq = story.log.lines.size(); seq < sequencer_->size(); ++seq) {
      const auto bytes = sequencer_->entry_bytes(seq).value();
      const auto entry = ledger::decode_entry(bytes).value();
      out.push_back({std::string(entry.kind), entry.subject.value(), entry.refs});
    }
    return out;
  }

  ketenpoort::test::ScratchFolder folder;
  ledger::test::Story story;

 private:
  const Vault& vault_;
  IdleSink sink_;
  std::atomic<Timestamp> now_{parse_rfc3339(ledger::test::Log::start).value()};
  std::unique_ptr<ledger::Sequencer> sequencer_;
  std::unique_ptr<Facilities> facilities_;
};

}  // namespace ketenpoort::exchange::test
