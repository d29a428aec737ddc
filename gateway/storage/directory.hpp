// What every record asks the vault before anything else, held in memory so that the I/O thread never waits for a disk:
// whose identifier is this, and was this idempotency key answered before? Both are usually "nobody" and "no", which no
// cache would know.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "gateway/storage/pending_changes.hpp"

namespace ketenpoort::storage {

// Every identifier's mark, whole, with its subject: about 80 bytes each. Thread-safe.
class IdentifierDirectory {
 public:
  void put(const StoredIdentifier& identifier);
  [[nodiscard]] std::optional<SubjectRef> find(const Digest& mark) const;

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<Digest, SubjectRef, FirstBytesHash> subjects_;
};

// The first 8 bytes of every idempotency key answered: "no" is certain, "yes" must be looked up. 11 to 21 bytes each.
// Thread-safe.
class AnsweredKeys {
 public:
  void put(const Digest& key);
  [[nodiscard]] bool may_contain(const Digest& key) const;

 private:
  void insert(std::uint64_t prefix);
  void grow();

  mutable std::shared_mutex mutex_;
  std::vector<std::uint64_t> slots_ = std::vector<std::uint64_t>(1024);  // open addressing, a power of two; 0 is free
  std::size_t used_ = 0;
};

}  // namespace ketenpoort::storage
