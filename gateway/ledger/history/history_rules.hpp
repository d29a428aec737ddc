// How one entry moves the state on: each step checks everything first and changes the state only when all of it holds.
// Internal to gateway/ledger.
#pragma once

#include <fmt/format.h>

#include "gateway/ledger/entry/kinds.hpp"
#include "gateway/ledger/history/history_state.hpp"

namespace ketenpoort::ledger {

template <class Body>
BodyOf<Body> body_of(const Entry& entry) {
  auto body = entry.body_of<Body>();
  if (!body) body.explain(broken(entry, 1, fmt::format("body of {}: {}", entry.kind, body.error().message)).value());
  return body;
}

// Ids of records, transfers and consents are new: UUIDs of version 7, each greater than the one before it of its sort.
Status check_new_id(const Entry& entry, int invariant, const Uuid& id, const Uuid& last);

bool relies_on(const Entry& entry, Seq seq);  // whether seq is among its refs

// transfer.*: the state diagram, and for a permit everything it rests on.
Status apply_transfer(HistoryState& state, Kind kind, const Entry& entry);

// Who has what of whom, and who must still hear of it (invariant 7); history_duties.cpp.
enum class Cause : unsigned char { withdrawal, rectification, erasure, restriction };
void note_arrival(HistoryState& state, const TransferRow& transfer);  // delivered, or may have arrived
void note_end_of_permit(HistoryState& state, const TransferRow& transfer, bool may_have_arrived);
// Everybody who has, or may have, any of the categories; `cell_lane` narrows it to one recipient and purpose.
void add_duties(HistoryState& state, const Entry& entry, Row subject, Cause cause, const CategorySet& categories,
                Row cell_lane = no_row);
Status check_duties(const HistoryState& state, const Entry& entry);
void advance_duties(HistoryState& state);
Status apply_notification(HistoryState& state, const Entry& entry);
Row find_notification(const HistoryState& state, Seq seq);  // no_row: that entry is none
Status apply_confirmation(HistoryState& state, const Entry& entry);

// What is forgotten; history_memory.cpp.
void note_asked(HistoryState& state, const TransferRow& transfer);
void forget_ended(HistoryState& state, const Entry& entry);  // after a transfer.* entry
void forget_record(HistoryState& state, Row record);         // unless it is the subject's last or still used
void forget_consent(HistoryState& state, Row consent);       // a newer one has set its cell

// Rights and identity; history_subjects.cpp.
Status apply_request_opened(HistoryState& state, const Entry& entry);
Status apply_request_closed(HistoryState& state, const Entry& entry);
Status apply_restriction(HistoryState& state, const Entry& entry);
Status apply_unrestriction(HistoryState& state, const Entry& entry);
Status apply_rectification(HistoryState& state, const Entry& entry);
Status apply_link(HistoryState& state, const Entry& entry);
Status apply_unlink(HistoryState& state, const Entry& entry);
Status apply_erasure(HistoryState& state, const Entry& entry);

// outcome.*; history_outcomes.cpp.
Status apply_outcome(HistoryState& state, Kind kind, const Entry& entry);

// An entry that tells of a transfer tells of its subject.
Status check_same_subject(const HistoryState& state, const Entry& entry, const TransferId& id);
Status check_ledger_size(const Entry& entry, Seq ledger_size);
Status check_day(const Entry& entry, const std::optional<Date>& decided_for);

// Invariants 3 to 6 for a permit of a known transfer.
Status check_permit(const HistoryState& state, const Entry& entry, const TransferRow& transfer,
                    const TransferPermitted& permit);

// A seq that a decision names: of the right kind, and among the refs of its entry.
template <class T>
Result<const Registered<T>*> named(const std::deque<Registered<T>>& list, const Entry& entry, Seq seq,
                                   std::string_view what) {
  const auto* found = HistoryState::at(list, seq);
  if (found == nullptr) return broken(entry, 1, fmt::format("entry {} registers no {}", seq, what));
  if (!relies_on(entry, seq)) return broken(entry, 1, fmt::format("{} {} is not in refs", what, seq));
  return found;
}

}  // namespace ketenpoort::ledger
