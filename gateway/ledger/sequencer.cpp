#include "gateway/ledger/sequencer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <future>
#include <limits>
#include <mutex>
#include <optional>
#include <thread>

#include "gateway/base/files.hpp"
#include "gateway/ledger/backup_hold.hpp"
#include "gateway/ledger/file_system.hpp"
#include "gateway/ledger/journal.hpp"
#include "gateway/ledger/prove.hpp"
#include "gateway/ledger/publisher.hpp"
#include "gateway/ledger/recovery.hpp"
#include "gateway/ledger/segments.hpp"
#include "gateway/ledger/signers.hpp"
#include "gateway/ledger/snapshot_keeper.hpp"
#include "gateway/ledger/state_lock.hpp"
#include "gateway/ledger/tiles.hpp"
#include "gateway/ledger/tree.hpp"

namespace ketenpoort::ledger {
namespace {

constexpr std::size_t largest_batch = 8U << 20;  // bytes of a frame beyond which the rest waits for the next one
constexpr std::size_t largest_note = 1U << 16;
constexpr std::size_t largest_backlog = 128U << 20;   // bytes of entries that may wait to be published
constexpr std::size_t worth_preparing_ahead = 16;     // submissions, while the disk is busy with others
constexpr std::int64_t shortest_gathering = 100'000;  // nanoseconds

void end_process(const Error& error) {
  fmt::print(stderr, "ketenpoort stops: {}. The journal may not be written any more; a restart recovers it\n",
             error.message);
  std::fflush(stderr);
  std::_Exit(EXIT_FAILURE);
}

struct Submission {
  Prepare prepare;
  Done done;
};

// What a submission of a batch is to be told once that is durable.
struct Accepted {
  Done done;
  Result<Committed> outcome;
};

// A transaction with its entries' bytes, ready to be applied.
struct Encoded {
  Committed committed;
  std::vector<std::string> entries;
  std::size_t frame_bytes = 0;  // what it adds to the frame
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

std::vector<SigningKey> keys_of(const SequencerOptions& options) {
  std::vector<SigningKey> keys = {options.key};
  keys.insert(keys.end(), options.more_keys.begin(), options.more_keys.end());
  return keys;
}

std::vector<VerifierKey> verifiers_of(const SequencerOptions& options) {
  std::vector<VerifierKey> verifiers;
  for (const auto& key : keys_of(options)) verifiers.push_back(key.verifier());
  return verifiers;
}

// A log that is new begins with the first key.
std::shared_ptr<Signers> make_signers(const SequencerOptions& options, const History& history) {
  const auto& first = options.key.verifier();
  KeyHistory keys = history.keys();
  if (keys.periods().empty())
    if (auto done = keys.open(first.name(), first.text()); !done) throw std::logic_error("a key that is none");
  return std::make_shared<Signers>(std::move(keys), keys_of(options));
}

}  // namespace

// Two threads take turns: while one writes and syncs its batch, the other gathers the next. A thread takes its batch
// all the way and then looks for more itself, so that waking a thread, which can take as long as a sync, is needed only
// when none is at work or when there is enough for both. Batches are written in order, each after the one before is
// durable; and told in order. Preparing and telling never run at the same time, so that a Prepare and a Done may share
// what they look at.
struct Sequencer::Impl {
  SequencerOptions options;
  Sink& sink;

  mutable std::shared_mutex history_mutex;  // held exclusively while an entry is applied, shared while someone looks
  History history;
  std::unique_ptr<Journal> journal;
  std::shared_ptr<Signers> signers;
  std::unique_ptr<Publisher> publisher;

  // Of the thread that gathers.
  std::deque<Submission> taken;
  UuidV7Source ids;
  std::vector<Entry> decoded;  // reused
  Timestamp batch_time{};
  bool clock_behind = false;
  bool out_of_room = false;

  std::mutex calling;  // held while a Prepare or a Done runs

  std::atomic<std::uint64_t> durable_size{0};
  std::atomic<std::uint64_t> last_changes{0};
  std::atomic<std::uint64_t> published_batch{0};
  std::atomic<bool> dead{false};
  std::atomic<std::int64_t> usual_sync{0};  // nanoseconds a write and its sync take of late

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

