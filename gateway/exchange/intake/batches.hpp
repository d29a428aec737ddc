// Use case: many records in one body. The body is kept first, sealed and whole; only then is the sender told, and the
// rows are taken one by one. A stop or crash in between loses nothing: the next start goes on.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "gateway/exchange/intake/batch_run.hpp"

namespace ketenpoort::exchange {

class Batches {
 public:
  struct Request {
    std::string client;
    std::string organisation;
    Uuid trace;
    std::string base;
    std::string media_type;  // application/x-ndjson, text/csv, or the fixed-width one; with one record in the whole
                             // body, application/json or application/xml
    std::string mapping;
    std::string idempotency_key;
    std::string charset{};  // as the Content-Type says it; empty: nothing is said
  };
  struct Figures {
    std::size_t running = 0;  // queued ones included
    std::size_t arriving = 0;
    std::uint64_t rows_accepted = 0;  // since the start
    std::uint64_t rows_rejected = 0;
  };
  static constexpr std::chrono::days task_lifetime{30};

  // A body on its way in; given up when it is destroyed before accept().
  class Arrival {
   public:
    ~Arrival();
    Arrival(const Arrival&) = delete;
    Arrival& operator=(const Arrival&) = delete;
    Status append(std::string_view piece);
    // After accept(): it was a repetition, and the task is that of the first.
    [[nodiscard]] bool is_repetition() const { return is_repetition_; }

   private:
    friend class Batches;
    Arrival(Batches& batches, BatchTask task, std::unique_ptr<BatchIntake> intake)
        : batches_(batches), task_(std::move(task)), intake_(std::move(intake)) {}
    Batches& batches_;
    BatchTask task_;
    std::unique_ptr<BatchIntake> intake_;
    Sha256 digest_;
    bool is_repetition_ = false;
  };

  // All outlive this.
  Batches(Facilities& facilities, BatchStore& store, BatchOptions options);
  ~Batches();  // stop()
  Batches(const Batches&) = delete;
  Batches& operator=(const Batches&) = delete;

  Status start();  // goes on with what was under way
  void stop();     // rows under way get their answers; the rest waits for the next start

  // ErrorCode::unavailable: this client has as many as it may, or there is no room on the disk; not_found: no mapping
  // reads this.
  Result<std::shared_ptr<Arrival>> begin(const Request& request);
  // Durable. The same key and body again: the task that there is; another body under the key: ErrorCode::conflict.
  Result<BatchTask> accept(Arrival& arrival);

  // The task that was accepted under this idempotency key, whichever client's it was, without its issues once it ended;
  // whatever its body was.
  [[nodiscard]] std::optional<BatchTask> find_of_any_client(std::string_view idempotency_key) const;
  // The client's own. May read a file.
  [[nodiscard]] std::optional<BatchTask> find(const Uuid& id, std::string_view client) const;
  [[nodiscard]] Figures figures() const;

 private:
  void work();
  std::deque<Uuid>::iterator find_next();  // with the lock held
  void run(BatchTask task);
  void show(const BatchTask& task);
  void break_off(BatchRun& batch);
  void forget_old();
  [[nodiscard]] Status check_room() const;
  [[nodiscard]] std::vector<Uuid> find_too_many() const;                // with the lock held
  [[nodiscard]] std::size_t count_of(const std::string& client) const;  // with the lock held
  [[nodiscard]] std::optional<BatchTask> find_by_key(const BatchTask& task) const;

  Facilities& facilities_;
  BatchStore& store_;
  const BatchOptions options_;
  std::mutex accepting_;  // one body is accepted at a time, so that a key has one task
  mutable std::mutex mutex_;
  std::condition_variable work_arrived_;
  std::map<Uuid, BatchTask> tasks_;              // those that ended without their issues: the store has them
  std::map<std::string, std::size_t> arriving_;  // by client
  std::deque<Uuid> queue_;
  // Clients of which one is under way: a second waits, since what two files say of one person keeps its order.
  std::set<std::string, std::less<>> busy_;
  std::uint64_t rows_accepted_ = 0;
  std::uint64_t rows_rejected_ = 0;
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> threads_;
};

}  // namespace ketenpoort::exchange
