// The one writer of the ledger: gives entries their place and time, makes them durable in groups, publishes them
// signed.
//
// A caller submits a function that says what to write, given the state as it is when its turn comes. These are run one
// after the other and their entries applied to the History; everything that waited is written with one write and one
// fdatasync, and everyone is called back. While one batch is on its way to the disk the next is made. Nobody waits for
// a timer, and no caller's thread waits for the disk.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/base/uuid.hpp"
#include "gateway/ledger/checkpoint/checkpoint.hpp"
#include "gateway/ledger/checkpoint/note.hpp"
#include "gateway/ledger/entry/entry.hpp"
#include "gateway/ledger/history/history.hpp"
#include "gateway/ledger/history/key_history.hpp"
#include "gateway/ledger/tree/proof.hpp"
#include "gateway/ledger/writer/vault_change.hpp"

namespace ketenpoort::ledger {

// What is written together or not at all. May hold entries, changes or both.
struct Transaction {
  std::vector<EntryDraft> entries;
  std::vector<VaultChange> changes;
};

struct Committed {
  std::uint64_t first_seq = 0;  // of its first entry; the others follow
  std::vector<Uuid> ids;        // of its entries
  Timestamp time{};             // of its entries
};

// Runs on a thread of the sequencer, with every earlier entry applied (though not all need be durable yet); pure and
// quick. No other Prepare and no Done runs at the same time. `first_seq` is what its first entry
// will get, so that its entries can refer to one another. Its error goes to Done and nothing is written.
using Prepare = std::function<Result<Transaction>(const History& history, std::uint64_t first_seq, Timestamp now)>;

// Called once, on a thread of the sequencer, in order of submission, when all of it is durable or none of it was
// written; quick, and never throws. ErrorCode::unavailable: disk full or shutting down, try later. A History that
// refuses an entry passes on its own error.
using Done = std::function<void(Result<Committed>)>;

class FileSystem;  // file_system.hpp: what tests replace to make disks fail
class StateLock;   // state_lock.hpp

struct SequencerOptions {
  std::filesystem::path state;          // holds lock, journal/, ledger/ and tmp/
  std::string node;                     // name of this gateway in its entries
  std::string org;                      // KBO number of who runs it, empty if unknown
  std::string software;                 // "ketenpoort 0.1.0", for ledger.opened
  SigningKey key;                       // its name is the log's origin; opens a new log
  std::vector<SigningKey> more_keys{};  // others at hand: after a rotation that a crash cut short, the log's is here
  std::function<Timestamp()> now = [] { return Clock().now(); };
  std::size_t max_queued = 16'384;  // submissions waiting; more are refused with ErrorCode::unavailable
  std::chrono::milliseconds publish_every{200};
  std::function<void()> after_batch{};  // after the last Done of a batch: post completions once
  // Entries that have become durable, as records (segments.hpp), before their Done. From the sequencer's thread; quick.
  std::function<void(std::uint64_t first_seq, std::uint32_t count, std::string_view records)> on_entries{};
  // Something an operator must hear about that does not stop the log (disk full while publishing). From the publisher's
  // thread.
  std::function<void(const Error&)> on_problem{};
  // The disk failed, or an invariant broke half-way: nothing may be written any more. Prints and ends the process when
  // empty; when it returns (in tests), everything is refused from then on.
  std::function<void(const Error&)> on_fatal{};
  std::shared_ptr<FileSystem> files{};           // the real one when empty
  std::shared_ptr<StateLock> lock{};             // of the state folder, if the caller took it already
  std::uint64_t journal_part_bytes = 64U << 20;  // a file of the journal this long gets no more batches
  // Entries after which the history is written down again (snapshot.hpp), while it runs and when it stops.
  std::uint64_t snapshot_every = 131'072;
  std::uint64_t snapshot_at_stop = 4'096;
};

// What a start found.
struct StartReport {
  std::uint64_t entries = 0;          // in the log
  std::uint64_t replayed = 0;         // of them read
  bool snapshot_passed_over = false;  // there is one, and it does not fit
  std::uint64_t tiles_repaired = 0;   // missing or damaged, and made again of the entries
};

class Sequencer {
 public:
  // Takes the state folder (one process at a time), checks what stands there against its signed checkpoint, replays it,
  // cuts a torn last batch (noted as ledger.recovered), hands the sink what it lacks, and starts. A fresh folder gets
  // ledger.opened. Fails with a sentence naming file, offset and what to do.
  static Result<std::unique_ptr<Sequencer>> open(SequencerOptions options, Sink& sink);

