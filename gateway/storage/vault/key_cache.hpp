// Unwrapped keys of the data subjects seen last, so that a read need not unwrap them each time. Bounded; what is let go
// is wiped.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "gateway/storage/vault/sealing.hpp"

namespace ketenpoort::storage {

// Thread-safe.
class KeyCache {
 public:
  explicit KeyCache(std::size_t limit) : limit_(limit) {}

  [[nodiscard]] std::optional<UnwrappedKeys> find(const SubjectRef& subject);
  void put(const SubjectRef& subject, const UnwrappedKeys& keys);
  void forget(const SubjectRef& subject);
  [[nodiscard]] std::size_t size() const;

 private:
  using Entries = std::list<std::pair<SubjectRef, UnwrappedKeys>>;  // the one used last in front

  std::size_t limit_;
  mutable std::mutex mutex_;
  Entries entries_;
  std::unordered_map<SubjectRef, Entries::iterator, SubjectRefHash> index_;
};

}  // namespace ketenpoort::storage
