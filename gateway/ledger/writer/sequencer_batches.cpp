// The two threads that gather, write and tell.
#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "gateway/ledger/writer/backup_hold.hpp"
#include "gateway/ledger/writer/sequencer_impl.hpp"

namespace ketenpoort::ledger {
namespace {

constexpr std::size_t largest_batch = 8U << 20;       // bytes of a frame beyond which the rest waits for the next one
constexpr std::size_t worth_preparing_ahead = 16;     // submissions, while the disk is busy with others
constexpr std::int64_t shortest_gathering = 100'000;  // nanoseconds

// A log that is new begins with the first key.
std::shared_ptr<Signers> make_signers(const SequencerOptions& options, const History& history) {
  const auto& first = options.key.verifier();
  KeyHistory keys = history.keys();
  if (keys.periods().empty())
    if (auto done = keys.open(first.name(), first.text()); !done) throw std::logic_error("a key that is none");
  return std::make_shared<Signers>(std::move(keys), keys_of(options));
}

}  // namespace

std::vector<SigningKey> keys_of(const SequencerOptions& options) {
  std::vector<SigningKey> keys = {options.key};
  keys.insert(keys.end(), options.more_keys.begin(), options.more_keys.end());
  return keys;
}

Sequencer::Impl::Impl(SequencerOptions given, Sink& vault, Recovered recovered)
    : options(std::move(given)),
      sink(vault),
      history(std::move(recovered.history)),
      journal(std::move(recovered.journal)),
      signers(make_signers(options, history)),
      writer(history, history_mutex, options.node),
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
                       .on_published = [this](std::uint64_t through) { note_published(through); },
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

void Sequencer::Impl::die(const Error& error) {
  if (dead.exchange(true)) return;
  options.on_fatal(error);
}

void Sequencer::Impl::note_published(std::uint64_t batch) {
  published_batch = batch;
  release_journal();
}

void Sequencer::Impl::release_journal() {
  const std::uint64_t published = published_batch;
  if (BackupHold::is_taken(options.state)) return;
  const auto applied = sink.applied_through();
  const bool waits_for_note = applied >= last_changes && applied < published && sink.note_through(published);
  const auto kept_by_sink =
      applied >= last_changes && !waits_for_note ? std::numeric_limits<std::uint64_t>::max() : applied;
  if (auto done = journal->release(std::min(published, kept_by_sink)); !done) options.on_problem(done.error());
}

void Sequencer::Impl::run() {
  Batch batch;
  while (gather(batch)) {
    write(batch);
    tell(batch);
    batch = {};
  }
}

bool Sequencer::Impl::gather(Batch& batch) {
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
  usual_records = std::max(batch.journal.records.size(), usual_records / 2);
  const std::lock_guard guard(queue_mutex);
  batch.ticket = gathered++;
  someone_gathers = false;
  if (!taken.empty() || enough_waits()) to_gather.notify_one();
  return true;
}

bool Sequencer::Impl::worth_writing(const Batch& batch, std::chrono::steady_clock::time_point started) const {
  constexpr std::size_t look_every = 16;
  if (batch.accepted.size() % look_every != look_every - 1) return false;
  return (std::chrono::steady_clock::now() - started).count() >= std::max(usual_sync.load(), shortest_gathering);
}

std::size_t Sequencer::Impl::worth_gathering() const {
  return gathered > written && !stopping ? worth_preparing_ahead : 1;
}

bool Sequencer::Impl::wait_for_first() {
  std::unique_lock guard(queue_mutex);
  --coming;
  to_gather.wait(guard, [&] { return stopping || (!someone_gathers && (!taken.empty() || enough_waits())); });
  if (someone_gathers || (taken.empty() && queue.empty())) return false;  // the other one goes on with what there is
  someone_gathers = true;
  if (taken.empty()) taken.swap(queue);
  return true;
}

bool Sequencer::Impl::enough_waits() const {
  return queue.size() >= worth_gathering();
}

bool Sequencer::Impl::wait_for_more() {
  std::unique_lock guard(queue_mutex);
  while (queue.empty() && gathered > told) more.wait(guard);
  taken.swap(queue);
  return !taken.empty();
}

void Sequencer::Impl::wake_one() {
  if (queue.size() != worth_gathering()) return;
  if (someone_gathers)
    more.notify_one();
  else if (coming == 0)
    to_gather.notify_one();
}

void Sequencer::Impl::add(Batch& batch, Submission& submission) {
  const std::lock_guard guard(calling);
  auto outcome = dead ? refused() : run_transaction(batch, submission.prepare, batch_time);
  batch.accepted.push_back({std::move(submission.done), std::move(outcome)});
}

Result<Committed> Sequencer::Impl::refused() {
  return fail(ErrorCode::unavailable, "the ledger takes no more entries");
}

void Sequencer::Impl::begin(Batch& batch) {
  batch.journal = {
      .number = journal->last_batch() + 1, .first_seq = history.size(), .entries = 0, .records = {}, .changes = {}};
  batch.journal.records.reserve(usual_records);
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

EntryDraft Sequencer::Impl::system_entry(std::string kind, std::string body) const {
  return {.kind = std::move(kind),
          .actor = {.type = "system", .org = options.org},
          .trace = new_uuid_v4(),
          .body = std::move(body)};
}

Result<Committed> Sequencer::Impl::run_transaction(Batch& batch, const Prepare& prepare, Timestamp now) {
  Result<Transaction> transaction = prepare_safely(prepare, now);
  if (!transaction) return fail(transaction.error());
  auto& records = batch.journal.records;
  const auto before = records.size();
  auto committed = writer.append(*transaction, now, records);
  if (!committed) return committed;
  auto bytes = batch.bytes + (records.size() - before);
  for (const auto& change : transaction->changes) bytes += change_size(change);
  auto kept = make_room(bytes);
  if (kept) kept = writer.apply();
  if (!kept) {
    records.resize(before);
    return fail(kept.error());
  }
  batch.journal.entries += static_cast<std::uint32_t>(transaction->entries.size());
  std::ranges::move(transaction->changes, std::back_inserter(batch.journal.changes));
  batch.bytes = bytes;
  return committed;
}

Status Sequencer::Impl::make_room(std::size_t frame_bytes) {
  const auto room = journal->reserve(frame_bytes);
  if (room) {
    out_of_room = false;
    return {};
  }
  if (room.error().code != ErrorCode::unavailable) die(room.error());
  lacked_room_at = std::chrono::steady_clock::now();
  // Which file has no room is for the operator; whoever submitted may be anybody.
  if (!std::exchange(out_of_room, true) && options.on_problem) options.on_problem(room.error());
  return fail(room.error().code, "there is no room on the gateway's disk: nothing was taken, try again later");
}

Result<Transaction> Sequencer::Impl::prepare_safely(const Prepare& prepare, Timestamp now) {
  try {
    return prepare(history, history.size(), now);
  } catch (const std::exception&) {
    // What it says may hold what was being prepared, so it is not passed on.
    return fail(ErrorCode::internal, "preparing a transaction threw an exception");
  }
}

void Sequencer::Impl::write(Batch& batch) {
  const auto frame = batch.journal.empty() ? Frame() : Frame(batch.journal, batch.place);
  wait_for_turn(written, batch.ticket);
  if (!batch.journal.empty() && !dead) batch.durable = write_frame(batch.place, frame);
  finish_turn(written);
}

bool Sequencer::Impl::write_frame(const JournalPlace& place, const Frame& frame) {
  const auto started = std::chrono::steady_clock::now();
  if (auto done = Journal::write(place, frame.pieces()); !done) {
    publisher->abandon();
    die(done.error());
    return false;
  }
  const auto took = (std::chrono::steady_clock::now() - started).count();
  usual_sync = (usual_sync * 7 + took) / 8;
  return true;
}

void Sequencer::Impl::tell(Batch& batch) {
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

void Sequencer::Impl::pass_on(JournalBatch& batch) {
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

void Sequencer::Impl::wait_for_turn(const std::uint64_t& stage, std::uint64_t ticket) {
  std::unique_lock guard(queue_mutex);
  next_turn.wait(guard, [&] { return stage == ticket; });
}

void Sequencer::Impl::finish_turn(std::uint64_t& stage) {
  const std::lock_guard guard(queue_mutex);
  ++stage;
  next_turn.notify_one();
  more.notify_one();
}

void Sequencer::Impl::look_afterwards() {
  const std::lock_guard guard(queue_mutex);
  ++coming;
}

void Sequencer::Impl::stop() {
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

}  // namespace ketenpoort::ledger
