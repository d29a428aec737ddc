#include "gateway/ledger/writer/snapshot_keeper.hpp"

#include <chrono>
#include <utility>

#include "gateway/base/bytes.hpp"
#include "gateway/ledger/tree/tree.hpp"

namespace ketenpoort::ledger {

SnapshotKeeper::SnapshotKeeper(SnapshotKeeperOptions options, Look look, const Publisher& publisher)
    : options_(std::move(options)),
      look_(std::move(look)),
      publisher_(publisher),
      durable_(options_.durable),
      size_(options_.kept),
      thread_([this] { run(); }) {}

SnapshotKeeper::~SnapshotKeeper() {
  stop(false);
}

void SnapshotKeeper::note_durable(std::uint64_t size) {
  const std::lock_guard guard(mutex_);
  durable_ = size;
  if (is_due()) due_.notify_one();
}

void SnapshotKeeper::run() {
  std::unique_lock guard(mutex_);
  while (true) {
    due_.wait(guard, [&] { return ending_ || is_due(); });
    if (ending_) return;
    guard.unlock();
    make();
    guard.lock();
  }
}

void SnapshotKeeper::make() {
  Snapshot out;
  look_([&](const History& history) {
    out.size = history.size();
    out.bytes = history.save();
  });
  if (wait_for_publication(out.size))
    if (auto kept = write_down(out); !kept) options_.on_problem(kept.error());
  const std::lock_guard guard(mutex_);
  size_ = out.size;
}

bool SnapshotKeeper::wait_for_publication(std::uint64_t size) {
  constexpr std::chrono::milliseconds look_again{20};
  std::unique_lock guard(mutex_);
  while (publisher_.published_size() < size && !ending_) due_.wait_for(guard, look_again);
  return publisher_.published_size() >= size;
}

Status SnapshotKeeper::write_down(Snapshot& snapshot) {
  const auto offset = publisher_.offset_of(snapshot.size);
  if (!offset) return fail(offset.error());
  const auto last = publisher_.entry(snapshot.size - 1);
  if (!last) return fail(last.error());
  auto sizes = measure_segments(*options_.files, options_.state / "ledger", snapshot.size);
  if (!sizes) return fail(ErrorCode::io, "a segment of the ledger cannot be measured");
  snapshot.offset = *offset;
  snapshot.leaf = leaf_hash(as_bytes(*last));
  snapshot.segment_sizes = std::move(*sizes);
  return write_snapshot(*options_.files, options_.state, options_.key, snapshot);
}

void SnapshotKeeper::stop(bool orderly) {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard guard(mutex_);
    ending_ = true;
    due_.notify_one();
  }
  thread_.join();
  if (orderly && durable_ >= size_ + options_.at_stop) make();
}

}  // namespace ketenpoort::ledger
