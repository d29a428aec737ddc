#include "gateway/exchange/notices/notify.hpp"

#include <algorithm>

#include "gateway/ledger/entry/bodies.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::EntryDraft;

EntryDraft draft_notified(const EntryDraft& like, const Change& change, const ledger::History::Holding& holding,
                          Date deadline) {
  EntryDraft draft;
  draft.kind = ledger::RecipientNotified::kind;
  draft.actor = like.actor;
  draft.subject = like.subject;
  draft.activity = like.activity;
  draft.trace = like.trace;
  draft.refs = {change.seq};
  draft.body = ledger::encode_body(
      ledger::RecipientNotified{std::string(change.cause), std::string(holding.recipient), deadline, holding.last});
  return draft;
}

}  // namespace

std::vector<std::string> add_notifications(const ledger::History& history, const EntryDraft& like, const Change& change,
                                           std::span<const TransferId> stopped, Timestamp now,
                                           ledger::Transaction& transaction) {
  std::vector<std::string> notified;
  const Date deadline = add_days(date_in_brussels(now), days_to_confirm);
  for (const auto& holding : history.holdings(*like.subject)) {
    if (!change.recipient.empty() && holding.recipient != change.recipient) continue;
    if (!change.purpose.empty() && holding.purpose != change.purpose) continue;
    if ((holding.categories & change.categories).empty()) continue;
    if (holding.end_told && change.cause == "STAY_ENDED") continue;
    const bool is_stopped = std::find(stopped.begin(), stopped.end(), holding.last) != stopped.end();
    if (holding.under_permit && is_stopped) continue;
    if (std::find(notified.begin(), notified.end(), holding.recipient) != notified.end()) continue;
    transaction.entries.push_back(draft_notified(like, change, holding, deadline));
    notified.emplace_back(holding.recipient);
  }
  return notified;
}

}  // namespace ketenpoort::exchange
