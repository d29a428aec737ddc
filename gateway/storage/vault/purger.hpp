// After keys were destroyed: no copy of them, or of what they sealed, stays on the disk. On a thread of its own,
// because the vault's file is written anew; everything goes on meanwhile. It rests after each time, so that of a stream
// of erasures many go together and a large vault is not rewritten without end. What a crash interrupted is done after
// the next start.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "gateway/ledger/writer/sequencer.hpp"
#include "gateway/storage/vault/vault.hpp"

namespace ketenpoort::storage {

// How long to rest when writing the vault anew took so long: that takes a tenth of the time, and nobody's copies stay
// for more than some ten minutes.
std::chrono::milliseconds rest_after(std::chrono::milliseconds took);

class Purger {
 public:
  // Both must outlive it. `on_problem`: it will be tried again.
  Purger(SqliteVault& vault, ledger::Sequencer& sequencer, std::function<void(const Error&)> on_problem,
         std::chrono::milliseconds retry_after = std::chrono::seconds{30});
  ~Purger();
  Purger(const Purger&) = delete;
  Purger& operator=(const Purger&) = delete;

  void wake();  // something was erased

  // Purges what was erased so far, now; blocking. ErrorCode::unavailable: a backup needs the journal, or the disk is
  // full; the thread tries again.
  Status purge();
  // The same although nothing was erased: rows were dropped, and the file is to become smaller.
  Status rewrite();
  [[nodiscard]] std::uint64_t runs() const { return runs_; }  // how often the file was written anew

 private:
  using Destroyed = std::vector<std::pair<SubjectRef, KeyClassSet>>;

  void run();
  Status wipe_journal();
  [[nodiscard]] Destroyed find_destroyed(const std::vector<SubjectRef>& subjects) const;
  Status clear(const std::vector<SubjectRef>& subjects);

  SqliteVault& vault_;
  ledger::Sequencer& sequencer_;
  std::function<void(const Error&)> on_problem_;
  std::chrono::milliseconds retry_after_;

  std::mutex purging_;  // one purge at a time
  std::atomic<std::uint64_t> runs_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool wanted_ = true;  // a crash may have left something
  bool stopping_ = false;
  std::thread thread_;  // last: the rest is there when it starts
};

}  // namespace ketenpoort::storage
