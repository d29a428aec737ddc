#include "gateway/exchange/consent/cut_consent.hpp"

#include <algorithm>

#include "gateway/exchange/facilities/transfer_drafts.hpp"
#include "gateway/exchange/notices/notify.hpp"
#include "gateway/ledger/entry/bodies.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::EntryDraft;
using ledger::History;
using ledger::Transaction;

void append(std::vector<TransferId>& to, const std::vector<TransferId>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

void stop_waiting(const History& history, const EntryDraft& like, const ConsentCut& cut, std::uint64_t seq,
                  Transaction& transaction, std::vector<TransferId>& stopped) {
  for (const auto& id : history.transfers_of(cut.subject)) {
    const auto transfer = history.transfer(id);
    if (transfer->purpose != cut.purpose || transfer->recipient != cut.recipient || !is_waiting(transfer->state))
      continue;
    transaction.entries.push_back(draft_cancelled(like, id, Reason::consent_withdrawn, seq, history.size()));
    stopped.push_back(id);
  }
}

}  // namespace

void add_cut(const History& history, InFlight& in_flight, const EntryDraft& like, const ConsentCut& cut,
             std::uint64_t first_seq, Timestamp now, Transaction& transaction, CutOutcome& outcome) {
  const auto cell = history.cell(cut.subject, cut.purpose, cut.recipient);
  if (!cell || cell->state != History::CellState::given) return;
  const CategorySet lost = cut.lost & cell->categories;
  if (lost.empty()) return;
  const CategorySet left = cell->categories.without(lost);
  const std::uint64_t seq = first_seq + transaction.entries.size();
  EntryDraft draft;
  draft.kind = ledger::ConsentWithdrawn::kind;
  draft.actor = like.actor;
  draft.subject = cut.subject;
  draft.activity = like.activity;
  draft.trace = like.trace;
  draft.refs = {cell->seq};
  draft.body = ledger::encode_body(ledger::ConsentWithdrawn{cell->consent, std::string(cut.purpose),
                                                            std::string(cut.recipient), lost, left.empty()});
  transaction.entries.push_back(draft);
  std::vector<TransferId> stopped;
  if (left.empty()) stop_waiting(history, draft, cut, seq, transaction, stopped);
  const ChangedCell changed{cut.subject, cut.purpose, cut.recipient, left, seq};
  const auto recalled = recall_permitted(history, in_flight, draft, changed, now, transaction);
  append(stopped, recalled.stopped);
  append(outcome.recalled.stopped, recalled.stopped);
  append(outcome.in_flight, recalled.in_flight);
  for (auto& recipient : add_notifications(history, draft, {"WITHDRAWAL", seq, lost, cut.recipient, cut.purpose},
                                           stopped, now, transaction))
    outcome.to_notify.push_back(std::move(recipient));
  append(outcome.stopped, stopped);
}

std::vector<ConsentCut> find_overruled(const History& history, const SubjectRef& subject, const SubjectRef& other) {
  std::vector<ConsentCut> cuts;
  for (const auto& said : history.cells_of(other)) {
    const auto about = history.consent(said.consent);
    if (!about) continue;
    const auto cell = history.cell(subject, about->purpose, about->recipient);
    if (!cell || cell->state != History::CellState::given || cell->seq > said.seq) continue;
    const auto lost = cell->categories.without(said.categories);
    if (!lost.empty()) cuts.push_back({subject, about->purpose, about->recipient, lost});
  }
  return cuts;
}

}  // namespace ketenpoort::exchange
