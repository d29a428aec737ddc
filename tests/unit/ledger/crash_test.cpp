// The writer is killed at random moments; what it acknowledged must be there.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <random>
#include <set>
#include <thread>

#include "gateway/ledger/tree/proof.hpp"
#include "gateway/ledger/tree/tiles.hpp"
#include "tests/unit/ledger/log_fixture.hpp"

namespace ketenpoort::ledger {
namespace {

using AfterKill = LogFixture;

// Runs in the child: appends without end, and writes the number of each acknowledged entry to the pipe.
[[noreturn]] void append_for_ever(const SequencerOptions& options, std::uint64_t from, int pipe) {
  MemorySink sink;
  auto opened = Sequencer::open(options, sink);
  if (!opened) std::_Exit(3);
  std::atomic<int> in_flight{0};
  for (auto number = from;; ++number) {
    while (in_flight > 48) std::this_thread::yield();
    ++in_flight;
    (*opened)->submit(writes(numbered_entry(number, number % 500), {{1, std::to_string(number)}}),
                      [&, number](const Result<Committed>& committed) {
                        if (committed && ::write(pipe, &number, sizeof number) != sizeof number) std::_Exit(4);
                        --in_flight;
                      });
  }
}

std::vector<std::uint64_t> read_numbers(int pipe) {
  std::vector<std::uint64_t> numbers;
  std::uint64_t number = 0;
  while (::read(pipe, &number, sizeof number) == sizeof number) numbers.push_back(number);
  return numbers;
}

TEST_F(AfterKill, everything_acknowledged_is_there_and_the_log_only_grew) {
  constexpr int kills = 60;
  std::mt19937 random(20261124);
  std::uint64_t next = 1;
  std::set<std::uint64_t> acknowledged;
  Checkpoint before{log_key().verifier().name(), 0, empty_root()};
  for (int i = 0; i < kills; ++i) {
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    const auto child = ::fork();
    if (child == 0) {
      ::close(pipe[0]);
      append_for_ever(options(), next, pipe[1]);
    }
    ::close(pipe[1]);
    // Every other one when it has begun to acknowledge, however slow the machine is; the others also while they open.
    std::uint64_t first = 0;
    if (i % 2 == 1 && ::read(pipe[0], &first, sizeof first) == sizeof first) acknowledged.insert(first);
    std::this_thread::sleep_for(std::chrono::microseconds(std::uniform_int_distribution(5'000, 150'000)(random)));
    ::kill(child, SIGKILL);
    const auto numbers = read_numbers(pipe[0]);
    ::close(pipe[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself with " << WEXITSTATUS(status);
    acknowledged.insert(numbers.begin(), numbers.end());

    // What stands signed right after the kill is a prefix of what the restart publishes.
    MemorySink sink;
    auto opened = Sequencer::open(options(), sink);
    ASSERT_TRUE(opened) << opened.error().message;
    (*opened)->stop();
    const auto ledger = state_ / "ledger";
    const auto now = *read_checkpoint(ledger, log_key().verifier());
    if (before.size > 0) {
      const TileReader tiles(ledger, now.size);
      const auto proof = prove_consistency(
          before.size, now.size, [&](unsigned level, std::uint64_t index) { return tiles.subtree_hash(level, index); });
      ASSERT_TRUE(proof) << proof.error().message;
      ASSERT_TRUE(verify_consistency(before.size, now.size, before.root, now.root, *proof));
    }
    before = now;
    next += 100'000;
  }
  std::set<std::uint64_t> kept;
  for (const auto& bytes : checked_entries()) {
    const auto entry = *decode_entry(bytes);
    if (entry.kind == "audit.queried")
      EXPECT_TRUE(kept.insert(static_cast<std::uint64_t>(entry.body.find("rows").integer())).second);
  }
  EXPECT_GT(acknowledged.size(), 100U);
  EXPECT_TRUE(std::includes(kept.begin(), kept.end(), acknowledged.begin(), acknowledged.end()));
}

}  // namespace
}  // namespace ketenpoort::ledger