  Impl(SequencerOptions given, Sink& vault, Recovered recovered)
      : options(std::move(given)),
        sink(vault),
        history(std::move(recovered.history)),
        journal(std::move(recovered.journal)),
        signers(make_signers(options, history)),
        ids(history.last_id()),
        durable_size(history.size()),
        last_changes(recovered.last_changes),
        start_report{history.size(), history.size() - recovered.snapshot_size, !recovered.snapshot_problem.empty(),
                     recovered.damaged_tiles.size()} {
    publisher = std::make_unique<Publisher>(
        PublisherOptions{.ledger = options.state / "ledger",
                         .temporary = options.state / "tmp",
                         .signers = signers,
                         .interval = options.publish_every,
                         .files = options.files,
                         .on_published = [this](std::uint64_t through) { release_journal(through); },
                         .on_problem = options.on_problem,
                         .on_fatal = [this](const Error& error) { die(error); }},
        std::move(recovered.segments), std::move(recovered.tiles), std::move(recovered.checkpoint));
    for (auto& unpublished : recovered.unpublished) publisher->add(std::move(unpublished));
    snapshots = std::make_unique<SnapshotKeeper>(
        SnapshotKeeperOptions{.state = options.state,
                              .key = options.key.verifier(),
                              .files = options.files,
                              .every = options.snapshot_every,
                              .at_stop = options.snapshot_at_stop,
                              .durable = history.size(),
                              .kept = recovered.snapshot_size,
                              .on_problem = options.on_problem},
        [this](const std::function<void(const History&)>& look) {
          const std::shared_lock looking(history_mutex);
          look(history);
        },
        *publisher);
    for (auto& thread : threads) thread = std::thread([this] { run(); });
  }

  void die(const Error& error) {
    if (dead.exchange(true)) return;
    options.on_fatal(error);
  }

  // From the publisher's thread.
  void release_journal(std::uint64_t published) {
    published_batch = published;
    if (BackupHold::is_taken(options.state)) return;
    const auto applied = sink.applied_through();
    const bool waits_for_note = applied >= last_changes && applied < published && sink.note_through(published);
    const auto kept_by_sink =
        applied >= last_changes && !waits_for_note ? std::numeric_limits<std::uint64_t>::max() : applied;
    if (auto done = journal->release(std::min(published, kept_by_sink)); !done) options.on_problem(done.error());
  }

  void run() {
    Batch batch;
    while (gather(batch)) {
      write(batch);
      tell(batch);
      batch = {};
    }
  }

  // Everything that waits, until it is time to write. False when there is nothing and no more will come.
  bool gather(Batch& batch) {
    if (!wait_for_first()) return false;
    const auto started = std::chrono::steady_clock::now();
    begin(batch);
    do {
      while (!taken.empty() && batch.bytes < largest_batch && !worth_writing(batch, started)) {
        add(batch, taken.front());
        taken.pop_front();
      }
    } while (taken.empty() && batch.bytes < largest_batch && wait_for_more());
    if (!batch.journal.empty()) batch.place = journal->place(batch.journal);
    const std::lock_guard guard(queue_mutex);
    batch.ticket = gathered++;
    someone_gathers = false;
    if (!taken.empty() || enough_waits()) to_gather.notify_one();
    return true;
  }

  // Preparing has taken as long as the disk will: time to let it work while the rest is prepared. A slow disk so gets
  // everything that waits in one batch, a quick one is never idle.
  bool worth_writing(const Batch& batch, std::chrono::steady_clock::time_point started) const {
    constexpr std::size_t look_every = 16;
    if (batch.accepted.size() % look_every != look_every - 1) return false;
    return (std::chrono::steady_clock::now() - started).count() >= std::max(usual_sync.load(), shortest_gathering);
  }

  // Submissions. While the disk is busy nothing is gained by preparing a few: they would have to wait, and more will
  // come.
  [[nodiscard]] std::size_t worth_gathering() const {
    return gathered > written && !stopping ? worth_preparing_ahead : 1;
  }

  bool wait_for_first() {
    std::unique_lock guard(queue_mutex);
    --coming;
    to_gather.wait(guard, [&] { return stopping || (!someone_gathers && (!taken.empty() || enough_waits())); });
    if (someone_gathers || (taken.empty() && queue.empty())) return false;  // the other one goes on with what there is
    someone_gathers = true;
    if (taken.empty()) taken.swap(queue);
    return true;
  }

  [[nodiscard]] bool enough_waits() const { return queue.size() >= worth_gathering(); }

  // Until the disk is free and everybody told, so that those who then come again are in this batch; false to write what
  // is there.
  bool wait_for_more() {
    std::unique_lock guard(queue_mutex);
    while (queue.empty() && gathered > told) more.wait(guard);
    taken.swap(queue);
    return !taken.empty();
  }

