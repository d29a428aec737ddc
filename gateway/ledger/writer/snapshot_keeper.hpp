// Writes the history down now and then (snapshot.hpp), on a thread of its own, beside everything else. An error costs
// the next start some time, nothing else.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "gateway/base/result.hpp"
#include "gateway/ledger/checkpoint/note.hpp"
#include "gateway/ledger/files/file_system.hpp"
#include "gateway/ledger/history/history.hpp"
#include "gateway/ledger/history/snapshot.hpp"
#include "gateway/ledger/writer/publisher.hpp"

namespace ketenpoort::ledger {

struct SnapshotKeeperOptions {
  std::filesystem::path state;
  VerifierKey key;  // that opened the log
  std::shared_ptr<FileSystem> files;
  std::uint64_t every = 0;    // entries between two
  std::uint64_t at_stop = 0;  // entries since the last one that make one worth while at the end
  std::uint64_t durable = 0;  // entries that are, as it starts
  std::uint64_t kept = 0;     // of them in the snapshot there is
  std::function<void(const Error&)> on_problem;
};

class SnapshotKeeper {
 public:
  // Calls a function with the history while nothing is applied to it.
  using Look = std::function<void(const std::function<void(const History&)>&)>;

  // The publisher outlives it.
  SnapshotKeeper(SnapshotKeeperOptions options, Look look, const Publisher& publisher);
  ~SnapshotKeeper();  // as stop(false)
  SnapshotKeeper(const SnapshotKeeper&) = delete;
  SnapshotKeeper& operator=(const SnapshotKeeper&) = delete;

  void note_durable(std::uint64_t size);  // so many entries are; from one thread
  // Ends the thread. `orderly`: what is durable is published as well, and the history as it stands is written down.
  void stop(bool orderly);

 private:
  void run();
  void make();
  bool wait_for_publication(std::uint64_t size);
  Status write_down(Snapshot& snapshot);
  [[nodiscard]] bool is_due() const { return durable_ >= size_ + options_.every; }

  SnapshotKeeperOptions options_;
  Look look_;
  const Publisher& publisher_;

  std::mutex mutex_;
  std::condition_variable due_;
  std::uint64_t durable_ = 0;
  std::uint64_t size_ = 0;  // of the last one
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace ketenpoort::ledger
