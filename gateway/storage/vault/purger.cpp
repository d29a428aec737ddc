#include "gateway/storage/vault/purger.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace ketenpoort::storage {

std::chrono::milliseconds rest_after(std::chrono::milliseconds took) {
  constexpr int times_as_long = 9;
  constexpr std::chrono::milliseconds longest = std::chrono::minutes{10};
  return std::min(times_as_long * took, longest);
}

Purger::Purger(SqliteVault& vault, ledger::Sequencer& sequencer, std::function<void(const Error&)> on_problem,
               std::chrono::milliseconds retry_after)
    : vault_(vault),
      sequencer_(sequencer),
      on_problem_(std::move(on_problem)),
      retry_after_(retry_after),
      thread_([this] { run(); }) {}

Purger::~Purger() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Purger::wake() {
  {
    const std::lock_guard lock(mutex_);
    wanted_ = true;
  }
  wake_.notify_one();
}

void Purger::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || wanted_; });
    if (stopping_) return;
    wanted_ = false;
    lock.unlock();
    const auto done = purge();
    if (!done) on_problem_(done.error());
    lock.lock();
    if (!done) wanted_ = true;
    wake_.wait_for(lock, done ? rest_after(vault_.last_rewriting()) : retry_after_, [this] { return stopping_; });
  }
}

Status Purger::purge() {
  const std::lock_guard one_at_a_time(purging_);
  const auto subjects = vault_.unpurged();
  return subjects.empty() ? Status{} : clear(subjects);
}

// The publisher takes its time, and changes without entries move no checkpoint to wait for.
Status Purger::wipe_journal() {
  if (!sequencer_.wait_until_published(sequencer_.size()))
    return fail(ErrorCode::unavailable, "there is no room to publish what the journal holds: it is wiped later");
  auto wiped = sequencer_.wipe_journal();
  for (int look = 0; look < 50 && !wiped && wiped.error().code == ErrorCode::unavailable; ++look) {
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
    wiped = sequencer_.wipe_journal();
  }
  return wiped;
}

Status Purger::rewrite() {
  const std::lock_guard one_at_a_time(purging_);
  return clear(vault_.unpurged());
}

// What was destroyed of each by now: what is destroyed while copies are cleared away leaves copies of its own.
Purger::Destroyed Purger::find_destroyed(const std::vector<SubjectRef>& subjects) const {
  Destroyed out;
  for (const auto& subject : subjects) out.emplace_back(subject, vault_.erased_classes(subject));
  return out;
}

Status Purger::clear(const std::vector<SubjectRef>& subjects) {
  const auto destroyed = find_destroyed(subjects);
  // From here on nothing is written where copies of it stand.
  if (auto rolled = sequencer_.roll_journal(); !rolled) return rolled;
  ++runs_;
  if (auto scrubbed = vault_.scrub(); !scrubbed) return scrubbed;
  if (auto wiped = wipe_journal(); !wiped) return wiped;
  const auto noted = sequencer_.submit_and_wait([&](const ledger::History& history, std::uint64_t, Timestamp) {
    ledger::Transaction transaction;
    for (const auto& [subject, classes] : destroyed)
      if (vault_.erased_classes(subject) == classes && classes.includes(history.erased_classes(subject)))
        transaction.changes.push_back(SqliteVault::purged(subject));
    return Result<ledger::Transaction>(std::move(transaction));
  });
  if (!noted) return fail(noted.error());
  return {};
}

}  // namespace ketenpoort::storage
