// Who has what of a subject, and who must still be told that something changed (invariant 7).
#include <algorithm>
#include <array>

#include "gateway/ledger/history/history_rules.hpp"

namespace ketenpoort::ledger {
namespace {

constexpr std::array<std::string_view, 4> cause_names = {"WITHDRAWAL", "RECTIFICATION", "ERASURE", "RESTRICTION"};
const TransferId no_transfer{};

Row cell_lane_of(HistoryState& state, const TransferRow& transfer) {
  auto lane = state.lanes[transfer.lane];
  lane.message = 0;
  return state.lane(lane);
}

bool has_duty(const HistoryState& state, Row subject, Seq cause_seq, Row recipient, bool firm) {
  for (Row at = state.subjects[subject].last_duty; state.keeps_duty(at); at = state.duty(at).before) {
    const auto& duty = state.duty(at);
    if (duty.cause_seq != cause_seq) return false;  // those of one cause stand together
    if (duty.recipient == recipient && (!firm || duty.permit == no_transfer)) return true;
  }
  return false;
}

// `permit`: only if that one may have arrived.
void add_duty(HistoryState& state, const Entry& entry, Row subject, Cause cause, Row recipient,
              const TransferId& permit) {
  if (has_duty(state, subject, entry.seq, recipient, permit == no_transfer)) return;
  const Row place = state.add(state.duties, {.permit = permit,
                                             .until = entry.time + time_to_notify,
                                             .cause_seq = entry.seq,
                                             .recipient = recipient,
                                             .before = state.subjects[subject].last_duty,
                                             .cause = static_cast<std::uint8_t>(cause)});
  state.change(state.subjects[subject]).last_duty = state.first_duty + place;
}

void note_end_told(HistoryState& state, Row subject, Row recipient) {
  for (Row at = state.subjects[subject].first_holder; at != no_row; at = state.holders[at].next)
    if (state.lanes[state.holders[at].lane].recipient == recipient) state.change(state.holders[at]).end_told = true;
}

// What of the subject's data an answer "erased" is about.
Row lane_of_cause(const HistoryState& state, const Entry& entry, Row subject, Row recipient) {
  for (Row at = state.subjects[subject].first_cell; at != no_row; at = state.cells[at].next)
    if (state.lanes[state.cells[at].lane].recipient == recipient && relies_on(entry, state.cells[at].seq))
      return state.cells[at].lane;
  return no_row;
}

}  // namespace

void note_arrival(HistoryState& state, const TransferRow& transfer) {
  if (const Row asked = state.find_asked(transfer.subject, transfer.lane); asked != no_row)
    state.change(state.asked[asked]).arrived = transfer.id;
  const Row lane = cell_lane_of(state, transfer);
  auto& subject = state.subjects[transfer.subject];
  for (Row at = subject.first_holder; at != no_row; at = state.holders[at].next)
    if (state.holders[at].lane == lane) {
      auto& holder = state.change(state.holders[at]);
      holder.categories = holder.categories | transfer.sent;
      holder.last = transfer.id;
      holder.permitted = std::max(holder.permitted, transfer.permitted);
      holder.end_told = false;
      return;
    }
  const Row row = state.add(state.holders, {.last = transfer.id,
                                            .permitted = transfer.permitted,
                                            .categories = transfer.sent,
                                            .lane = lane,
                                            .next = subject.first_holder});
  state.change(subject).first_holder = row;
}

void note_end_of_permit(HistoryState& state, const TransferRow& transfer, bool may_have_arrived) {
  for (Row at = state.subjects[transfer.subject].last_duty; state.keeps_duty(at); at = state.duty(at).before) {
    if (state.duty(at).permit != transfer.id) continue;
    auto& duty = state.change(state.duty(at));
    if (may_have_arrived)
      duty.permit = no_transfer;
    else
      duty.open = false;
  }
}

void add_duties(HistoryState& state, const Entry& entry, Row subject, Cause cause, const CategorySet& categories,
                Row cell_lane) {
  const auto concerns = [&](const Lane& lane) {
    if (cell_lane == no_row) return true;
    const auto& cell = state.lanes[cell_lane];
    return lane.recipient == cell.recipient && lane.purpose == cell.purpose;
  };
  for (Row at = state.subjects[subject].first_holder; at != no_row; at = state.holders[at].next) {
    const auto& holder = state.holders[at];
    const auto& lane = state.lanes[holder.lane];
    if (concerns(lane) && !(holder.categories & categories).empty())
      add_duty(state, entry, subject, cause, lane.recipient, no_transfer);
  }
  for (Row at = state.subjects[subject].last_transfer; at != no_row; at = state.transfers[at].before) {
    const auto& transfer = state.transfers[at];
    const auto& lane = state.lanes[transfer.lane];
    if (transfer.state == TransferState::permitted && concerns(lane) && !(transfer.sent & categories).empty())
      add_duty(state, entry, subject, cause, lane.recipient, transfer.id);
  }
}

Status check_duties(const HistoryState& state, const Entry& entry) {
  if (!state.enforces_deadlines) return {};
  for (const auto& duty : state.duties) {
    if (duty.until >= entry.time) break;
    if (duty.open)
      return broken(entry, 7,
                    fmt::format("{} was not told of entry {} within {} hours", state.names.text(duty.recipient),
                                duty.cause_seq, time_to_notify.count()));
  }
  return {};
}

// Not within a group: taking back a change of a duty needs it where it was.
void advance_duties(HistoryState& state) {
  if (state.undo->is_open()) return;
  while (!state.duties.empty() && !state.duties.front().open) {
    state.duties.pop_front();
    ++state.first_duty;
  }
}

Status apply_notification(HistoryState& state, const Entry& entry) {
  const auto body = body_of<RecipientNotified>(entry);
  if (!body) return fail(body.error());
  if (body->tx) {
    if (auto same = check_same_subject(state, entry, *body->tx); !same) return same;
    const auto& transfer = state.transfers[state.transfers.find(*body->tx)];
    if (state.names.text(state.lanes[transfer.lane].recipient) != body->recipient)
      return broken(entry, 2, "the transfer went to another recipient");
  }
  const Row subject = state.subject(*entry.subject);
  const Row recipient = state.names.add(body->recipient);
  for (Row at = state.subjects[subject].last_duty; state.keeps_duty(at); at = state.duty(at).before) {
    const auto& duty = state.duty(at);
    if (duty.open && duty.recipient == recipient && cause_names[duty.cause] == body->cause &&
        relies_on(entry, duty.cause_seq))
      state.change(state.duty(at)).open = false;
  }
  if (body->cause == "STAY_ENDED") note_end_told(state, subject, recipient);
  const bool of_a_cell = body->cause == "WITHDRAWAL";
  state.add(state.notifications, {.seq = entry.seq,
                                  .subject = subject,
                                  .recipient = recipient,
                                  .lane = of_a_cell ? lane_of_cause(state, entry, subject, recipient) : no_row,
                                  .deadline = PackedDate(body->deadline)});
  ++state.counts.notifications;
  return {};
}

Row find_notification(const HistoryState& state, Seq seq) {
  const auto& all = state.notifications;
  const auto found =
      std::lower_bound(all.begin(), all.end(), seq, [](const NotificationRow& row, Seq to) { return row.seq < to; });
  return found == all.end() || found->seq != seq ? no_row : static_cast<Row>(found - all.begin());
}

Status apply_confirmation(HistoryState& state, const Entry& entry) {
  const auto body = body_of<RecipientConfirmed>(entry);
  if (!body) return fail(body.error());
  const Row number = find_notification(state, body->notified);
  const Row subject = state.subjects.find(*entry.subject);
  if (number == no_row || state.notifications[number].subject != subject)
    return broken(entry, 7, fmt::format("entry {} is no notification about this subject", body->notified));
  if (!relies_on(entry, body->notified))
    return broken(entry, 1, fmt::format("notification {} is not in refs", body->notified));
  if ((body->reply == "KEPT") != body->ground.has_value())
    return broken(entry, 7, "a ground stands exactly where something is kept");
  auto& answered = state.change(state.notifications[number]);
  answered.confirmed = entry.seq;
  answered.reply = state.names.add(body->reply);
  answered.ground = state.names.add(body->ground.value_or(""));
  if (body->reply != "ERASED") return {};
  for (Row at = state.subjects[subject].first_holder; at != no_row; at = state.holders[at].next) {
    const auto& holder = state.holders[at];
    const bool is_meant = state.lanes[holder.lane].recipient == answered.recipient &&
                          (answered.lane == no_row || answered.lane == holder.lane);
    // What was sent after the recipient was told may be there still, whatever the late answer is about.
    if (is_meant && holder.permitted < body->notified) state.change(state.holders[at]).categories = {};
  }
  return {};
}

}  // namespace ketenpoort::ledger
