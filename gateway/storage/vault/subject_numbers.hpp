// Under which number the rows of a data subject stand in vault.sqlite: counted from 1 in the order in which they came.
// References are random, so under them each newcomer's rows would go to a page of its own in every table; under numbers
// they go to the end. Some 35 bytes each. Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <shared_mutex>

#include "gateway/base/id_index.hpp"
#include "gateway/domain/transfer.hpp"

namespace ketenpoort::storage {

class SubjectNumbers {
 public:
  [[nodiscard]] std::optional<std::int64_t> find(const SubjectRef& subject) const;
  [[nodiscard]] std::optional<SubjectRef> subject(std::int64_t number) const;
  [[nodiscard]] std::int64_t count() const;  // and the greatest number

  std::int64_t find_or_add(const SubjectRef& subject);
  void cut(std::int64_t count);  // those that came after so many are nobody's

 private:
  [[nodiscard]] std::optional<std::uint32_t> row_of(const SubjectRef& subject) const;

  mutable std::shared_mutex mutex_;
  std::deque<SubjectRef> subjects_;
  IdIndex rows_;
};

}  // namespace ketenpoort::storage
