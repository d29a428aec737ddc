// How one entry moves the state on: each step checks everything first and changes the state only when all of it holds.
// Internal to gateway/ledger.
#pragma once

#include <fmt/format.h>

#include "gateway/ledger/history_state.hpp"
#include "gateway/ledger/kinds.hpp"

namespace ketenpoort::ledger {

// "entry 17: invariant 3: <what>"; the issue's `where` is "invariant 3".
tl::unexpected<Error> broken(const Entry& entry, int invariant, std::string_view what);

template <class Body>
Result<Body> body_of(const Entry& entry) {
  auto body = decode_body<Body>(entry.body);
  if (!body) return broken(entry, 1, fmt::format("body of {}: {}", entry.kind, body.error().message));
  return body;
}

// Ids of records, transfers and consents are new: UUIDs of version 7, each greater than the one before it of its sort.
Status check_new_id(const Entry& entry, int invariant, const Uuid& id, const Uuid& last);

bool relies_on(const Entry& entry, Seq seq);  // whether seq is among its refs

// transfer.*: the state diagram, and for a permit everything it rests on.
Status apply_transfer(HistoryState& state, Kind kind, const Entry& entry);

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