  // Called with the lock, when a submission has come. A thread that prepares or tells will look by itself.
  void wake_one() {
    if (queue.size() != worth_gathering()) return;
    if (someone_gathers)
      more.notify_one();
    else if (coming == 0)
      to_gather.notify_one();
  }

  void add(Batch& batch, Submission& submission) {
    const std::lock_guard guard(calling);
    auto outcome = dead ? refused() : run_transaction(batch, submission.prepare, batch_time);
    batch.accepted.push_back({std::move(submission.done), std::move(outcome)});
  }

  static Result<Committed> refused() { return fail(ErrorCode::unavailable, "the ledger takes no more entries"); }

  void begin(Batch& batch) {
    batch.journal = {
        .number = journal->last_batch() + 1, .first_seq = history.size(), .entries = 0, .records = {}, .changes = {}};
    batch_time = options.now();
    const auto last = history.last_time();
    if (batch_time >= last) {
      clock_behind = false;
      return;
    }
    // Held at the last time, and noted once until the clock has caught up.
    const auto behind = (last - std::exchange(batch_time, last)).count();
    if (std::exchange(clock_behind, true) || dead) return;
    const auto noted = run_transaction(
        batch,
        [&](const History&, std::uint64_t, Timestamp) -> Result<Transaction> {
          return Transaction{{system_entry("ledger.clock-anomaly", ObjectWriter().integer("behindMs", behind).take())},
                             {}};
        },
        last);
    if (!noted) clock_behind = false;  // no room: it is noted with the next batch
  }

  [[nodiscard]] EntryDraft system_entry(std::string kind, std::string body) const {
    return {.kind = std::move(kind),
            .actor = {.type = "system", .org = options.org},
            .trace = new_uuid_v4(),
            .body = std::move(body)};
  }

  // Prepares, encodes, makes room and applies: all of it or nothing.
  Result<Committed> run_transaction(Batch& batch, const Prepare& prepare, Timestamp now) {
    Result<Transaction> transaction = prepare_safely(prepare, now);
    if (!transaction) return fail(transaction.error());
    auto encoded = encode(*transaction, now);
    if (!encoded) return fail(encoded.error());
    if (auto room = journal->reserve(batch.bytes + encoded->frame_bytes); !room) {
      if (room.error().code != ErrorCode::unavailable) die(room.error());
      // Which file has no room is for the operator; whoever submitted may be anybody.
      if (!std::exchange(out_of_room, true) && options.on_problem) options.on_problem(room.error());
      return fail(room.error().code, "there is no room on the gateway's disk: nothing was taken, try again later");
    }
    out_of_room = false;
    if (auto done = apply(encoded->entries.size()); !done) return fail(done.error());
    for (const auto& entry : encoded->entries) append_record(batch.journal.records, entry);
    batch.journal.entries += static_cast<std::uint32_t>(encoded->entries.size());
    for (auto& change : transaction->changes) batch.journal.changes.push_back(std::move(change));
    batch.bytes += encoded->frame_bytes;
    return std::move(encoded->committed);
  }

  Result<Transaction> prepare_safely(const Prepare& prepare, Timestamp now) {
    try {
      return prepare(history, history.size(), now);
    } catch (const std::exception&) {
      // What it says may hold what was being prepared, so it is not passed on.
      return fail(ErrorCode::internal, "preparing a transaction threw an exception");
    }
  }

  // Bytes, read back strictly: what cannot be read never reaches the history.
  Result<Encoded> encode(const Transaction& transaction, Timestamp now) {
    Encoded out{.committed = {.first_seq = history.size(), .ids = {}, .time = now}, .entries = {}};
    out.entries.reserve(transaction.entries.size());
    if (decoded.size() < transaction.entries.size()) decoded.resize(transaction.entries.size());
    for (const auto& draft : transaction.entries) {
      const auto index = out.entries.size();
      out.committed.ids.push_back(ids.next(now));
      out.entries.push_back(encode_entry(history.size() + index, now, out.committed.ids.back(), options.node, draft));
      if (auto done = decode_with_body(out.entries.back(), decoded[index]); !done) return fail(done.error());
      out.frame_bytes += 2 + out.entries.back().size();
    }
    for (const auto& change : transaction.changes) out.frame_bytes += change_size(change);
    return out;
  }

  Status apply(std::size_t count) {
    const std::unique_lock guard(history_mutex);
    History::Group group(history);
    for (std::size_t i = 0; i < count; ++i)
      if (auto done = history.apply(decoded[i]); !done) return done;
    group.keep();
    return {};
  }

