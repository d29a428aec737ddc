// What every record asks the vault before anything else, held in memory so that the I/O thread never waits for a disk:
// whose identifier is this, and was this idempotency key answered before? Both are usually "nobody" and "no", which no
// cache would know.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "gateway/base/id_index.hpp"
#include "gateway/storage/vault/pending_changes.hpp"

namespace ketenpoort::storage {

// Every identifier's mark, whole, with its subject, and the other way round: some 70 bytes each. Thread-safe.
class IdentifierDirectory {
 public:
  void put(const StoredIdentifier& identifier);
  void put_retired(const StoredIdentifier& identifier);  // of a subject that is not found by its numbers any more
  [[nodiscard]] std::optional<SubjectRef> find(const Digest& mark) const;
  // Retired ones too, whoever is found by it last. Looks at every row: some milliseconds with a million.
  [[nodiscard]] std::vector<SubjectRef> subjects_of(const Digest& mark) const;
  [[nodiscard]] std::vector<Digest> marks_of(const SubjectRef& subject) const;
  void remove(const SubjectRef& subject);                    // whose numbers nobody has any more
  void part(const Digest& mark, const SubjectRef& subject);  // it is not this subject's number

 private:
  // A number that somebody bears or bore. Each subject's make a list.
  using Row = std::uint32_t;
  static constexpr Row none = 0xFFFFFFFF;
  struct Borne {
    Digest mark;
    SubjectRef subject;
    Row next = none;
  };
  [[nodiscard]] Row bearer(const Digest& mark) const;           // the row of who is found by it
  [[nodiscard]] Row first_of(const SubjectRef& subject) const;  // of the list
  [[nodiscard]] Row find_row(const StoredIdentifier& identifier) const;
  Row put_row(const StoredIdentifier& identifier);
  void free_row(Row row);

  mutable std::shared_mutex mutex_;
  std::deque<Borne> rows_;
  std::vector<Row> free_;
  IdIndex bearers_;   // by mark
  IdIndex subjects_;  // by subject: the first of its list
};

// What persons decided about numbers: few, so whole. Thread-safe.
class DecidedNumbers {
 public:
  void put(const StoredNumber& number);
  [[nodiscard]] std::optional<StoredNumber> find(const Digest& mark, const SubjectRef& subject) const;
  [[nodiscard]] std::vector<SubjectRef> passed_by(const Digest& mark) const;  // whose it was before it passed on
  void remove(const SubjectRef& subject);
  void remove_mark(const Digest& mark);  // of whoever does not bear it

 private:
  mutable std::shared_mutex mutex_;
  std::map<std::pair<Digest, SubjectRef>, StoredNumber> numbers_;
};

// Subjects that keys were destroyed of, and the marks they left. Thread-safe.
class ErasedSubjects {
 public:
  void put(const ErasedSubject& erased);
  void put_mark(const Digest& suppressed);
  [[nodiscard]] KeyClassSet classes_of(const SubjectRef& subject) const;  // destroyed; empty: none
  [[nodiscard]] bool is_suppressed(const Digest& mark) const;
  [[nodiscard]] bool has_marks() const;
  [[nodiscard]] std::size_t size() const;

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<SubjectRef, KeyClassSet, SubjectRefHash> classes_;
  std::unordered_set<Digest, DigestHash> suppressed_;
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
