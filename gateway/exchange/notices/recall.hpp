// What less consent does to transfers that are permitted already: those whose first byte is not out yet are stopped.
#pragma once

#include <string_view>
#include <vector>

#include "gateway/exchange/delivery/in_flight.hpp"
#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::exchange {

struct Recalled {
  std::vector<TransferId> stopped;    // cancelled in the same batch as the change of consent
  std::vector<TransferId> in_flight;  // the first byte may be out
  std::vector<TransferId> renewed;    // asked for in place of a stopped one, to say what may still be said
};

// The cell that changed, and what may still be sent of it; empty: nothing.
struct ChangedCell {
  SubjectRef subject{};
  std::string_view purpose;
  std::string_view recipient;
  CategorySet still_allowed;
  std::uint64_t seq = 0;                      // of the entry that changes it
  Reason reason = Reason::consent_withdrawn;  // for those that end with nothing in their place
};

// Adds the cancellations, and before each a new request where something may still be said, to the transaction that
// changes the cell. Runs on the sequencer's thread. If the transaction is not written after all, release() must follow.
Recalled recall_permitted(const ledger::History& history, InFlight& in_flight, const ledger::EntryDraft& like,
                          const ChangedCell& cell, Timestamp now, ledger::Transaction& transaction);

// The same for all transfers of the subject of `like`, whatever their cell.
struct Recall {
  Reason reason{};
  std::uint64_t seq = 0;   // of the entry that gives the reason
  bool ask_again = false;  // in place of each that is stopped
};
Recalled recall_all(const ledger::History& history, InFlight& in_flight, const ledger::EntryDraft& like,
                    const Recall& recall, Timestamp now, ledger::Transaction& transaction);

void release(InFlight& in_flight, const Recalled& recalled);

}  // namespace ketenpoort::exchange
