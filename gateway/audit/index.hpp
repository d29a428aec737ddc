// The index of the log: fed with what is durable, on a thread of its own, never far behind, and made anew from the
// ledger folder when there is none. It holds nothing that the log does not say, so it may be deleted at any time while
// the gateway is down.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "gateway/audit/index_reader.hpp"
#include "gateway/audit/index_writer.hpp"
#include "gateway/ledger/writer/sequencer.hpp"

namespace ketenpoort::audit {

struct IndexOptions {
  std::filesystem::path file;    // STATE/index.sqlite
  std::filesystem::path ledger;  // the ledger folder: what was not offered is read from there
  std::size_t readers = 4;
  std::chrono::milliseconds linger{200};           // how long entries gather before they are written
  std::function<void(const Error&)> on_problem{};  // it cannot be written (for now, when ErrorCode::unavailable)
};

class Index {
 public:
  static Result<std::unique_ptr<Index>> open(IndexOptions options);
  ~Index();  // writes what was offered, and syncs
  Index(const Index&) = delete;
  Index& operator=(const Index&) = delete;

  // Records that are durable, in order; from the sequencer's thread. What is too much to keep is read again later.
  void offer(std::uint64_t first_seq, std::uint32_t count, std::string_view records);

  // Begins to write. Compares what is indexed with the log first; an index of another log is made anew.
  Status start(const ledger::Sequencer& log);
  void stop();

  // Waits until `size` entries are in. ErrorCode::unavailable when that takes too long: it is being made anew, or
  // cannot be written.
  Status wait_for(std::uint64_t size, std::chrono::milliseconds patience = std::chrono::seconds{2});

  // Asks, on one of a few connections; waits when all are in use. What is asked gives a Result; ErrorCode::unavailable
  // once this was stopped.
  template <class F>
  auto use(F ask) -> decltype(ask(std::declval<IndexReader&>())) {
    const Lease lease(*this);
    if (!lease.reader) return fail(ErrorCode::unavailable, "the gateway stops: its index is closed");
    return ask(*lease.reader);
  }

  // An entry's bytes, by the place that an answer gave.
  [[nodiscard]] Result<std::string> bytes(const EntryPlace& place) const;

  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] std::uint64_t entries_behind() const;
  [[nodiscard]] std::chrono::milliseconds behind() const;  // since when something waits to be indexed

 private:
  using Moment = std::chrono::steady_clock::time_point;
  struct Offered {
    std::uint64_t first_seq = 0;
    std::uint32_t count = 0;
    std::string records;
  };
  struct Lease {
    explicit Lease(Index& from);
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Index& from;
    std::unique_ptr<IndexReader> reader;  // null: there are no more
  };

  explicit Index(IndexOptions options) : options_(std::move(options)) {}
  Status open_readers();
  Result<bool> is_of(const ledger::Sequencer& log) const;
  void run();
  bool wait_for_work();
  std::deque<Offered> take_offered();
  Status add_offered(const std::deque<Offered>& offered);
  Result<bool> catch_up();
  void report(const Status& status);

  IndexOptions options_;
  const ledger::Sequencer* log_ = nullptr;
  std::unique_ptr<IndexWriter> writer_;  // of the thread, once started
  std::atomic<std::uint64_t> size_{0};

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable progress_;
  std::deque<Offered> offered_;
  std::size_t offered_bytes_ = 0;
  std::uint64_t known_size_ = 0;  // of the log
  std::uint64_t wanted_ = 0;      // somebody waits for this size
  Moment behind_since_{};
  Status state_;
  bool stopping_ = false;

  std::mutex readers_mutex_;
  std::condition_variable returned_;
  std::vector<std::unique_ptr<IndexReader>> idle_;
  bool readers_closed_ = false;

  std::thread thread_;
};

// Makes the index of a stopped gateway anew, up to the ledger folder's checkpoint. `progress` hears how many entries
// are in, now and then.
Status rebuild_index(const std::filesystem::path& file, const std::filesystem::path& ledger, std::uint64_t size,
                     const std::function<void(std::uint64_t)>& progress);

}  // namespace ketenpoort::audit
