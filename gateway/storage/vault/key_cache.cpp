#include "gateway/storage/vault/key_cache.hpp"

namespace ketenpoort::storage {

std::optional<UnwrappedKeys> KeyCache::find(const SubjectRef& subject) {
  const std::lock_guard lock(mutex_);
  const auto at = index_.find(subject);
  if (at == index_.end()) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, at->second);
  return at->second->second;
}

void KeyCache::put(const SubjectRef& subject, const UnwrappedKeys& keys) {
  const std::lock_guard lock(mutex_);
  if (limit_ == 0 || index_.contains(subject)) return;
  if (entries_.size() == limit_) {
    index_.erase(entries_.back().first);
    entries_.pop_back();
  }
  entries_.emplace_front(subject, keys);
  index_.emplace(subject, entries_.begin());
}

void KeyCache::forget(const SubjectRef& subject) {
  const std::lock_guard lock(mutex_);
  const auto at = index_.find(subject);
  if (at == index_.end()) return;
  entries_.erase(at->second);
  index_.erase(at);
}

std::size_t KeyCache::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace ketenpoort::storage
