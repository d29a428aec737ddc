#include "gateway/ledger/sequencer.hpp"

#include <fmt/format.h>

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

#include "gateway/ledger/file_system.hpp"
#include "gateway/ledger/journal.hpp"
#include "gateway/ledger/prove.hpp"
#include "gateway/ledger/publisher.hpp"
#include "gateway/ledger/recovery.hpp"
#include "gateway/ledger/segments.hpp"
#include "gateway/ledger/tiles.hpp"

namespace ketenpoort::ledger {
namespace {

constexpr std::size_t largest_batch = 8U << 20;      // bytes of a frame beyond which the rest waits for the next one
constexpr std::size_t largest_backlog = 128U << 20;  // bytes of entries that may wait to be published

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

// A transaction of the batch under way: durable with it, then told to its caller.
struct Accepted {
  Done done;
  Committed committed;
};

// A transaction with its entries' bytes, ready to be applied.
struct Encoded {
  Committed committed;
  std::vector<std::string> entries;
  std::size_t frame_bytes = 0;  // what it adds to the frame
};

}  // namespace

struct Sequencer::Impl {
  SequencerOptions options;
  Sink& sink;
  StateLock lock;

  mutable std::shared_mutex history_mutex;  // held exclusively while an entry is applied, shared while someone looks
  History history;
  std::unique_ptr<Journal> journal;
  std::unique_ptr<Publisher> publisher;

  // The sequencer's thread alone.
  UuidV7Source ids;
  std::vector<Entry> decoded;  // reused
  JournalBatch batch;
  std::size_t batch_bytes = 0;
  std::vector<Accepted> accepted;
  bool clock_behind = false;

  std::atomic<std::uint64_t> durable_size{0};
  std::atomic<std::uint64_t> last_changes{0};
  std::atomic<bool> dead{false};

  std::mutex queue_mutex;
  std::condition_variable queue_filled;
  std::deque<Submission> queue;
  bool stopping = false;
  std::thread thread;

  Impl(SequencerOptions given, Sink& vault, StateLock taken, Recovered recovered)
      : options(std::move(given)),
        sink(vault),
        lock(std::move(taken)),
        history(std::move(recovered.history)),
        journal(std::move(recovered.journal)),
        ids(history.last_id()),
        durable_size(history.size()),
        last_changes(recovered.last_changes) {
    publisher = std::make_unique<Publisher>(
        PublisherOptions{.ledger = options.state / "ledger",
                         .temporary = options.state / "tmp",
                         .key = options.key,
                         .interval = options.publish_every,
                         .files = options.files,
                         .on_published = [this](std::uint64_t through) { release_journal(through); },
                         .on_problem = options.on_problem,
                         .on_fatal = [this](const Error& error) { die(error); }},
        std::move(recovered.segments), std::move(recovered.tiles), std::move(recovered.checkpoint));
    for (auto& unpublished : recovered.unpublished) publisher->add(std::move(unpublished));
    thread = std::thread([this] { run(); });
  }

  void die(const Error& error) {
    if (dead.exchange(true)) return;
    options.on_fatal(error);
  }

  // From the publisher's thread.
  void release_journal(std::uint64_t published) {
    const auto applied = sink.applied_through();
    const auto kept_by_sink = applied >= last_changes ? std::numeric_limits<std::uint64_t>::max() : applied;
    if (auto done = journal->release(std::min(published, kept_by_sink)); !done) options.on_problem(done.error());
  }

  void run() {
    std::deque<Submission> taken;
    while (take(taken)) {
      while (!taken.empty()) run_batch(taken);
    }
  }

  // Everything that waits; false when there is nothing and no more will come.
  bool take(std::deque<Submission>& taken) {
    std::unique_lock guard(queue_mutex);
    queue_filled.wait(guard, [&] { return stopping || !queue.empty(); });
    taken.swap(queue);
    return !taken.empty();
  }

  void run_batch(std::deque<Submission>& taken) {
    const auto now = begin_batch();
    for (; !taken.empty() && batch_bytes < largest_batch; taken.pop_front()) {
      auto& submission = taken.front();
      auto committed = dead ? refused() : run_transaction(submission.prepare, now);
      if (committed)
        accepted.push_back({std::move(submission.done), std::move(*committed)});
      else
        submission.done(fail(committed.error()));
    }
    if (!batch.empty()) commit();
    for (auto& transaction : accepted)
      transaction.done(dead ? refused() : Result<Committed>(std::move(transaction.committed)));
    accepted.clear();
    if (options.after_batch) options.after_batch();
  }

