// Moves durable changes from memory into vault.sqlite, on a thread of its own.
//
// A commit in SQLite (WAL, synchronous=NORMAL) is not yet on the disk; the journal still has it. A checkpoint syncs the
// log and then the file, and only after one that moved everything does durable_through() advance: the journal up to
// there may be deleted. So the disk is synced once per some megabytes or seconds rather than at every commit.
//
// Changes linger a moment on purpose: a payload that is delivered and dropped meanwhile never reaches the file, and
// larger transactions touch each page less often.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>

#include "gateway/storage/vault/pending_changes.hpp"
#include "gateway/storage/vault/vault_writer.hpp"

namespace ketenpoort::storage {

struct ApplierPace {
  std::chrono::milliseconds linger{500};        // how long changes wait in memory
  std::size_t hurry_at = std::size_t{4} << 20;  // bytes waiting: apply at once
  std::chrono::milliseconds sync_every{2000};   // how long applied changes wait for a sync
  std::size_t sync_at = std::size_t{64} << 20;  // bytes applied since the last sync: sync at once
};

class Applier {
 public:
  Applier(VaultWriter writer, std::uint64_t durable_through, PendingChanges& pending, Clock clock, ApplierPace pace);
  ~Applier();  // applies and syncs what waits
  Applier(const Applier&) = delete;
  Applier& operator=(const Applier&) = delete;

  void hurry();  // do not linger: much waits

  [[nodiscard]] std::uint64_t durable_through() const { return durable_through_; }

  // The error that keeps changes from being applied. ErrorCode::unavailable (disk full) is tried again; after any other
  // this has stopped for good: what a failed sync left behind cannot be known, and the journal still has it all.
  [[nodiscard]] Status state() const;

  // Blocks until everything up to `batch` is durable, or fails with state().
  Status flush(std::uint64_t batch);

  // Blocks until everything up to `batch` is durable and the file has been written anew since (VaultWriter::scrub).
  Status scrub(std::uint64_t batch);
  [[nodiscard]] std::chrono::milliseconds last_rewriting() const { return rewriting_; }  // how long that took alone

 private:
  void run();
  Status round();
  Status apply();
  Status sync();
  Status scrub_if_asked();
  [[nodiscard]] bool sync_is_due() const;
  [[nodiscard]] bool stopped_for_good() const;
  bool wait_for_work();

  VaultWriter writer_;
  PendingChanges& pending_;
  Clock clock_;
  ApplierPace pace_;

  std::atomic<std::uint64_t> durable_through_;
  std::atomic<std::chrono::milliseconds> rewriting_{};

  // Of the thread alone.
  std::uint64_t applied_through_;
  std::size_t unsynced_bytes_ = 0;
  std::chrono::steady_clock::time_point unsynced_since_{};

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable round_done_;
  std::uint64_t rounds_ = 0;
  std::uint64_t flush_to_ = 0;
  std::uint64_t scrubs_asked_ = 0;
  std::uint64_t scrubs_done_ = 0;
  bool hurry_ = false;
  bool stopping_ = false;
  Status state_;

  std::thread thread_;  // last: the rest is there when it starts
};

}  // namespace ketenpoort::storage
