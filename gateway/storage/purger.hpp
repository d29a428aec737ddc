// After keys were destroyed: no copy of them, or of what they sealed, stays on the disk. On a thread of its own,
// because the vault's file is written anew; everything goes on meanwhile. What a crash interrupted is done after the
// next start.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "gateway/ledger/sequencer.hpp"
#include "gateway/storage/vault.hpp"

namespace ketenpoort::storage {

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

 private:
  void run();
  Status wipe_journal();
  Status clear(const std::vector<SubjectRef>& subjects);

  SqliteVault& vault_;
  ledger::Sequencer& sequencer_;
  std::function<void(const Error&)> on_problem_;
  std::chrono::milliseconds retry_after_;

  std::mutex purging_;  // one purge at a time
  std::mutex mutex_;
  std::condition_variable wake_;
  bool wanted_ = true;  // a crash may have left something
  bool stopping_ = false;
  std::thread thread_;  // last: the rest is there when it starts
};

}  // namespace ketenpoort::storage
