#include "gateway/storage/vault/directory.hpp"

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

IdentifierDirectory::Row IdentifierDirectory::bearer(const Digest& mark) const {
  return bearers_.find(mark, [this](Row row) -> const Digest& { return rows_[row].mark; }).value_or(none);
}

IdentifierDirectory::Row IdentifierDirectory::first_of(const SubjectRef& subject) const {
  return subjects_.find(subject, [this](Row row) -> const SubjectRef& { return rows_[row].subject; }).value_or(none);
}

IdentifierDirectory::Row IdentifierDirectory::find_row(const StoredIdentifier& identifier) const {
  auto row = first_of(identifier.subject);
  while (row != none && rows_[row].mark != identifier.mark) row = rows_[row].next;
  return row;
}

// Behind the first of its list, which thereby stays the first.
IdentifierDirectory::Row IdentifierDirectory::put_row(const StoredIdentifier& identifier) {
  if (const auto row = find_row(identifier); row != none) return row;
  const auto row = free_.empty() ? static_cast<Row>(rows_.size()) : free_.back();
  if (free_.empty()) {
    rows_.emplace_back();
  } else {
    free_.pop_back();
  }
  rows_[row] = {identifier.mark, identifier.subject};
  if (const auto first = first_of(identifier.subject); first == none) {
    subjects_.insert(identifier.subject, row);
  } else {
    rows_[row].next = std::exchange(rows_[first].next, row);
  }
  return row;
}

void IdentifierDirectory::free_row(Row row) {
  if (bearer(rows_[row].mark) == row) bearers_.erase(rows_[row].mark, row);  // somebody newer may bear it by now
  rows_[row] = {};
  free_.push_back(row);
}

void IdentifierDirectory::put(const StoredIdentifier& identifier) {
  const std::lock_guard lock(mutex_);
  const auto row = put_row(identifier);
  const auto before = bearer(identifier.mark);
  if (before == row) return;
  if (before != none) bearers_.erase(identifier.mark, before);
  bearers_.insert(identifier.mark, row);
}

void IdentifierDirectory::put_retired(const StoredIdentifier& identifier) {
  const std::lock_guard lock(mutex_);
  put_row(identifier);
}

std::optional<SubjectRef> IdentifierDirectory::find(const Digest& mark) const {
  const std::shared_lock lock(mutex_);
  const auto row = bearer(mark);
  if (row == none) return std::nullopt;
  return rows_[row].subject;
}

std::vector<SubjectRef> IdentifierDirectory::subjects_of(const Digest& mark) const {
  const std::shared_lock lock(mutex_);
  const auto found_by_it = bearer(mark);
  std::vector<SubjectRef> out;
  for (Row row = 0; row < rows_.size(); ++row)
    if (rows_[row].mark == mark && rows_[row].subject != SubjectRef{} && row != found_by_it)
      out.push_back(rows_[row].subject);
  if (found_by_it != none) out.push_back(rows_[found_by_it].subject);
  return out;
}

std::vector<Digest> IdentifierDirectory::marks_of(const SubjectRef& subject) const {
  const std::shared_lock lock(mutex_);
  std::vector<Digest> out;
  for (auto row = first_of(subject); row != none; row = rows_[row].next) out.push_back(rows_[row].mark);
  return out;
}

void IdentifierDirectory::remove(const SubjectRef& subject) {
  const std::lock_guard lock(mutex_);
  auto row = first_of(subject);
  if (row == none) return;
  subjects_.erase(subject, row);
  while (row != none) {
    const auto next = rows_[row].next;
    free_row(row);
    row = next;
  }
}

void IdentifierDirectory::part(const Digest& mark, const SubjectRef& subject) {
  const std::lock_guard lock(mutex_);
  const auto row = find_row({.mark = mark, .subject = subject});
  if (row == none) return;
  const auto next = rows_[row].next;
  if (auto before = first_of(subject); before == row) {
    subjects_.erase(subject, row);
    if (next != none) subjects_.insert(subject, next);
  } else {
    while (rows_[before].next != row) before = rows_[before].next;
    rows_[before].next = next;
  }
  free_row(row);
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
