#include "gateway/ledger/writer/sequencer.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <future>

#include "gateway/base/files.hpp"
#include "gateway/ledger/files/file_system.hpp"
#include "gateway/ledger/files/state_lock.hpp"
#include "gateway/ledger/published/prove.hpp"
#include "gateway/ledger/tree/segments.hpp"
#include "gateway/ledger/tree/tiles.hpp"
#include "gateway/ledger/tree/tree.hpp"
#include "gateway/ledger/writer/sequencer_impl.hpp"

namespace ketenpoort::ledger {
namespace {

constexpr std::size_t largest_note = 1U << 16;
constexpr std::size_t largest_backlog = 128U << 20;  // bytes of entries that may wait to be published

void end_process(const Error& error) {
  fmt::print(stderr, "ketenpoort stops: {}. The journal may not be written any more; a restart recovers it\n",
             error.message);
  std::fflush(stderr);
  std::_Exit(EXIT_FAILURE);
}

std::vector<VerifierKey> verifiers_of(const SequencerOptions& options) {
  std::vector<VerifierKey> verifiers;
  for (const auto& key : keys_of(options)) verifiers.push_back(key.verifier());
  return verifiers;
}

Status wait_for_rotation(const Publisher& publisher, std::uint64_t size) {
  if (publisher.wait_until_published(size, WithoutRoom::give_up)) return {};
  return fail(ErrorCode::unavailable,
              "there is no room on the disk for a checkpoint signed by the next key: the order to rotate stands; make "
              "room, then reload or start the gateway");
}

}  // namespace

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
bool Sequencer::lacks_room() const {
  constexpr std::chrono::minutes lately{1};
  const auto at = impl_->lacked_room_at.load();
  const bool refused = at != decltype(at){} && std::chrono::steady_clock::now() - at < lately;
  return refused || impl_->publisher->is_failing();
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

// The publisher turns to the new key when it meets the entry. The thread that waits here is the one that takes signals.
Result<std::uint64_t> Sequencer::rotate_key(const SigningKey& next) {
  auto& signers = *impl_->signers;
  const auto before = keys();
  if (before.current().text() == next.verifier().text()) {
    const auto seq = before.periods().back().from_size;
    if (auto done = wait_for_rotation(*impl_->publisher, seq); !done) return fail(done.error());
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
  if (auto done = wait_for_rotation(*impl_->publisher, committed->first_seq + 1); !done) return fail(done.error());
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
  impl_->release_journal();
  return impl_->journal->wipe();
}

bool Sequencer::wait_until_published(std::uint64_t size) const {
  return impl_->publisher->wait_until_published(size, WithoutRoom::wait);
}

void Sequencer::wait_no_longer_for_room() {
  impl_->publisher->wait_no_longer_for_room();
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
