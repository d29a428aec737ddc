// Less of a consent than stood before: the entry that says so, and what follows from it for transfers and recipients,
// as parts of a larger transaction.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/exchange/notices/recall.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::exchange {

struct ConsentCut {
  SubjectRef subject{};
  std::string_view purpose;
  std::string_view recipient;
  CategorySet lost;  // of what the cell covers; all of it: the consent is withdrawn
};

struct CutOutcome {
  std::vector<TransferId> stopped;
  std::vector<TransferId> in_flight;
  std::vector<std::string> to_notify;
  Recalled recalled;  // to be released if nothing is written
};

// Adds a consent.withdrawn for what is lost of a cell that is given; nothing when none of it stands. `like`: actor and
// trace. `first_seq`: of the transaction. Runs on the sequencer's thread.
void add_cut(const ledger::History& history, InFlight& in_flight, const ledger::EntryDraft& like, const ConsentCut& cut,
             std::uint64_t first_seq, Timestamp now, ledger::Transaction& transaction, CutOutcome& outcome);

// What persons who are one with `subject` were asked and said since: cells of `subject` that are given by an older word
// than `other`'s, and what they cover beyond it. A consent never grows by this.
std::vector<ConsentCut> find_overruled(const ledger::History& history, const SubjectRef& subject,
                                       const SubjectRef& other);

}  // namespace ketenpoort::exchange
