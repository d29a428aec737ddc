#include "gateway/storage/vault/subject_numbers.hpp"

#include <mutex>

namespace ketenpoort::storage {

std::optional<std::uint32_t> SubjectNumbers::row_of(const SubjectRef& subject) const {
  return rows_.find(subject, [this](std::uint32_t at) -> const SubjectRef& { return subjects_[at]; });
}

std::optional<std::int64_t> SubjectNumbers::find(const SubjectRef& subject) const {
  const std::shared_lock lock(mutex_);
  const auto row = row_of(subject);
  if (!row) return std::nullopt;
  return std::int64_t{*row} + 1;
}

std::optional<SubjectRef> SubjectNumbers::subject(std::int64_t number) const {
  const std::shared_lock lock(mutex_);
  if (number < 1 || number > static_cast<std::int64_t>(subjects_.size())) return std::nullopt;
  return subjects_[static_cast<std::size_t>(number - 1)];
}

std::int64_t SubjectNumbers::count() const {
  const std::shared_lock lock(mutex_);
  return static_cast<std::int64_t>(subjects_.size());
}

std::int64_t SubjectNumbers::find_or_add(const SubjectRef& subject) {
  const std::lock_guard lock(mutex_);
  if (const auto row = row_of(subject)) return std::int64_t{*row} + 1;
  rows_.insert(subject, static_cast<std::uint32_t>(subjects_.size()));
  subjects_.push_back(subject);
  return static_cast<std::int64_t>(subjects_.size());
}

void SubjectNumbers::cut(std::int64_t count) {
  const std::lock_guard lock(mutex_);
  while (static_cast<std::int64_t>(subjects_.size()) > count) {
    rows_.erase(subjects_.back(), static_cast<std::uint32_t>(subjects_.size() - 1));
    subjects_.pop_back();
  }
}

}  // namespace ketenpoort::storage
