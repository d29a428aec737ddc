// What a Sequencer is made of. Internal to it: sequencer.cpp is what others call, sequencer_batches.cpp the threads.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <vector>

#include "gateway/ledger/writer/journal.hpp"
#include "gateway/ledger/writer/journal_frame.hpp"
#include "gateway/ledger/writer/publisher.hpp"
#include "gateway/ledger/writer/recovery.hpp"
#include "gateway/ledger/writer/sequencer.hpp"
#include "gateway/ledger/writer/signers.hpp"
#include "gateway/ledger/writer/snapshot_keeper.hpp"
#include "gateway/ledger/writer/transaction_writer.hpp"

namespace ketenpoort::ledger {

std::vector<SigningKey> keys_of(const SequencerOptions& options);  // all that are at hand

// Two threads take turns: while one writes and syncs its batch, the other gathers the next. A thread takes its batch
// all the way and then looks for more itself, so that waking a thread, which can take as long as a sync, is needed only
// when none is at work or when there is enough for both. Batches are written in order, each after the one before is
// durable; and told in order. Preparing and telling never run at the same time, so that a Prepare and a Done may share
// what they look at.
struct Sequencer::Impl {
  struct Submission {
    Prepare prepare;
    Done done;
  };

  // What a submission of a batch is to be told once that is durable.
  struct Accepted {
    Done done;
    Result<Committed> outcome;
  };

  // A batch on its way: gathered, written, told.
  struct Batch {
    std::uint64_t ticket = 0;  // its place in the row
    JournalBatch journal;
    JournalPlace place;
    std::size_t bytes = frame_header;
    std::vector<Accepted> accepted;
    bool durable = false;
  };

  Impl(SequencerOptions given, Sink& vault, Recovered recovered);

  void die(const Error& error);
  void note_published(std::uint64_t batch);  // from the publisher's thread
  void release_journal();                    // what is published and no more needed; from any thread
  void run();
  // Everything that waits, until it is time to write. False when there is nothing and no more will come.
  bool gather(Batch& batch);
  // Preparing has taken as long as the disk will: time to let it work while the rest is prepared. A slow disk so gets
  // everything that waits in one batch, a quick one is never idle.
  bool worth_writing(const Batch& batch, std::chrono::steady_clock::time_point started) const;
  // Submissions. While the disk is busy nothing is gained by preparing a few: they would have to wait, and more will
  // come.
  [[nodiscard]] std::size_t worth_gathering() const;
  bool wait_for_first();
  [[nodiscard]] bool enough_waits() const;
  // Until the disk is free and everybody told, so that those who then come again are in this batch; false to write what
  // is there.
  bool wait_for_more();
  // Called with the lock, when a submission has come. A thread that prepares or tells will look by itself.
  void wake_one();
  void add(Batch& batch, Submission& submission);
  static Result<Committed> refused();
  void begin(Batch& batch);
  [[nodiscard]] EntryDraft system_entry(std::string kind, std::string body) const;
  // Prepares, encodes, makes room and applies: all of it or nothing.
  Result<Committed> run_transaction(Batch& batch, const Prepare& prepare, Timestamp now);
  Status make_room(std::size_t frame_bytes);
  Result<Transaction> prepare_safely(const Prepare& prepare, Timestamp now);
  void write(Batch& batch);
  bool write_frame(const JournalPlace& place, const Frame& frame);
  // The vault hears of what is durable, then everybody who waits.
  void tell(Batch& batch);
  void pass_on(JournalBatch& batch);
  void wait_for_turn(const std::uint64_t& stage, std::uint64_t ticket);
  void finish_turn(std::uint64_t& stage);
  void look_afterwards();
  void stop();

  SequencerOptions options;
  Sink& sink;

  mutable std::shared_mutex history_mutex;  // held exclusively while an entry is applied, shared while someone looks
  History history;
  std::unique_ptr<Journal> journal;
  std::shared_ptr<Signers> signers;
  std::unique_ptr<Publisher> publisher;

  // Of the thread that gathers.
  std::deque<Submission> taken;
  TransactionWriter writer;
  std::size_t usual_records = 0;  // bytes of a batch of late
  Timestamp batch_time{};
  bool clock_behind = false;
  bool out_of_room = false;

  std::mutex calling;  // held while a Prepare or a Done runs

  std::atomic<std::uint64_t> durable_size{0};
  std::atomic<std::uint64_t> last_changes{0};
  std::atomic<std::uint64_t> published_batch{0};
  std::atomic<bool> dead{false};
  std::atomic<std::chrono::steady_clock::time_point> lacked_room_at{};  // the beginning of time: never
  std::atomic<std::int64_t> usual_sync{0};                              // nanoseconds a write and its sync take of late

  std::mutex queue_mutex;
  std::condition_variable to_gather;  // an idle thread waits for this
  std::condition_variable more;       // the thread that gathers waits for this
  std::condition_variable next_turn;  // the threads that have a batch wait for this
  std::deque<Submission> queue;
  bool someone_gathers = false;
  std::size_t coming = 2;  // threads that will look at the queue without being woken
  bool stopping = false;
  std::uint64_t gathered = 0;  // batches, of each stage
  std::uint64_t written = 0;
  std::uint64_t told = 0;

  std::array<std::thread, 2> threads;

  StartReport start_report;
  std::unique_ptr<SnapshotKeeper> snapshots;  // uses publisher and history
};

}  // namespace ketenpoort::ledger
