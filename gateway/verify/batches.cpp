#include "gateway/verify/batches.hpp"

#include "gateway/ledger/tree/tiles.hpp"
#include "gateway/ledger/tree/tree.hpp"

namespace ketenpoort::verify {
namespace {

void read_all(Batch& batch, const std::vector<std::size_t>& ends) {
  if (batch.entries.size() < batch.count) batch.entries.resize(batch.count);
  std::size_t begin = 0;
  for (std::size_t i = 0; i < batch.count; ++i) {
    auto& one = batch.entries[i];
    one.bytes = std::string_view(batch.bytes).substr(begin, ends[i] - begin);
    begin = ends[i];
    one.leaf = ledger::leaf_hash(as_bytes(one.bytes));
    one.read = ledger::decode_with_body(one.bytes, one.entry);
  }
  batch.tile_root.reset();
  if (batch.count < ledger::tile_width) return;
  std::array<Digest, ledger::tile_width> nodes;
  for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i] = batch.entries[i].leaf;
  for (std::size_t width = nodes.size() / 2; width > 0; width /= 2)
    for (std::size_t i = 0; i < width; ++i) nodes[i] = ledger::node_hash(nodes[2 * i], nodes[2 * i + 1]);
  batch.tile_root = nodes[0];
}

}  // namespace

Batches::Batches(EntrySource& source, std::uint64_t first_seq, unsigned threads)
    : source_(source), next_seq_(first_seq), slots_(threads == 1 ? 1 : threads * 4U + 1) {
  for (unsigned i = 0; threads > 1 && i < threads; ++i) workers_.emplace_back([this] { work(); });
}

Batches::~Batches() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  work_there_.notify_all();
  for (auto& worker : workers_) worker.join();
}

bool Batches::fill(Slot& slot) {
  auto& batch = slot.batch;
  batch.bytes.clear();
  batch.count = 0;
  batch.flaw.reset();
  slot.ends.clear();
  slot.done = false;
  const auto room = ledger::tile_width - next_seq_ % ledger::tile_width;
  while (batch.count < room && !ended_) {
    const auto entry = source_.next();
    ended_ = !entry || !*entry;
    if (!entry) batch.flaw = entry.error();
    if (ended_) break;
    batch.bytes += **entry;
    slot.ends.push_back(batch.bytes.size());
    ++batch.count;
  }
  next_seq_ += batch.count;
  return batch.count > 0 || batch.flaw;
}

const Batch* Batches::next() {
  // What the caller had is free now; one slot behind what it may read stays out of reach until the next call.
  while (!ended_ && filled_ - handed_ < slots_.size()) {
    auto& slot = slots_[filled_ % slots_.size()];
    if (!fill(slot)) break;
    ++filled_;
    if (workers_.empty()) {
      read_all(slot.batch, slot.ends);
      break;
    }
    const std::lock_guard lock(mutex_);
    waiting_.push_back(&slot);
    work_there_.notify_one();
  }
  if (handed_ == filled_) return nullptr;
  auto& slot = slots_[handed_++ % slots_.size()];
  if (workers_.empty()) return &slot.batch;
  std::unique_lock lock(mutex_);
  work_done_.wait(lock, [&] { return slot.done; });
  if (slot.failure) std::rethrow_exception(slot.failure);
  return &slot.batch;
}

void Batches::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    work_there_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
    if (stop_) return;
    auto* slot = waiting_.front();
    waiting_.pop_front();
    lock.unlock();
    try {
      read_all(slot->batch, slot->ends);
    } catch (...) {
      slot->failure = std::current_exception();
    }
    lock.lock();
    slot->done = true;
    work_done_.notify_one();
  }
}

}  // namespace ketenpoort::verify
