#include "gateway/storage/directory.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <utility>

#include "gateway/exchange/facilities/ports.hpp"

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
  const auto [at, added] = subjects_.try_emplace(identifier.mark, identifier.subject);
  if (!added && at->second == identifier.subject) return;
  at->second = identifier.subject;
  note_mark(identifier);
}

void IdentifierDirectory::put_retired(const StoredIdentifier& identifier) {
  const std::lock_guard lock(mutex_);
  note_mark(identifier);
}

void IdentifierDirectory::note_mark(const StoredIdentifier& identifier) {
  const auto [first, last] = marks_.equal_range(identifier.subject);
  const bool known = std::any_of(first, last, [&](const auto& one) { return one.second == identifier.mark; });
  if (!known) marks_.emplace(identifier.subject, identifier.mark);
}

std::optional<SubjectRef> IdentifierDirectory::find(const Digest& mark) const {
  const std::shared_lock lock(mutex_);
  const auto at = subjects_.find(mark);
  if (at == subjects_.end()) return std::nullopt;
  return at->second;
}

std::vector<Digest> IdentifierDirectory::marks_of(const SubjectRef& subject) const {
  const std::shared_lock lock(mutex_);
  std::vector<Digest> out;
  const auto [first, last] = marks_.equal_range(subject);
  for (auto at = first; at != last; ++at) out.push_back(at->second);
  return out;
}

void IdentifierDirectory::remove(const SubjectRef& subject) {
  const std::lock_guard lock(mutex_);
  const auto [first, last] = marks_.equal_range(subject);
  for (auto at = first; at != last; ++at) {
    // Somebody newer may bear the number by now.
    const auto owner = subjects_.find(at->second);
    if (owner != subjects_.end() && owner->second == subject) subjects_.erase(owner);
  }
  marks_.erase(first, last);
}

void IdentifierDirectory::part(const Digest& mark, const SubjectRef& subject) {
  const std::lock_guard lock(mutex_);
  const auto owner = subjects_.find(mark);
  if (owner != subjects_.end() && owner->second == subject) subjects_.erase(owner);
  const auto [first, last] = marks_.equal_range(subject);
  for (auto at = first; at != last; ++at)
    if (at->second == mark) {
      marks_.erase(at);
      return;
    }
}

void DecidedNumbers::put(const StoredNumber& number) {
  const std::lock_guard lock(mutex_);
  numbers_.insert_or_assign({number.mark, number.subject}, number);
}

std::optional<StoredNumber> DecidedNumbers::find(const Digest& mark, const SubjectRef& subject) const {
  const std::shared_lock lock(mutex_);
  const auto at = numbers_.find({mark, subject});
  return at == numbers_.end() ? std::nullopt : std::optional(at->second);
}

std::vector<SubjectRef> DecidedNumbers::passed_by(const Digest& mark) const {
  const std::shared_lock lock(mutex_);
  std::vector<SubjectRef> out;
  for (auto at = numbers_.lower_bound({mark, SubjectRef{}}); at != numbers_.end() && at->first.first == mark; ++at)
    if (at->second.state == static_cast<std::uint8_t>(exchange::NumberDecision::State::passed))
      out.push_back(at->first.second);
  return out;
}

void DecidedNumbers::remove(const SubjectRef& subject) {
  const std::lock_guard lock(mutex_);
  std::erase_if(numbers_, [&](const auto& one) { return one.first.second == subject; });
}

void DecidedNumbers::remove_mark(const Digest& mark) {
  const std::lock_guard lock(mutex_);
  auto at = numbers_.lower_bound({mark, SubjectRef{}});
  while (at != numbers_.end() && at->first.first == mark)
    at = at->second.state == static_cast<std::uint8_t>(exchange::NumberDecision::State::borne) ? std::next(at)
                                                                                               : numbers_.erase(at);
}

void ErasedSubjects::put(const ErasedSubject& erased) {
  const std::lock_guard lock(mutex_);
  auto& classes = classes_[erased.subject];
  classes = classes | erased.classes;
  suppressed_.insert(erased.suppressed.begin(), erased.suppressed.end());
}

void ErasedSubjects::put_mark(const Digest& suppressed) {
  const std::lock_guard lock(mutex_);
  suppressed_.insert(suppressed);
}

KeyClassSet ErasedSubjects::classes_of(const SubjectRef& subject) const {
  const std::shared_lock lock(mutex_);
  const auto at = classes_.find(subject);
  return at == classes_.end() ? KeyClassSet{} : at->second;
}

bool ErasedSubjects::is_suppressed(const Digest& mark) const {
  const std::shared_lock lock(mutex_);
  return suppressed_.contains(mark);
}

bool ErasedSubjects::has_marks() const {
  const std::shared_lock lock(mutex_);
  return !suppressed_.empty();
}

std::size_t ErasedSubjects::size() const {
  const std::shared_lock lock(mutex_);
  return classes_.size();
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