  ~Sequencer();  // as stop()
  Sequencer(const Sequencer&) = delete;
  Sequencer& operator=(const Sequencer&) = delete;

  void submit(Prepare prepare, Done done);             // from any thread; never blocks on a commit
  Result<Committed> submit_and_wait(Prepare prepare);  // blocking: for start-up, commands and tests

  // Looks at the history under a shared lock; entries of the batch under way are in it already. Keep it short.
  template <class F>
  auto read(F look) const {
    const std::shared_lock lock(history_mutex());
    return look(history());
  }

  [[nodiscard]] Result<std::string> entry_bytes(std::uint64_t seq) const;
  [[nodiscard]] std::uint64_t size() const;  // durable entries
  // Whether something was refused for want of room within the last minute, or what is durable cannot be published.
  [[nodiscard]] bool lacks_room() const;
  [[nodiscard]] const StartReport& start_report() const;
  [[nodiscard]] std::string checkpoint() const;        // the last published one: a signed note
  [[nodiscard]] std::uint64_t published_size() const;  // of that checkpoint
  [[nodiscard]] VerifierKey verifier() const;          // what signs from here on
  [[nodiscard]] KeyHistory keys() const;               // every key the log was signed with

  // Announces a key that signs from that entry on, and waits until a checkpoint stands that it signed; the entry's seq.
  // A key that is in use already is waited for. ErrorCode::unavailable: no room for that checkpoint; ask again.
  Result<std::uint64_t> rotate_key(const SigningKey& next);

  // From a published tree to a larger one; ErrorCode::invalid_input when there are none of these sizes.
  [[nodiscard]] Result<Proof> prove_growth(std::uint64_t from, std::uint64_t to) const;
  // Writes ledger/checkpoint.cosigned: a published checkpoint with the lines of witnesses.
  Status publish_cosigned(const Checkpoint& checkpoint, const std::vector<std::string>& lines);
  [[nodiscard]] Result<std::string> cosigned_checkpoint() const;  // ErrorCode::not_found before the first

  // The ledger folder: up to published_size() anyone may read what it holds (tiles.hpp, prove.hpp).
  [[nodiscard]] std::filesystem::path folder() const;
  // Published entries [first, first + count) of one segment, as its records. ErrorCode::not_found beyond.
  [[nodiscard]] Result<std::string> records(std::uint64_t first, std::uint64_t count) const;

  // Proof of an entry in the last published checkpoint; ErrorCode::not_found beyond it.
  [[nodiscard]] Result<TlogProof> prove(std::uint64_t seq) const;

  // Blocking, up to a publication interval and its I/O; on a full disk until there is room. False when it gave up.
  bool wait_until_published(std::uint64_t size) const;
  // The gateway stops: from now on that gives up where there is no room.
  void wait_no_longer_for_room();

  // For what must leave the disk: everything from here on goes to a new file of the journal; once it was published, and
  // the sink has it, wipe_journal() overwrites and removes the files before. Both block. ErrorCode::unavailable: not
  // yet, or the disk is full.
  Status roll_journal();
  Status wipe_journal();

  // Refuses new submissions, writes and publishes what waits, and ends the threads.
  void stop();

 private:
  struct Impl;
  explicit Sequencer(std::unique_ptr<Impl> impl);
  [[nodiscard]] std::shared_mutex& history_mutex() const;
  [[nodiscard]] const History& history() const;

  std::unique_ptr<Impl> impl_;
};

}  // namespace ketenpoort::ledger
