// What the log alone says of each reason at the place of a decision. Internal to gateway/policy.
#pragma once

#include <optional>
#include <vector>

#include "gateway/ledger/entry/entry.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::policy {

// A decision about a transfer, seen from the log before it.
struct PlaceInLog {
  const ledger::History* history = nullptr;
  const ledger::Entry* entry = nullptr;
  ledger::History::Transfer transfer;
  Date on{};
  const ledger::RegisteredPurpose* purpose = nullptr;      // in force that day
  const ledger::RegisteredRule* rule = nullptr;            // that the purpose asks for, in force that day
  const ledger::RegisteredAgreement* agreement = nullptr;  // that the decision names
  std::optional<ledger::History::Cell> cell;               // where the purpose asks consent
};

// Nothing where no such transfer was requested.
std::optional<PlaceInLog> find_place(const ledger::History& history, const ledger::Entry& entry,
                                     const std::optional<ledger::Seq>& agreement);

// For a decision that policy took of the record's facts: whether a reason must be among its reasons.
enum class Says : unsigned char { no, maybe, yes };
Says says(const PlaceInLog& place, Reason reason);

// For a cancellation that an event brought about, without looking at facts: whether the log explains the reason.
bool is_explained(const PlaceInLog& place, Reason reason);

// A current agreement that goes out to the recipient wherever the resident is; nothing where there is none.
const ledger::RegisteredAgreement* find_agreement_everywhere(const PlaceInLog& place);
// One that policy would have taken in the place of the one named, whatever the facts: with the same legal person, for
// the same places, and it lacks less, or as little and is newer.
const ledger::RegisteredAgreement* find_better_agreement(const PlaceInLog& place);

// What may be sent, as far as purpose, agreement and consent go.
CategorySet covered(const PlaceInLog& place);

}  // namespace ketenpoort::policy
