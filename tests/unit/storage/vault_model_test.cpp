#include "tests/unit/storage/vault_model.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <optional>
#include <thread>

#include "tests/unit/storage/temporary_folder.hpp"

namespace ketenpoort::storage {
namespace {

// Small enough that applying, syncing and reading overlap all the time.
const VaultOptions busy{.cached_subjects = 5,
                        .readers = 2,
                        .pace = {.linger = std::chrono::milliseconds{1},
                                 .hurry_at = 20'000,
                                 .sync_every = std::chrono::milliseconds{10},
                                 .sync_at = 100'000}};

TEST(VaultModel, random_changes_are_read_as_they_were_made_across_flushes_and_restarts) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "vault.sqlite";
  const SecretKey master{random_bytes<32>()};
  for (const std::uint32_t seed : {1U, 2U, 3U}) {
    std::filesystem::remove(file);
    auto vault = SqliteVault::open(file, master, busy).value();
    ModelSource source(seed);
    VaultModel model;
    std::mt19937 random(seed);
    for (std::uint64_t number = 1; number <= 400; ++number) {
      const auto batch = source.next(*vault);
      vault->on_durable(number, batch.changes);
      batch.apply_to(model);
      if (random() % 8 == 0) ASSERT_EQ(model.difference(*vault), "") << "seed " << seed << " batch " << number;
      if (random() % 40 == 0) ASSERT_TRUE(vault->flush());
      if (random() % 60 != 0) continue;
      vault.reset();
      vault = SqliteVault::open(file, master, busy).value();
      ASSERT_EQ(vault->applied_through(), number);  // closing writes what waits
    }
    ASSERT_TRUE(vault->flush());
    ASSERT_EQ(model.difference(*vault), "") << "seed " << seed;
    vault.reset();
  }
}

// A child takes the batches and is killed somewhere in between; what it left is a whole number of batches, and the rest
// comes again.
class VaultCrash : public testing::Test {
 protected:
  VaultCrash() {
    const auto vault = SqliteVault::open(folder_.path() / "sealing.sqlite", master_).value();
    ModelSource source(7);
    for (int i = 0; i < 600; ++i) batches_.push_back(source.next(*vault));
  }

  [[nodiscard]] VaultModel model_after(std::uint64_t count) const {
    VaultModel model;
    for (std::uint64_t i = 0; i < count; ++i) batches_[i].apply_to(model);
    return model;
  }

  void feed(SqliteVault& vault, std::uint64_t from) const {
    for (auto i = from; i < batches_.size(); ++i) vault.on_durable(i + 1, batches_[i].changes);
  }

  // True when a record that only a later batch adds is there.
  [[nodiscard]] bool holds_more_than(std::uint64_t count, const SqliteVault& vault) const {
    const auto before = model_after(count);
    for (const auto& [id, row] : model_after(batches_.size()).records)
      if (!before.records.contains(id) && vault.find_record(id)) return true;
    return false;
  }

  // In the child: takes the batches, and says after each how far its file is. Never returns.
  [[noreturn]] void feed_and_report(int report) const {
    const auto vault = SqliteVault::open(file_, master_, busy);
    if (!vault) ::_exit(1);
    auto next = (*vault)->applied_through();
    for (int steps = 0; steps < 100'000; ++steps) {
      if (next < batches_.size()) (*vault)->on_durable(next + 1, batches_[next].changes), ++next;
      const std::uint64_t applied = (*vault)->applied_through();
      if (::write(report, &applied, sizeof applied) != sizeof applied) ::_exit(2);
      ::usleep(200);
    }
    ::_exit(0);
  }

  // Kills the child when its file has `more` batches than it found, or them all, and `time` later.
  void run_child_and_kill_it_after(std::uint64_t more, std::chrono::microseconds time) const {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) feed_and_report(ends[1]);
    ASSERT_GT(child, 0);
    ::close(ends[1]);
    std::uint64_t applied = 0;
    std::optional<std::uint64_t> first;
    while (::read(ends[0], &applied, sizeof applied) == sizeof applied) {
      if (!first) first = applied;
      if (applied >= *first + more || applied == batches_.size()) break;
    }
    std::this_thread::sleep_for(time);
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ::close(ends[0]);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself, with " << WEXITSTATUS(status);
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "vault.sqlite";
  SecretKey master_{random_bytes<32>()};
  std::vector<ModelBatch> batches_;
};

TEST_F(VaultCrash, killed_at_any_moment_leaves_whole_batches_and_takes_the_rest_again) {
  std::mt19937 random(11);
  std::uint64_t last = 0;
  int moments_in_between = 0;
  for (int kill = 0; kill < 25; ++kill) {
    const std::uint64_t more = random() % 40;
    run_child_and_kill_it_after(more, std::chrono::microseconds{random() % 5'000});
    if (HasFatalFailure()) return;
    const auto vault = SqliteVault::open(file_, master_, busy).value();
    const auto applied = vault->applied_through();
    ASSERT_GE(applied, last);
    ASSERT_LE(applied, batches_.size());
    if (applied > 0 && applied < batches_.size()) ++moments_in_between;
    last = applied;
    ASSERT_EQ(model_after(applied).difference(*vault), "") << "killed " << kill << ", applied " << applied;
    ASSERT_FALSE(holds_more_than(applied, *vault)) << "killed " << kill << ", applied " << applied;
  }
  EXPECT_GE(moments_in_between, 3);

  const auto vault = SqliteVault::open(file_, master_, busy).value();
  feed(*vault, 0);
  ASSERT_TRUE(vault->flush());
  EXPECT_EQ(vault->applied_through(), batches_.size());
  EXPECT_EQ(model_after(batches_.size()).difference(*vault), "");
}

}  // namespace
}  // namespace ketenpoort::storage
