// Ids of records, transfers and consents increase in the order of the log (docs/ledger-format.md), so the last word on
// one is spoken in the sequencer's turn. Ids made before it usually stand; those that another writer overtook are
// replaced by the next free ones, which overtake nobody in turn.
#pragma once

#include <mutex>

#include "gateway/base/uuid.hpp"
#include "gateway/domain/transfer.hpp"
#include "gateway/ledger/writer/sequencer.hpp"

namespace ketenpoort::exchange {

// A new id greater than `last`.
inline Uuid new_id_after(const Uuid& last, Timestamp now) {
  const Uuid id = new_uuid_v7(now);
  return id > last ? id : following(last);
}

// Ids in the order in which they are asked for, so that those of what arrives rarely have to be replaced: that would
// mean sealing all of it again, in the sequencer's turn. Thread-safe.
class ArrivalIds {
 public:
  RecordId next_record(Timestamp now) { return next(records_, now); }
  TransferId next_transfer(Timestamp now) { return next(transfers_, now); }

 private:
  Uuid next(UuidV7Source& source, Timestamp now) {
    const std::lock_guard lock(mutex_);
    return source.next(now);
  }

  std::mutex mutex_;
  UuidV7Source records_;
  UuidV7Source transfers_;
};

// For a further transfer that a transaction asks for.
TransferId next_transfer_id(const ledger::History& history, const ledger::Transaction& transaction, Timestamp now);

}  // namespace ketenpoort::exchange
