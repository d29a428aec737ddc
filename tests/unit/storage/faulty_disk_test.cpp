#include "tests/unit/storage/faulty_disk.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "tests/unit/storage/temporary_folder.hpp"
#include "tests/unit/storage/vault_model.hpp"

namespace ketenpoort::storage {
namespace {

const VaultOptions busy{.readers = 2,
                        .pace = {.linger = std::chrono::milliseconds{1},
                                 .hurry_at = 20'000,
                                 .sync_every = std::chrono::milliseconds{5},
                                 .sync_at = 100'000}};

class FaultyDiskTest : public testing::Test {
 protected:
  FaultyDiskTest() {
    const auto vault = SqliteVault::open(folder_.path() / "sealing.sqlite", master_).value();
    ModelSource source(5);
    for (int i = 0; i < 150; ++i) batches_.push_back(source.next(*vault));
  }

  [[nodiscard]] VaultModel model_after(std::uint64_t count) const {
    VaultModel model;
    for (std::uint64_t i = 0; i < count; ++i) batches_[i].apply_to(model);
    return model;
  }
  void feed(SqliteVault& vault, std::uint64_t from, std::uint64_t to) const {
    for (auto i = from; i < to; ++i) vault.on_durable(i + 1, batches_[i].changes);
  }
  // What a failure left is whole batches; with the rest fed again, all is there.
  void expect_whole_after_restart(const std::filesystem::path& file, std::uint64_t at_least) {
    const auto vault = SqliteVault::open(file, master_, busy).value();
    const auto applied = vault->applied_through();
    EXPECT_GE(applied, at_least);
    ASSERT_EQ(model_after(applied).difference(*vault), "");
    feed(*vault, applied, batches_.size());
    ASSERT_TRUE(vault->flush());
    ASSERT_EQ(model_after(batches_.size()).difference(*vault), "");
  }

  TemporaryFolder folder_;
  SecretKey master_{random_bytes<32>()};
  std::vector<ModelBatch> batches_;
};

TEST_F(FaultyDiskTest, a_power_cut_never_takes_back_what_applied_through_promised) {
  FaultyDisk disk;
  const auto file = folder_.path() / "vault.sqlite";
  const auto vault = SqliteVault::open(file, master_, busy).value();
  std::uint64_t last = 0;
  for (std::uint64_t i = 0; i < batches_.size(); i += 5) {
    feed(*vault, i, i + 5);
    std::this_thread::sleep_for(std::chrono::milliseconds{i % 7});
    const auto promised = vault->applied_through();
    last = std::max(last, promised);
    const auto after = folder_.path() / ("cut-" + std::to_string(i));
    std::filesystem::create_directory(after);
    disk.cut_power(file, after);
    expect_whole_after_restart(after / "vault.sqlite", promised);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(last, 0U);
}

TEST_F(FaultyDiskTest, a_full_disk_is_told_and_overcome) {
  FaultyDisk disk;
  const auto vault = SqliteVault::open(folder_.path() / "vault.sqlite", master_, busy).value();
  disk.fail_from(FaultyDisk::Operation::write, 3, SQLITE_FULL);
  feed(*vault, 0, batches_.size());
  const auto flushed = vault->flush();
  ASSERT_FALSE(flushed);
  EXPECT_EQ(flushed.error().code, ErrorCode::unavailable);
  EXPECT_FALSE(vault->state());
  EXPECT_EQ(model_after(batches_.size()).difference(*vault), "");  // read from memory meanwhile

  disk.repair();
  ASSERT_TRUE(vault->flush());
  EXPECT_TRUE(vault->state());
  EXPECT_EQ(vault->applied_through(), batches_.size());
  EXPECT_EQ(model_after(batches_.size()).difference(*vault), "");
}

TEST_F(FaultyDiskTest, a_failed_operation_stops_applying_for_good_and_a_restart_loses_nothing) {
  for (const auto operation : {FaultyDisk::Operation::write, FaultyDisk::Operation::sync}) {
    const int code = operation == FaultyDisk::Operation::write ? SQLITE_IOERR_WRITE : SQLITE_IOERR_FSYNC;
    bool failed = true;
    for (int nth = 0; failed; nth = nth * 3 / 2 + 1) {
      FaultyDisk disk;
      const auto file =
          folder_.path() / ("vault-" + std::to_string(static_cast<int>(operation)) + "-" + std::to_string(nth));
      std::uint64_t promised = 0;
      {
        const auto vault = SqliteVault::open(file, master_, busy).value();
        disk.fail_from(operation, nth, code);
        feed(*vault, 0, batches_.size());
        const auto flushed = vault->flush();
        failed = disk.failed();
        promised = vault->applied_through();
        disk.repair();
        if (failed) {
          ASSERT_FALSE(flushed) << nth;
          EXPECT_EQ(flushed.error().code, ErrorCode::io);
          EXPECT_FALSE(vault->flush()) << "a failed sync is never tried again";
          EXPECT_EQ(vault->applied_through(), promised);
        }
        EXPECT_EQ(model_after(batches_.size()).difference(*vault), "");
      }
      expect_whole_after_restart(file, promised);
      if (HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace ketenpoort::storage
