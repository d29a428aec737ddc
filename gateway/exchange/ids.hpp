// Ids of records, transfers and consents increase in the order of the log (docs/ledger-format.md), so the last word on
// one is spoken in the sequencer's turn. Ids made before it usually stand; those that another writer overtook are
// replaced by the next free ones, which overtake nobody in turn.
#pragma once

#include "gateway/ledger/sequencer.hpp"

namespace ketenpoort::exchange {

// A new id greater than `last`.
inline Uuid new_id_after(const Uuid& last, Timestamp now) {
  const Uuid id = new_uuid_v7(now);
  return id > last ? id : following(last);
}

// For a further transfer that a transaction asks for.
TransferId next_transfer_id(const ledger::History& history, const ledger::Transaction& transaction, Timestamp now);

}  // namespace ketenpoort::exchange
