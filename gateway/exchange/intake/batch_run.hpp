// Takes the rows of one batch, each by the same use case as POST /records: several at once, those about one person one
// after the other. Progress is durable, and a row that is taken again after a crash finds its own answer.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "gateway/exchange/intake/batch_rows.hpp"
#include "gateway/exchange/intake/batch_store.hpp"
#include "gateway/exchange/intake/receive_record.hpp"
#include "gateway/exchange/reading/convert_record.hpp"

namespace ketenpoort::exchange {

struct BatchOptions {
  // The answer that POST /records would have given: what a repetition of the row there gets.
  std::function<std::string(const std::string& base, const RecordReceipt&)> render;
  std::function<void(const SubjectRef&)> on_changed;      // as of receive_record
  std::function<bool()> may_go_on = [] { return true; };  // false while storage is behind
  std::size_t rows_in_flight = 64;
  std::size_t most_of_a_client = 3;          // batches on their way in or under way
  std::size_t runners = 4;                   // batches under way at a time, of as many clients
  std::size_t most_kept_of_a_client = 1000;  // tasks that ended; the oldest ones go first
  // The disk keeps so much for others than bodies: the ledger must not stop for want of it.
  std::uint64_t least_free_bytes = (std::uint64_t{64} << 20) + 2 * largest_piece;
  static constexpr std::uint64_t largest_piece = 128U << 10;  // that a body comes in by, as it lies on the disk
};

// "json" (many, or one that is the whole body), "csv", "fixed", "xml" (one).
std::string_view format_of_batch(std::string_view media_type);

class BatchRun {
 public:
  struct Surroundings {
    Facilities& facilities;
    BatchStore& store;
    const BatchOptions& options;
    std::function<void(const BatchTask&)> show;  // the task as it is now, for whoever asks
    std::function<bool()> is_stopping;
  };

  BatchRun(Surroundings around, BatchTask task) : around_(std::move(around)), task_(std::move(task)) {}

  // To its end, or until the gateway stops; the task is saved either way. True when it ended.
  bool run();
  // After run() threw: the sender is told that it failed. True when that is written down.
  bool break_off();
  [[nodiscard]] const BatchTask& task() const { return task_; }

 private:
  // What the use case said of a record on the way; written before its answer comes.
  using Remarks = std::shared_ptr<std::vector<BatchIssue>>;
  struct Flight {
    std::uint64_t line = 0;
    IncomingRecord incoming;
    std::vector<std::string> keys;
    Remarks remarks;
    std::optional<std::chrono::steady_clock::time_point> due{};  // waiting to be taken again
  };
  struct Ended {
    bool accepted = false;
    std::vector<BatchIssue> issues;
  };
  // Outlives this: answers may come when nobody waits for them any more.
  struct Inbox {
    std::mutex mutex;
    std::condition_variable arrived;
    std::deque<std::pair<std::uint64_t, Result<PastReply>>> answers;
  };

  Status look_at_file();
  Status take_rows();
  Status each_row(const std::function<Status(std::uint64_t, BatchRow)>& use);
  Status take(std::uint64_t n, BatchRow row);
  Result<IncomingRecord> make_record(const BatchRow& row) const;
  [[nodiscard]] bool has_place(std::uint64_t index, const std::vector<std::string>& keys) const;
  void launch(std::uint64_t index);
  void wait();
  void handle(std::uint64_t index, Result<PastReply> answer);
  void end_row(std::uint64_t index, Ended ended);
  void keep_up(bool now);
  void fail_with(const Error& error);
  bool finish();

  Surroundings around_;
  BatchTask task_;
  std::shared_ptr<const MessageFormats> formats_;
  const mapping::Mapping* mapping_ = nullptr;  // of formats_; null: the rows are records
  std::optional<LegacyFile> file_;
  std::optional<std::uint64_t> unclosed_quote_;
  std::uint64_t first_ = 0;  // rows before were taken by an earlier run
  std::uint64_t rows_ = 0;
  std::map<std::uint64_t, Flight> flights_;
  std::set<std::string> keys_;            // of the rows under way
  std::map<std::uint64_t, Ended> ended_;  // ahead of one that is under way
  std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();
  std::chrono::steady_clock::time_point saved_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point shown_{};
};

}  // namespace ketenpoort::exchange
