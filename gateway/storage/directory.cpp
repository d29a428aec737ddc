#include "gateway/storage/directory.hpp"

#include <cstring>
#include <mutex>
#include <utility>

namespace ketenpoort::storage {
namespace {

std::uint64_t prefix_of(const Digest& key) {
  std::uint64_t prefix = 0;
  std::memcpy(&prefix, key.data(), sizeof prefix);
  return prefix == 0 ? 1 : prefix;  // 0 marks a free slot; sharing 1 costs a look-up, nothing more
}

}  // namespace

void IdentifierDirectory::put(const StoredIdentifier& identifier) {
  const std::lock_guard lock(mutex_);
  subjects_.insert_or_assign(identifier.mark, identifier.subject);
}

std::optional<SubjectRef> IdentifierDirectory::find(const Digest& mark) const {
  const std::shared_lock lock(mutex_);
  const auto at = subjects_.find(mark);
  if (at == subjects_.end()) return std::nullopt;
  return at->second;
}

void AnsweredKeys::put(const Digest& key) {
  const std::lock_guard lock(mutex_);
  if (used_ + 1 > slots_.size() / 4 * 3) grow();
  insert(prefix_of(key));
}

bool AnsweredKeys::may_contain(const Digest& key) const {
  const std::shared_lock lock(mutex_);
  const auto prefix = prefix_of(key);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = prefix & mask; slots_[i] != 0; i = (i + 1) & mask)
    if (slots_[i] == prefix) return true;
  return false;
}

void AnsweredKeys::insert(std::uint64_t prefix) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t i = prefix & mask;
  while (slots_[i] != 0 && slots_[i] != prefix) i = (i + 1) & mask;
  if (slots_[i] == 0) ++used_;
  slots_[i] = prefix;
}

void AnsweredKeys::grow() {
  auto old = std::exchange(slots_, std::vector<std::uint64_t>(slots_.size() * 2));
  used_ = 0;
  for (const auto prefix : old)
    if (prefix != 0) insert(prefix);
}

}  // namespace ketenpoort::storage
