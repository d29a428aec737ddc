#include "gateway/exchange/delivery/agenda.hpp"

#include <algorithm>

namespace ketenpoort::exchange {

void Agenda::add(const TransferId& id, Moment when) {
  const std::lock_guard lock(mutex_);
  if (taken_.contains(id)) {
    const auto [wish, fresh] = wishes_.try_emplace(id, when);
    if (!fresh) wish->second = std::min(wish->second, when);
    return;
  }
  if (const auto it = entries_.find(id); it != entries_.end()) {
    if (it->second->first <= when) return;
    by_moment_.erase(it->second);
    it->second = by_moment_.emplace(when, id);
  } else {
    entries_.emplace(id, by_moment_.emplace(when, id));
  }
  changed_.notify_one();
}

std::optional<TransferId> Agenda::take() {
  std::unique_lock lock(mutex_);
  while (!closed_) {
    if (by_moment_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto first = by_moment_.begin();
    if (first->first > std::chrono::steady_clock::now()) {
      const auto due = first->first;  // add() may take the entry away meanwhile, and the wait looks at its time again
      changed_.wait_until(lock, due);
      continue;
    }
    const TransferId id = first->second;
    by_moment_.erase(first);
    entries_.erase(id);
    taken_.insert(id);
    ++count_;
    return id;
  }
  return std::nullopt;
}

void Agenda::give_back(const TransferId& id) {
  std::optional<Moment> wish;
  {
    const std::lock_guard lock(mutex_);
    taken_.erase(id);
    if (const auto it = wishes_.find(id); it != wishes_.end()) {
      wish = it->second;
      wishes_.erase(it);
    }
  }
  if (wish) add(id, *wish);
}

Agenda::Activity Agenda::activity() const {
  const std::lock_guard lock(mutex_);
  const bool due = !by_moment_.empty() && by_moment_.begin()->first <= std::chrono::steady_clock::now();
  return {taken_.empty() && !due, count_};
}

void Agenda::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

}  // namespace ketenpoort::exchange
