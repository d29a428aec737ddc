// Changes that are durable in the journal but not yet in SQLite: what reads look at first.
//
// Two generations: one takes what comes, the other is what the applier is writing and nobody changes. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gateway/base/digest.hpp"
#include "gateway/storage/vault/changes.hpp"

namespace ketenpoort::storage {

// The rows some batches leave behind; of several changes to one row the last one. An erasure takes back, and wipes,
// what it erases of the rows that came before it.
struct Generation {
  std::unordered_map<SubjectRef, StoredSubject, SubjectRefHash> subjects;
  std::unordered_map<Digest, StoredIdentifier, DigestHash> identifiers;
  std::unordered_map<RecordId, std::optional<StoredRecord>, UuidHash> records;      // empty: dropped
  std::unordered_map<TransferId, std::optional<StoredPayload>, UuidHash> payloads;  // empty: dropped
  std::unordered_map<Digest, StoredReply, DigestHash> replies;
  std::unordered_map<SubjectRef, ErasedSubject, SubjectRefHash> erasures;  // done after all the rows above
  std::unordered_map<SubjectRef, PurgedSubject, SubjectRefHash> purges;
  std::unordered_map<Uuid, std::optional<StoredDecision>, UuidHash> decisions;  // empty: dropped
  std::unordered_map<SubjectRef, StoredStayEnd, SubjectRefHash> stay_ends;
  std::unordered_map<Uuid, StoredFigure, UuidHash> figures;
  std::map<std::pair<Digest, SubjectRef>, StoredNumber> numbers;  // done after the identifiers
  std::uint64_t through = 0;                                      // the last batch in it
  std::size_t bytes = 0;                                          // of what is kept, roughly

  void put(Change change);
};

class PendingChanges {
 public:
  void add(std::uint64_t batch, std::vector<Change> changes);
  void note(std::uint64_t batch);  // it, and what came before it, holds nothing more

  // What one thread writes away: fixed until applied() says that it can be read elsewhere. begin() gives the same one
  // again when it was not applied. Null when nothing came.
  [[nodiscard]] const Generation* begin();
  void applied();

  [[nodiscard]] std::size_t bytes() const;

  // The row as the last change left it, or nothing when no change waits for it.
  [[nodiscard]] std::optional<StoredSubject> subject(const SubjectRef& subject) const;
  [[nodiscard]] std::optional<std::optional<StoredRecord>> record(const RecordId& record) const;
  [[nodiscard]] std::optional<std::optional<StoredPayload>> payload(const TransferId& transfer) const;
  [[nodiscard]] std::optional<StoredReply> reply(const Digest& key) const;
  [[nodiscard]] std::vector<StoredFigure> figures() const;  // all that wait

 private:
  template <class Map>
  [[nodiscard]] std::optional<typename Map::mapped_type> find(Map Generation::*map,
                                                              const typename Map::key_type& key) const;

  mutable std::mutex mutex_;
  Generation coming_;
  Generation leaving_;
};

}  // namespace ketenpoort::storage