  static Result<Committed> refused() { return fail(ErrorCode::unavailable, "the ledger takes no more entries"); }

  Timestamp begin_batch() {
    batch = {.number = journal->last_batch() + 1, .first_seq = history.size()};
    batch_bytes = frame_header;
    const auto clock = options.now();
    const auto last = history.last_time();
    if (clock >= last) {
      clock_behind = false;
      return clock;
    }
    // Held at the last time, and noted once until the clock has caught up.
    if (!std::exchange(clock_behind, true) && !dead) {
      const auto behind = (last - clock).count();
      const auto noted = run_transaction(
          [&](const History&, std::uint64_t, Timestamp) -> Result<Transaction> {
            return Transaction{
                {system_entry("ledger.clock-anomaly", ObjectWriter().integer("behindMs", behind).take())}, {}};
          },
          last);
      if (!noted) clock_behind = false;  // no room: it is noted with the next batch
    }
    return last;
  }

  [[nodiscard]] EntryDraft system_entry(std::string kind, std::string body) const {
    return {.kind = std::move(kind), .actor = {.type = "system", .org = options.org}, .body = std::move(body)};
  }

  // Prepares, encodes, makes room and applies: all of it or nothing.
  Result<Committed> run_transaction(const Prepare& prepare, Timestamp now) {
    Result<Transaction> transaction = prepare_safely(prepare, now);
    if (!transaction) return fail(transaction.error());
    auto encoded = encode(*transaction, now);
    if (!encoded) return fail(encoded.error());
    if (auto room = journal->reserve(batch_bytes + encoded->frame_bytes); !room) {
      if (room.error().code != ErrorCode::unavailable) die(room.error());
      return fail(room.error());
    }
    if (auto done = apply(encoded->entries.size()); !done) return fail(done.error());
    for (const auto& entry : encoded->entries) append_record(batch.records, entry);
    batch.entries += static_cast<std::uint32_t>(encoded->entries.size());
    for (auto& change : transaction->changes) batch.changes.push_back(std::move(change));
    batch_bytes += encoded->frame_bytes;
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

  // Bytes, read back strictly: what decode_entry refuses never reaches the history.
  Result<Encoded> encode(const Transaction& transaction, Timestamp now) {
    Encoded out{.committed = {.first_seq = history.size(), .ids = {}, .time = now}, .entries = {}};
    out.entries.reserve(transaction.entries.size());
    if (decoded.size() < transaction.entries.size()) decoded.resize(transaction.entries.size());
    for (const auto& draft : transaction.entries) {
      const auto index = out.entries.size();
      out.committed.ids.push_back(ids.next(now));
      out.entries.push_back(encode_entry(history.size() + index, now, out.committed.ids.back(), options.node, draft));
      if (auto done = decode_entry(out.entries.back(), decoded[index]); !done) return fail(done.error());
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

  void commit() {
    if (auto done = journal->append(batch); !done) {
      publisher->abandon();
      return die(done.error());
    }
    if (!batch.changes.empty()) {
      last_changes = batch.number;
      sink.on_durable(batch.number, batch.changes);
    }
    durable_size = batch.first_seq + batch.entries;
    publisher->add(std::move(batch));
  }

  void stop() {
    {
      const std::lock_guard guard(queue_mutex);
      stopping = true;
      queue_filled.notify_all();
    }
    if (thread.joinable()) thread.join();
    publisher->stop();
  }
};

Result<std::unique_ptr<Sequencer>> Sequencer::open(SequencerOptions options, Sink& sink) {
  if (!options.files) options.files = real_file_system();
  if (!options.on_problem) options.on_problem = [](const Error&) {};
  if (!options.on_fatal) options.on_fatal = end_process;
  auto lock = StateLock::take(options.state);
  if (!lock) return fail(lock.error());
  auto recovered = recover(options.state, options.key.verifier(), options.files, sink);
  if (!recovered) return fail(recovered.error());
  const auto cut = recovered->journal->cut_bytes();
  const bool fresh = recovered->history.size() == 0;

  std::unique_ptr<Sequencer> sequencer(
      new Sequencer(std::make_unique<Impl>(std::move(options), sink, std::move(*lock), std::move(*recovered))));
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
      if (impl_->queue.size() == 1) impl_->queue_filled.notify_one();
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
std::string Sequencer::checkpoint() const {
  return impl_->publisher->checkpoint();
}
std::uint64_t Sequencer::published_size() const {
  return impl_->publisher->published_size();
}
const VerifierKey& Sequencer::verifier() const {
  return impl_->options.key.verifier();
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
  return prove_entry(folder(), verifier(), seq, *entry);
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
