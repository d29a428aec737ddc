// The verifier on what the gateway's own sequencer writes, while it writes.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "gateway/ledger/writer/sequencer.hpp"
#include "gateway/verify/log_check.hpp"
#include "gateway/verify/proof_check.hpp"
#include "gateway/verify/report.hpp"
#include "tests/support/ledger_folder.hpp"
#include "tests/support/log_story.hpp"

namespace ketenpoort::verify {
namespace {

using ledger::test::LedgerFolder;
using ledger::test::Log;
using ledger::test::Story;
using ledger::test::test_key;

std::vector<ledger::VerifierKey> log_keys() {
  return {test_key().verifier()};
}

class NoSink : public ledger::Sink {
 public:
  void on_durable(std::uint64_t batch, std::span<const ledger::VaultChange>) override { batch_ = batch; }
  [[nodiscard]] std::uint64_t applied_through() const override { return batch_; }

 private:
  std::atomic<std::uint64_t> batch_{0};
};

std::unique_ptr<ledger::Sequencer> open_log(const LedgerFolder& state, NoSink& sink) {
  ledger::SequencerOptions options{
      .state = state.path(), .node = "node-1", .org = "0123456749", .software = "test", .key = test_key()};
  options.now = [] { return parse_rfc3339(Log::start).value(); };
  options.publish_every = std::chrono::milliseconds{5};
  auto opened = ledger::Sequencer::open(std::move(options), sink);
  EXPECT_TRUE(opened) << opened.error().message;
  return std::move(*opened);
}

Status append(ledger::Sequencer& log, const ledger::EntryDraft& draft, std::size_t times = 1) {
  const auto done = log.submit_and_wait([&](const ledger::History&, std::uint64_t, Timestamp) {
    return Result<ledger::Transaction>(ledger::Transaction{std::vector<ledger::EntryDraft>(times, draft), {}});
  });
  return done ? Status{} : Status(fail(done.error()));
}

TEST(CheckLog, passes_what_the_sequencer_wrote_and_its_proofs) {
  const LedgerFolder state;
  NoSink sink;
  const auto log = open_log(state, sink);
  const auto story = Story::whole();
  for (std::size_t seq = 1; seq < story.log.lines.size(); ++seq) {
    const auto done = append(*log, story.log.lines[seq].draft);
    ASSERT_TRUE(done) << done.error().message;
  }
  log->wait_until_published(log->size());
  const auto proof = log->prove(5);
  ASSERT_TRUE(proof) << proof.error().message;
  EXPECT_TRUE(check_proof(ledger::format_tlog_proof(*proof), log->entry_bytes(5).value(), log_keys()));
  log->stop();
  const auto report = check_log({.ledger = state.path() / "ledger", .keys = {test_key().verifier()}});
  ASSERT_TRUE(report) << describe(report.error());
  EXPECT_EQ(report->checkpoint.size, story.log.lines.size());
  EXPECT_EQ(report->unsigned_entries, 0U);
  EXPECT_EQ(report->counts.permits, 5U);
}

TEST(CheckLog, passes_a_log_again_and_again_while_it_grows) {
  const LedgerFolder state;
  NoSink sink;
  const auto log = open_log(state, sink);
  log->wait_until_published(1);
  std::atomic<bool> done{false};
  std::thread writer([&] {
    ledger::EntryDraft draft;
    draft.kind = "ledger.recovered";
    draft.actor = {"system", "0123456749", "gateway", ""};
    draft.body = R"({"cutBytes":1})";
    while (!done && append(*log, draft, 7)) {
    }
  });
  std::string older = log->checkpoint();
  while (log->size() < 400 && !testing::Test::HasFailure()) {
    const auto report = check_log(
        {.ledger = state.path() / "ledger", .keys = {test_key().verifier()}, .older_checkpoint = older, .threads = 2});
    EXPECT_TRUE(report) << describe(report.error());
    older = log->checkpoint();
  }
  done = true;
  writer.join();
  log->stop();
}

}  // namespace
}  // namespace ketenpoort::verify
