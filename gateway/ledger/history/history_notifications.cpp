// What recipients were told, and what they answered: looked up.
#include <algorithm>

#include "gateway/ledger/history/history_rules.hpp"

namespace ketenpoort::ledger {
namespace {

History::Notification view_of(const HistoryState& state, const NotificationRow& row) {
  return {.seq = row.seq,
          .subject = state.subjects[row.subject].ref,
          .recipient = state.names.text(row.recipient),
          .deadline = row.deadline.date().value_or(Date{}),
          .confirmed = row.confirmed,
          .reply = state.names.text(row.reply),
          .ground = state.names.text(row.ground)};
}

}  // namespace

std::optional<History::Notification> History::notification(Seq seq) const {
  const Row row = find_notification(*state_, seq);
  return row == no_row ? std::nullopt : std::optional(view_of(*state_, state_->notifications[row]));
}

std::vector<History::Notification> History::notifications(Seq from, std::string_view recipient,
                                                          std::size_t most) const {
  std::vector<Notification> out;
  const auto wanted = recipient.empty() ? std::optional<Row>(0) : state_->names.find(recipient);
  if (!wanted) return out;
  const auto& all = state_->notifications;
  auto at =
      std::lower_bound(all.begin(), all.end(), from, [](const NotificationRow& row, Seq seq) { return row.seq < seq; });
  for (; at != all.end() && out.size() < most; ++at)
    if (recipient.empty() || at->recipient == *wanted) out.push_back(view_of(*state_, *at));
  return out;
}

}  // namespace ketenpoort::ledger
