#include "gateway/ledger/writer/publisher.hpp"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "gateway/base/bytes.hpp"
#include "gateway/ledger/checkpoint/checkpoint.hpp"
#include "gateway/ledger/tree/tree.hpp"

namespace ketenpoort::ledger {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t tiles_at_once = 128;   // files held open before they are synced and moved
constexpr int intervals_of_rest = 50;        // before a file that was published is used again: ten seconds usually
constexpr std::size_t hurry_at = 12U << 20;  // bytes of entries that wait: they are published before the interval ends

Error failed_sync(Error error) {
  error.code = ErrorCode::io;  // even for want of space: what a sync did not write may be lost
  return error;
}

}  // namespace

Publisher::Publisher(PublisherOptions options, std::unique_ptr<Segments> segments, TileBuilder tiles,
                     std::string checkpoint)
    : options_(std::move(options)),
      segments_(std::move(segments)),
      builder_(std::move(tiles)),
      spares_(options_.temporary, options_.files, options_.interval * intervals_of_rest),
      checkpoint_(std::move(checkpoint)),
      published_size_(builder_.size()),
      thread_([this] { run(); }) {}

Publisher::~Publisher() {
  stop();
}

std::shared_ptr<const JournalBatch> Publisher::add(JournalBatch batch) {
  batch.changes.clear();
  auto kept = std::make_shared<const JournalBatch>(std::move(batch));
  const std::lock_guard lock(mutex_);
  const bool hurried = backlog_ >= hurry_at;
  backlog_ += kept->records.size();
  waiting_.push_back(kept);
  // Until the interval ends there is nothing else to wake it for.
  if (waiting_.size() == 1 || (!hurried && backlog_ >= hurry_at)) changed_.notify_all();
  return kept;
}

void Publisher::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    waits_for_room_ = false;
    changed_.notify_all();
  }
  if (!thread_.joinable()) return;
  thread_.join();
  if (!abandoned_) spares_.remove_all();
}

void Publisher::abandon() {
  const std::lock_guard lock(mutex_);
  stopping_ = abandoned_ = true;
  changed_.notify_all();
}

std::string Publisher::checkpoint() const {
  const std::lock_guard lock(mutex_);
  return checkpoint_;
}

std::uint64_t Publisher::published_size() const {
  const std::lock_guard lock(mutex_);
  return published_size_;
}

bool Publisher::is_failing() const {
  const std::lock_guard lock(mutex_);
  return has_failed_;
}

std::size_t Publisher::backlog() const {
  const std::lock_guard lock(mutex_);
  return backlog_;
}

Result<std::string> Publisher::entry(std::uint64_t seq) const {
  std::shared_ptr<const JournalBatch> holder;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& batch : waiting_)
      if (seq >= batch->first_seq && seq < batch->first_seq + batch->entries) holder = batch;
  }
  if (!holder) return segments_->read(seq);
  std::string_view records = holder->records;
  for (auto at = holder->first_seq; at < seq; ++at) take_record(records);
  return std::string(take_record(records).value());
}

Result<std::string> Publisher::records(std::uint64_t first, std::uint64_t count) const {
  return segments_->read_records(first, count);
}

bool Publisher::wait_until_published(std::uint64_t size, WithoutRoom without_room) const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] {
    const bool waits = waits_for_room_ && without_room == WithoutRoom::wait;
    return published_size_ >= size || abandoned_ || (has_failed_ && !waits);
  });
  return published_size_ >= size;
}

void Publisher::wait_no_longer_for_room() {
  const std::lock_guard lock(mutex_);
  waits_for_room_ = false;
  changed_.notify_all();
}

void Publisher::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
    if (abandoned_ || waiting_.empty()) return;
    const std::vector batches(waiting_.begin(), waiting_.end());
    const auto started = std::chrono::steady_clock::now();
    const bool last_try = stopping_;
    lock.unlock();
    const auto done = publish(batches);
    if (!done) {
      note_failure();
      const bool temporary = done.error().code == ErrorCode::unavailable;
      (temporary ? options_.on_problem : options_.on_fatal)(done.error());
      if (!temporary) abandon();
      if (last_try) return;  // the journal has it all: the next start publishes it
    }
    lock.lock();
    const bool may_hurry = done.has_value();  // after an error it waits before it tries again
    changed_.wait_until(lock, started + options_.interval,
                        [&] { return stopping_ || (may_hurry && backlog_ >= hurry_at); });
  }
}

void Publisher::note_failure() {
  const std::lock_guard lock(mutex_);
  has_failed_ = true;
  changed_.notify_all();
}

Status Publisher::publish(const std::vector<std::shared_ptr<const JournalBatch>>& batches) {
  const auto before = builder_.size();
  if (auto done = append_entries(batches); !done) return done;
  std::string note;
  if (builder_.size() > before || !tiles_.empty() || published_size() < builder_.size()) {
    if (auto done = write_tiles(); !done) return done;
    if (auto done = write_checkpoint(note); !done) return done;
    if (auto done = remove_outgrown_tiles(); !done) return done;
  }
  settle(batches, std::move(note));
  return {};
}

Status Publisher::append_entries(const std::vector<std::shared_ptr<const JournalBatch>>& batches) {
  for (const auto& batch : batches) {
    if (auto done = segments_->append(batch->first_seq, batch->records); !done) return done;
    std::string_view records = batch->records;
    auto seq = batch->first_seq;
    for (; const auto entry = take_record(records); ++seq) {
      if (seq < builder_.size()) continue;
      if (auto done = options_.signers->follow(seq, *entry); !done) return done;
      builder_.append(leaf_hash(as_bytes(*entry)));
    }
  }
  if (auto done = segments_->sync(); !done) return fail(failed_sync(done.error()));
  for (auto& tile : builder_.take_new_tiles()) tiles_.push_back(std::move(tile));
  return {};
}

