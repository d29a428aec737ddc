#include "gateway/storage/vault/applier.hpp"

#include <algorithm>
#include <utility>

#include "gateway/base/thread_name.hpp"

namespace ketenpoort::storage {
namespace {

constexpr std::int64_t expired_at_a_time = 2000;

}  // namespace

Applier::Applier(VaultWriter writer, std::uint64_t durable_through, PendingChanges& pending, Clock clock,
                 ApplierPace pace)
    : writer_(std::move(writer)),
      pending_(pending),
      clock_(clock),
      pace_(pace),
      durable_through_(durable_through),
      applied_through_(durable_through),
      thread_([this] { run(); }) {}

Applier::~Applier() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Applier::hurry() {
  {
    const std::lock_guard lock(mutex_);
    hurry_ = true;
  }
  wake_.notify_one();
}

Status Applier::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

Status Applier::flush(std::uint64_t batch) {
  std::unique_lock lock(mutex_);
  flush_to_ = std::max(flush_to_, batch);
  // A round that is under way may have begun before these changes came, so its error is not the answer.
  const auto begun = rounds_;
  hurry_ = true;
  wake_.notify_one();
  round_done_.wait(lock,
                   [&] { return durable_through_ >= batch || stopped_for_good() || (!state_ && rounds_ > begun + 1); });
  if (durable_through_ >= batch) return {};
  return state_;
}

Status Applier::scrub(std::uint64_t batch) {
  if (auto flushed = flush(batch); !flushed) return flushed;
  std::unique_lock lock(mutex_);
  const auto asked = ++scrubs_asked_;
  const auto begun = rounds_;
  hurry_ = true;
  wake_.notify_one();
  round_done_.wait(lock, [&] {
    return scrubs_done_ >= asked || stopped_for_good() || stopping_ || (!state_ && rounds_ > begun + 1);
  });
  if (scrubs_done_ >= asked) return {};
  if (!state_) return state_;
  return fail(ErrorCode::unavailable, "the vault is closing");
}

void Applier::run() {
  name_thread("vault");
  bool more = true;
  while (more) {
    more = wait_for_work();
    auto status = round();
    const std::lock_guard lock(mutex_);
    state_ = std::move(status);
    ++rounds_;
    round_done_.notify_all();
    if (stopped_for_good()) return;
  }
}

// False when this is to be the last round.
bool Applier::wait_for_work() {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, pace_.linger, [this] { return stopping_ || hurry_; });
  hurry_ = false;
  return !stopping_;
}

Status Applier::round() {
  if (auto applied = apply(); !applied) return applied;
  if (sync_is_due())
    if (auto synced = sync(); !synced) return synced;
  return scrub_if_asked();
}

Status Applier::scrub_if_asked() {
  std::uint64_t asked = 0;
  {
    const std::lock_guard lock(mutex_);
    if (scrubs_asked_ == scrubs_done_ || stopping_) return {};
    asked = scrubs_asked_;
  }
  const auto began = std::chrono::steady_clock::now();
  const auto whole = writer_.scrub();
  rewriting_ = std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
  if (!whole) return fail(whole.error());
  const std::lock_guard lock(mutex_);
  if (*whole) {
    scrubs_done_ = asked;
    durable_through_ = applied_through_;  // emptying the log has synced everything
    unsynced_bytes_ = 0;
  } else {
    hurry_ = true;
  }
  return {};
}

Status Applier::apply() {
  const auto* generation = pending_.begin();
  if (generation == nullptr) return {};
  if (auto written = writer_.apply(*generation); !written) return written;
  if (applied_through_ == durable_through_) unsynced_since_ = std::chrono::steady_clock::now();
  applied_through_ = generation->through;
  unsynced_bytes_ += generation->bytes;
  pending_.applied();
  return {};
}

bool Applier::sync_is_due() const {
  if (applied_through_ == durable_through_) return false;
  if (unsynced_bytes_ >= pace_.sync_at) return true;
  if (std::chrono::steady_clock::now() - unsynced_since_ >= pace_.sync_every) return true;
  const std::lock_guard lock(mutex_);
  return stopping_ || flush_to_ > durable_through_;
}

Status Applier::sync() {
  if (auto removed = writer_.remove_expired(clock_.now(), expired_at_a_time); !removed) return removed;
  const auto whole = writer_.checkpoint();
  if (!whole) return fail(whole.error());
  if (!*whole) return {};
  durable_through_ = applied_through_;
  unsynced_bytes_ = 0;
  return {};
}

// After this a restart is needed. Called with mutex_ held.
bool Applier::stopped_for_good() const {
  return !state_ && state_.error().code != ErrorCode::unavailable;
}

}  // namespace ketenpoort::storage