  void write(Batch& batch) {
    const auto frame = batch.journal.empty() ? std::string() : encode_frame(batch.journal, batch.place);
    wait_for_turn(written, batch.ticket);
    if (!frame.empty() && !dead) batch.durable = write_frame(batch.place, frame);
    finish_turn(written);
  }

  bool write_frame(const JournalPlace& place, std::string_view frame) {
    const auto started = std::chrono::steady_clock::now();
    if (auto done = Journal::write(place, frame); !done) {
      publisher->abandon();
      die(done.error());
      return false;
    }
    const auto took = (std::chrono::steady_clock::now() - started).count();
    usual_sync = (usual_sync * 7 + took) / 8;
    return true;
  }

  // The vault hears of what is durable, then everybody who waits.
  void tell(Batch& batch) {
    wait_for_turn(told, batch.ticket);
    look_afterwards();
    {
      const std::lock_guard guard(calling);
      const bool lost = !batch.journal.empty() && !batch.durable;
      if (batch.durable) pass_on(batch.journal);
      for (auto& accepted : batch.accepted)
        accepted.done(lost && accepted.outcome ? refused() : std::move(accepted.outcome));
      if (options.after_batch) options.after_batch();
    }
    finish_turn(told);
  }

  void pass_on(JournalBatch& batch) {
    if (!batch.changes.empty()) {
      last_changes = batch.number;
      sink.on_durable(batch.number, batch.changes);
    }
    // The publisher first: whoever hears of an entry, or counts it, can read it.
    const auto kept = publisher->add(std::move(batch));
    durable_size = kept->first_seq + kept->entries;
    if (options.on_entries && kept->entries > 0) options.on_entries(kept->first_seq, kept->entries, kept->records);
    snapshots->note_durable(durable_size);
  }

  void wait_for_turn(const std::uint64_t& stage, std::uint64_t ticket) {
    std::unique_lock guard(queue_mutex);
    next_turn.wait(guard, [&] { return stage == ticket; });
  }

  void finish_turn(std::uint64_t& stage) {
    const std::lock_guard guard(queue_mutex);
    ++stage;
    next_turn.notify_one();
    more.notify_one();
  }

  void look_afterwards() {
    const std::lock_guard guard(queue_mutex);
    ++coming;
  }