Status Publisher::write_tiles() {
  for (std::size_t first = 0; first < tiles_.size(); first += tiles_at_once)
    if (auto done = write_tile_group(first, std::min(tiles_at_once, tiles_.size() - first)); !done) return done;
  return {};
}

Status Publisher::write_tile_group(std::size_t first, std::size_t count) {
  std::vector<SpareFiles::Written> written;
  auto done = [&]() -> Status {
    for (std::size_t i = first; i < first + count; ++i) {
      auto one = spares_.write(tiles_[i].hashes);
      if (!one) return fail(one.error());
      written.push_back(std::move(*one));
    }
    for (const auto& one : written)
      if (auto synced = one.file->sync(); !synced) return fail(failed_sync(synced.error()));
    return move_tiles(written, first);
  }();
  for (const auto& one : written) spares_.put_back(one);
  return done;
}

// Takes out of `written` what is in its place.
Status Publisher::move_tiles(std::vector<SpareFiles::Written>& written, std::size_t first) {
  std::set<fs::path> folders;
  for (auto i = first + written.size(); i-- > first; written.pop_back()) {
    const auto path = options_.ledger / tiles_[i].path;
    if (auto done = options_.files->make_folders(path.parent_path()); !done) return done;
    if (auto done = options_.files->rename(written.back().path, path); !done) return done;
    for (auto folder = path.parent_path(); folder != options_.ledger; folder = folder.parent_path())
      folders.insert(folder);
  }
  for (const auto& folder : folders)
    if (auto done = options_.files->sync_folder(folder); !done) return fail(failed_sync(done.error()));
  return {};
}

Status Publisher::write_checkpoint(std::string& note) {
  const auto key = options_.signers->for_size(builder_.size());
  if (!key) return fail(key.error());
  auto made = sign_checkpoint({key->verifier().name(), builder_.size(), builder_.root()}, *key);
  if (!made) return fail(made.error());
  auto written = spares_.write(*made);
  if (!written) return fail(written.error());
  if (auto done = written->file->sync(); !done) return fail(failed_sync(done.error()));
  const auto exchanged = options_.files->exchange(written->path, options_.ledger / "checkpoint");
  if (!exchanged) {
    spares_.put_back(*written);
    return fail(exchanged.error());
  }
  if (auto done = options_.files->sync_folder(options_.ledger); !done) return fail(failed_sync(done.error()));
  if (*exchanged) spares_.take_in_here(std::move(written->path));
  note = std::move(*made);
  return {};
}

Status Publisher::publish_cosigned(const Checkpoint& checkpoint, const std::vector<std::string>& lines) {
  const auto key = options_.signers->for_size(checkpoint.size);
  if (!key) return fail(key.error());
  auto note = sign_checkpoint(checkpoint, *key);
  if (!note) return fail(note.error());
  for (const auto& line : lines) *note += line + "\n";
  return write_note(std::string(cosigned_name), *note);
}

Status Publisher::write_note(const std::string& name, std::string_view note) const {
  const auto temporary = options_.temporary / name;
  const auto file = options_.files->open(temporary);
  if (!file) return fail(file.error());
  if (auto done = (*file)->resize(0); !done) return done;
  if (auto done = (*file)->write(0, note); !done) return done;
  if (auto done = (*file)->sync(); !done) return fail(failed_sync(done.error()));
  if (auto done = options_.files->rename(temporary, options_.ledger / name); !done) return done;
  if (auto done = options_.files->sync_folder(options_.ledger); !done) return fail(failed_sync(done.error()));
  return {};
}

// C2SP tlog-tiles: a partial tile may go once the full one is there, not before.
Status Publisher::remove_outgrown_tiles() {
  std::set<fs::path> folders;
  for (const auto& tile : tiles_) {
    if (tile.hashes.size() < tile_width * sizeof(Digest)) continue;
    auto partial = options_.ledger / tile.path;
    partial += ".p";
    if (auto done = take_in_partials(partial); !done) return done;
    if (spares_.has_moves()) folders.insert(partial.parent_path());
  }
  tiles_.clear();
  if (folders.empty()) return {};
  // Under its old name nobody may find, after a power cut, what is written into it from now on.
  folders.insert(spares_.folder());
  for (const auto& folder : folders)
    if (auto done = options_.files->sync_folder(folder); !done) return fail(failed_sync(done.error()));
  spares_.note_moves();
  return {};
}

Status Publisher::take_in_partials(const fs::path& folder) {
  const auto names = options_.files->list(folder);
  if (!names) return fail(names.error());
  for (const auto& name : *names)
    if (auto done = spares_.take_in(folder / name); !done) return done;
  return names->empty() ? Status{} : options_.files->remove(folder);
}

void Publisher::settle(const std::vector<std::shared_ptr<const JournalBatch>>& batches, std::string note) {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& batch : batches) {
      backlog_ -= batch->records.size();
      waiting_.pop_front();
    }
    has_failed_ = false;
    if (!note.empty()) {
      checkpoint_ = std::move(note);
      published_size_ = builder_.size();
    }
    changed_.notify_all();
  }
  options_.on_published(batches.back()->number);
}

}  // namespace ketenpoort::ledger
