// Telling recipients that something changed about data they have (docs/ledger-format.md, invariant 7): in the same
// transaction as the entry that gives cause, so that nobody is forgotten.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/domain/category.hpp"
#include "gateway/domain/transfer.hpp"
#include "gateway/ledger/history/history.hpp"
#include "gateway/ledger/writer/sequencer.hpp"

namespace ketenpoort::exchange {

// So long a recipient has to act on a notification and to confirm it.
constexpr int days_to_confirm = 14;

// What changed. Recipient and purpose are empty when everybody who has any of the categories is concerned.
struct Change {
  std::string_view cause;  // WITHDRAWAL RECTIFICATION ERASURE RESTRICTION STAY_ENDED IDENTITY_CHANGED
  std::uint64_t seq = 0;   // of the entry that gives cause
  CategorySet categories = CategorySet::all();
  std::string_view recipient{};
  std::string_view purpose{};
};

// Adds a recipient.notified for each recipient that has, or may have, any of the categories, with actor, subject,
// activity and trace of `like`, and names them. STAY_ENDED is not told again to who has had nothing since. `stopped`:
// transfers that this transaction cancels; of those under a permit no byte has left. Runs on the sequencer's thread.
std::vector<std::string> add_notifications(const ledger::History& history, const ledger::EntryDraft& like,
                                           const Change& change, std::span<const TransferId> stopped, Timestamp now,
                                           ledger::Transaction& transaction);

}  // namespace ketenpoort::exchange