  void stop() {
    {
      const std::lock_guard guard(queue_mutex);
      stopping = true;
      to_gather.notify_all();
    }
    for (auto& thread : threads)
      if (thread.joinable()) thread.join();
    publisher->stop();
    snapshots->stop(!dead);
  }
};

Result<std::unique_ptr<Sequencer>> Sequencer::open(SequencerOptions options, Sink& sink) {
  if (!options.files) options.files = real_file_system();
  if (!options.on_problem) options.on_problem = [](const Error&) {};
  if (!options.on_fatal) options.on_fatal = end_process;
  if (!options.lock) {
    auto lock = StateLock::take(options.state);
    if (!lock) return fail(lock.error());
    options.lock = std::make_shared<StateLock>(std::move(*lock));
  }
  auto recovered = recover(options.state, verifiers_of(options), options.files, sink, options.journal_part_bytes);
  if (!recovered) return fail(recovered.error());
  const auto cut = recovered->journal->cut_bytes();
  const bool fresh = recovered->history.size() == 0;

  std::unique_ptr<Sequencer> sequencer(
      new Sequencer(std::make_unique<Impl>(std::move(options), sink, std::move(*recovered))));
  auto& impl = *sequencer->impl_;
  const auto write = [&](std::string kind, std::string body) {
    return sequencer->submit_and_wait([&](const History&, std::uint64_t, Timestamp) -> Result<Transaction> {
      return Transaction{{impl.system_entry(kind, body)}, {}};
    });
  };
  if (fresh) {
    const auto body = ObjectWriter()
                          .string("origin", impl.options.key.verifier().name())
                          .string("software", impl.options.software)
                          .string("vkey", impl.options.key.verifier().text())
                          .take();
    if (const auto opened = write("ledger.opened", body); !opened) return fail(opened.error());
  }
  if (cut > 0)
    if (const auto noted = write("ledger.recovered", ObjectWriter().integer("cutBytes", cut).take()); !noted)
      return fail(noted.error());
  return sequencer;
}

Sequencer::Sequencer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Sequencer::~Sequencer() {
  stop();
}

void Sequencer::submit(Prepare prepare, Done done) {
  const bool slow = impl_->publisher->backlog() > largest_backlog;
  {
    const std::lock_guard guard(impl_->queue_mutex);
    if (!impl_->stopping && !impl_->dead && !slow && impl_->queue.size() < impl_->options.max_queued) {
      impl_->queue.push_back({std::move(prepare), std::move(done)});
      impl_->wake_one();
      return;
    }
  }
  done(fail(ErrorCode::unavailable, "the ledger is full or stopping: try again later"));
}

Result<Committed> Sequencer::submit_and_wait(Prepare prepare) {
  std::promise<Result<Committed>> promise;
  auto result = promise.get_future();
  submit(std::move(prepare), [&](Result<Committed> committed) { promise.set_value(std::move(committed)); });
  return result.get();
}

Result<std::string> Sequencer::entry_bytes(std::uint64_t seq) const {
  if (seq >= size()) return fail(ErrorCode::not_found, fmt::format("there is no entry {}", seq));
  return impl_->publisher->entry(seq);
}

std::uint64_t Sequencer::size() const {
  return impl_->durable_size;
}
const StartReport& Sequencer::start_report() const {
  return impl_->start_report;
}
std::string Sequencer::checkpoint() const {
  return impl_->publisher->checkpoint();
}
std::uint64_t Sequencer::published_size() const {
  return impl_->publisher->published_size();
}
VerifierKey Sequencer::verifier() const {
  return keys().current();
}

KeyHistory Sequencer::keys() const {
  return read([](const History& history) { return history.keys(); });
}

// The publisher turns to the new key when it meets the entry.
Result<std::uint64_t> Sequencer::rotate_key(const SigningKey& next) {
  auto& signers = *impl_->signers;
  const auto before = keys();
  if (before.current().text() == next.verifier().text()) {
    const auto seq = before.periods().back().from_size;
    wait_until_published(seq);
    return seq - 1;
  }
  const auto old = signers.find(before.current());
  if (!old) return fail(old.error());
  signers.add(next);
  const auto committed =
      submit_and_wait([&](const History&, std::uint64_t first_seq, Timestamp) -> Result<Transaction> {
        const auto body = make_rotation(first_seq, *old, next);
        return Transaction{{impl_->system_entry(std::string(KeyRotated::kind), encode_body(body))}, {}};
      });
  if (!committed) return fail(committed.error());
  wait_until_published(committed->first_seq + 1);
  return committed->first_seq;
}

Result<Proof> Sequencer::prove_growth(std::uint64_t from, std::uint64_t to) const {
  if (to > published_size()) return fail(ErrorCode::invalid_input, fmt::format("no checkpoint has {} entries yet", to));
  const TileReader tiles(folder(), to);
  return prove_consistency(from, to,
                           [&](unsigned level, std::uint64_t index) { return tiles.subtree_hash(level, index); });
}

Status Sequencer::publish_cosigned(const Checkpoint& checkpoint, const std::vector<std::string>& lines) {
  return impl_->publisher->publish_cosigned(checkpoint, lines);
}

Result<std::string> Sequencer::cosigned_checkpoint() const {
  auto note = read_file(folder() / cosigned_name, largest_note);
  if (!note) return fail(ErrorCode::not_found, "no witness has cosigned a checkpoint of this log yet");
  return note;
}

std::filesystem::path Sequencer::folder() const {
  return impl_->options.state / "ledger";
}

Result<std::string> Sequencer::records(std::uint64_t first, std::uint64_t count) const {
  if (first + count > published_size())
    return fail(ErrorCode::not_found, fmt::format("entries {} to {} are not published", first, first + count));
  return impl_->publisher->records(first, count);
}

Result<TlogProof> Sequencer::prove(std::uint64_t seq) const {
  const auto entry = entry_bytes(seq);
  if (!entry) return fail(entry.error());
  return prove_entry(folder(), keys(), seq, *entry);
}

Status Sequencer::roll_journal() {
  impl_->journal->roll();
  // Nothing is written, but room is made for it.
  const auto done = submit_and_wait([](const History&, std::uint64_t, Timestamp) { return Result<Transaction>(); });
  if (!done) return fail(done.error());
  return {};
}

Status Sequencer::wipe_journal() {
  impl_->release_journal(impl_->published_batch);
  return impl_->journal->wipe();
}

void Sequencer::wait_until_published(std::uint64_t size) const {
  impl_->publisher->wait_until_published(size);
}

void Sequencer::stop() {
  impl_->stop();
}

std::shared_mutex& Sequencer::history_mutex() const {
  return impl_->history_mutex;
}
const History& Sequencer::history() const {
  return impl_->history;
}

}  // namespace ketenpoort::ledger
