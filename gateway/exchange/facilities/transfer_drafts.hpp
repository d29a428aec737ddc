// What happens to transfers on the ground of another entry, with the actor, subject and trace of its draft.
#pragma once

#include <cstdint>

#include "gateway/ledger/entry/entry.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::exchange {

// Asked for again, in the place of one that is stopped.
ledger::EntryDraft draft_requested(const ledger::EntryDraft& like, const TransferId& id,
                                   const ledger::History::Transfer& in_place_of, std::uint64_t ref);

// Cancelled on the ground of an entry that is no consent.
ledger::EntryDraft draft_stopped(const ledger::EntryDraft& like, const TransferId& id, Reason reason, std::uint64_t seq,
                                 std::uint64_t ledger_size);

// Cancelled on the ground of a consent entry.
ledger::EntryDraft draft_cancelled(const ledger::EntryDraft& like, const TransferId& id, Reason reason,
                                   std::uint64_t consent_seq, std::uint64_t ledger_size);

}  // namespace ketenpoort::exchange
