// The state diagram of a transfer (invariant 2).
#include <algorithm>

#include "gateway/ledger/history/history_rules.hpp"

namespace ketenpoort::ledger {
namespace {

using enum TransferState;

bool may_follow(TransferState from, TransferState to) {
  switch (from) {
    case requested:
      return to == held || to == refused || to == cancelled || to == permitted;
    case held:
      return to == held || to == permitted || to == refused || to == cancelled;
    case permitted:
      return to == delivered || to == failed || to == cancelled;
    case failed:
      return to == permitted || to == held || to == abandoned || to == cancelled;
    case delivered:
      return to == acknowledged;
    case abandoned:
      return to == permitted;
    case refused:
    case acknowledged:
    case cancelled:
      return false;
  }
  return false;
}

// The transfer an entry is about, where it may go to `to` from where it stands.
Result<Row> find_transfer(const HistoryState& state, const Entry& entry, TransferState to) {
  const Row row = state.transfers.find(*entry.tx);
  if (row == no_row) return broken(entry, 2, "the transfer was never requested, or has ended");
  const auto& transfer = state.transfers[row];
  if (state.subjects[transfer.subject].ref != *entry.subject)
    return broken(entry, 2, "the transfer is of another subject");
  if (!may_follow(transfer.state, to))
    return broken(entry, 2, fmt::format("{} cannot follow {}", to_text(to), to_text(transfer.state)));
  return row;
}

// No further attempt can come.
void forget_built(HistoryState& state, const TransferRow& transfer) {
  const Row built = transfer.attempts == 0 ? no_row : state.built.find(transfer.id);
  if (built != no_row) state.remove(state.built, built);
}

// What every step leaves behind; the caller sets what is particular to it afterwards.
TransferRow& move_to(HistoryState& state, const Entry& entry, Row row, TransferState to) {
  auto& transfer = state.change(state.transfers[row]);
  if (transfer.state == permitted && to == cancelled) note_end_of_permit(state, transfer, false);
  --state.counts.transfers[static_cast<std::size_t>(transfer.state)];
  ++state.counts.transfers[static_cast<std::size_t>(to)];
  transfer.state = to;
  transfer.changed = entry.time;
  transfer.seqs.add(entry.seq);
  transfer.reasons = 0;
  transfer.held_until = {};
  transfer.retry_at = {};
  if (to == delivered || is_final(to)) forget_built(state, transfer);
  return transfer;
}

Status apply_request(HistoryState& state, const Entry& entry) {
  const auto body = body_of<TransferRequested>(entry);
  if (!body) return fail(body.error());
  if (auto fresh = check_new_id(entry, 2, *entry.tx, state.last_ids.transfer); !fresh) return fresh;
  const Row record = state.records.find(body->record);
  if (record == no_row) return broken(entry, 2, "its record was never received, or another has taken its place");
  const Row subject = state.records[record].subject;
  if (state.subjects[subject].ref != *entry.subject) return broken(entry, 2, "its record is of another subject");
  TransferRow transfer;
  transfer.id = *entry.tx;
  transfer.requested = entry.time;
  transfer.changed = entry.time;
  transfer.subject = subject;
  transfer.record = record;
  transfer.referral = body->referral;
  transfer.lane = state.lane(body->recipient, body->purpose, body->message);
  transfer.before = state.subjects[subject].last_transfer;
  transfer.seqs.add(entry.seq);
  note_asked(state, transfer);
  const Row row = state.add(state.transfers, std::move(transfer));
  state.change(state.subjects[subject]).last_transfer = row;
  ++state.change(state.records[record]).users;
  ++state.counts.transfers[static_cast<std::size_t>(requested)];
  state.last_ids.transfer = *entry.tx;
  return {};
}

// What a decision names stands in the log before it, and in its refs.
Status check_ground(const HistoryState& state, const Entry& entry, const TransferRow& transfer,
                    const DecisionGround& ground) {
  if (ground.reasons.empty()) return broken(entry, 2, "no reason is given");
  auto sorted = ground.reasons;
  std::ranges::sort(sorted);
  if (std::ranges::adjacent_find(sorted) != sorted.end()) return broken(entry, 2, "a reason is given twice");
  if (ground.agreement) {
    const auto agreement = named(state.agreements, entry, *ground.agreement, "agreement");
    if (!agreement) return fail(agreement.error());
  }
  if (ground.purpose_seq) {
    const auto purpose = named(state.purposes, entry, *ground.purpose_seq, "purpose");
    if (!purpose) return fail(purpose.error());
  }
  for (const auto rule : ground.rules)
    if (const auto found = named(state.rules, entry, rule, "rule"); !found) return fail(found.error());
  if (!ground.consent) return {};
  auto lane = state.lanes[transfer.lane];
  lane.message = 0;
  const auto cell_lane = state.lane_rows.find(lane);
  const Row cell = cell_lane == state.lane_rows.end() ? no_row : state.find_cell(transfer.subject, cell_lane->second);
  if (cell == no_row || state.cells[cell].seq != *ground.consent)
    return broken(entry, 1, fmt::format("entry {} is not what the consent cell rests on", *ground.consent));
  if (!relies_on(entry, *ground.consent))
    return broken(entry, 1, fmt::format("consent {} is not in refs", *ground.consent));
  return {};
}

Row pack_reasons(HistoryState& state, const std::vector<Reason>& reasons) {
  std::string bytes;
  for (const auto reason : reasons) bytes += static_cast<char>(reason);
  return state.names.add(bytes);
}

Status apply_hold(HistoryState& state, const Entry& entry) {
  const auto body = body_of<TransferHeld>(entry);
  if (!body) return fail(body.error());
  if (auto size = check_ledger_size(entry, body->ledger_size); !size) return size;
  const auto row = find_transfer(state, entry, held);
  if (!row) return fail(row.error());
  auto& transfer = state.transfers[*row];
  if (auto ground = check_ground(state, entry, transfer, *body); !ground) return ground;
  if (auto day = check_day(entry, body->decided_for); !day) return day;
  if (body->held_until) {
    if (std::ranges::find(body->reasons, Reason::too_early) == body->reasons.end())
      return broken(entry, 2, "heldUntil is given though nothing is too early");
    if (*body->held_until <= body->decided_for) return broken(entry, 2, "heldUntil does not lie ahead");
  }
  const Row reasons = pack_reasons(state, body->reasons);
  const PackedDate until(body->held_until);
  if (transfer.state == held && transfer.reasons == reasons && transfer.held_until == until)
    return broken(entry, 2, "held again for the same reasons");
  move_to(state, entry, *row, held);
  transfer.reasons = reasons;
  transfer.held_until = until;
  ++state.counts.decisions;
  return {};
}

template <class Body>
Status apply_end(HistoryState& state, const Entry& entry, TransferState to) {
  const auto body = body_of<Body>(entry);
  if (!body) return fail(body.error());
  if (auto size = check_ledger_size(entry, body->ledger_size); !size) return size;
  const auto row = find_transfer(state, entry, to);
  if (!row) return fail(row.error());
  if (auto ground = check_ground(state, entry, state.transfers[*row], *body); !ground) return ground;
  if (auto day = check_day(entry, body->decided_for); !day) return day;
  move_to(state, entry, *row, to).reasons = pack_reasons(state, body->reasons);
  ++state.counts.decisions;
  return {};
}

// The message is built once, at the first permit: whatever sends it again says the same of it.
Status check_built(const HistoryState& state, const Entry& entry, const TransferRow& transfer,
                   const TransferPermitted& permit) {
  if (transfer.attempts == 0) return {};
  const auto& built = state.built[state.built.find(transfer.id)];
  if (permit.commit != built.commit || permit.payload_size != built.size)
    return broken(entry, 2, "it sends another message than the first permit: commit and payloadSize are not the same");
  if (permit.categories != transfer.sent || state.names.find(pack(permit.left_out)) != transfer.left_out)
    return broken(entry, 2, "it sends other categories, or leaves out others, than the first permit");
  if (permit.mapping.seq != state.mappings[transfer.mapping].seq)
    return broken(entry, 2, "it names another mapping than the first permit");
  return {};
}

Status apply_permit(HistoryState& state, const Entry& entry) {
  const auto body = body_of<TransferPermitted>(entry);
  if (!body) return fail(body.error());
  if (auto size = check_ledger_size(entry, body->ledger_size); !size) return size;
  const auto row = find_transfer(state, entry, permitted);
  if (!row) return fail(row.error());
  auto& transfer = state.transfers[*row];
  if (body->attempt != transfer.attempts + 1)
    return broken(entry, 2, fmt::format("attempt must be {}", transfer.attempts + 1));
  if (auto built = check_built(state, entry, transfer, *body); !built) return built;
  if (auto day = check_day(entry, body->decided_for); !day) return day;
  if (auto permit = check_permit(state, entry, transfer, *body); !permit) return permit;
  const auto* mapping = HistoryState::at(state.mappings, body->mapping.seq);
  move_to(state, entry, *row, permitted);
  if (transfer.attempts == 0)
    state.add(state.built, {.transfer = transfer.id, .commit = body->commit, .size = body->payload_size});
  ++transfer.attempts;
  transfer.permitted = entry.seq;
  transfer.sent = body->categories;
  transfer.left_out = state.names.add(pack(body->left_out));
  transfer.mapping = static_cast<Row>(
      std::ranges::find_if(state.mappings, [&](const auto& m) { return &m == mapping; }) - state.mappings.begin());
  ++state.counts.permits;
  if (body->consent) ++state.counts.permits_on_consent;
  return {};
}

// delivered, acknowledged, failed: they speak of the attempt that is open.
template <class Body>
Result<Row> find_attempt(const HistoryState& state, const Entry& entry, TransferState to, const Body& body) {
  const auto row = find_transfer(state, entry, to);
  if (row && body.attempt != state.transfers[*row].attempts)
    return broken(entry, 2, fmt::format("the open attempt is {}", state.transfers[*row].attempts));
  return row;
}

Status apply_delivery(HistoryState& state, const Entry& entry) {
  const auto body = body_of<TransferDelivered>(entry);
  if (!body) return fail(body.error());
  if (body->status < 200 || body->status > 299) return broken(entry, 2, "delivered means a status from 200 to 299");
  const auto row = find_attempt(state, entry, delivered, *body);
  if (!row) return fail(row.error());
  const auto& transfer = move_to(state, entry, *row, delivered);
  note_arrival(state, transfer);
  note_end_of_permit(state, transfer, true);
  return {};
}

Status apply_acknowledgement(HistoryState& state, const Entry& entry) {
  const auto body = body_of<TransferAcknowledged>(entry);
  if (!body) return fail(body.error());
  const auto row = find_attempt(state, entry, acknowledged, *body);
  if (!row) return fail(row.error());
  move_to(state, entry, *row, acknowledged).reference = body->reference;
  return {};
}

Status apply_failure(HistoryState& state, const Entry& entry) {
  const auto body = body_of<TransferFailed>(entry);
  if (!body) return fail(body.error());
  const auto row = find_attempt(state, entry, failed, *body);
  if (!row) return fail(row.error());
  auto& transfer = move_to(state, entry, *row, failed);
  transfer.may_have_arrived = transfer.may_have_arrived || body->may_have_arrived;
  transfer.retry_at = body->retry_at.value_or(Timestamp{});
  if (body->may_have_arrived) note_arrival(state, transfer);
  note_end_of_permit(state, transfer, body->may_have_arrived);
  return {};
}

Status apply_abandonment(HistoryState& state, const Entry& entry) {
  const auto body = body_of<TransferAbandoned>(entry);
  if (!body) return fail(body.error());
  const auto row = find_transfer(state, entry, abandoned);
  if (!row) return fail(row.error());
  if (body->attempts != state.transfers[*row].attempts)
    return broken(entry, 2, fmt::format("there were {} attempts", state.transfers[*row].attempts));
  move_to(state, entry, *row, abandoned);
  return {};
}

}  // namespace

Status check_ledger_size(const Entry& entry, Seq ledger_size) {
  if (ledger_size > entry.seq) return broken(entry, 1, "ledgerSize lies in the future");
  return {};
}

Status check_day(const Entry& entry, const std::optional<Date>& decided_for) {
  if (decided_for && *decided_for != date_in_brussels(entry.time))
    return broken(entry, 5, "decidedFor is not the day of the entry in Brussels");
  return {};
}

Status apply_transfer_kind(HistoryState& state, Kind kind, const Entry& entry) {
  switch (kind) {
    case Kind::transfer_requested:
      return apply_request(state, entry);
    case Kind::transfer_held:
      return apply_hold(state, entry);
    case Kind::transfer_refused:
      return apply_end<TransferRefused>(state, entry, refused);
    case Kind::transfer_cancelled:
      return apply_end<TransferCancelled>(state, entry, cancelled);
    case Kind::transfer_permitted:
      return apply_permit(state, entry);
    case Kind::transfer_delivered:
      return apply_delivery(state, entry);
    case Kind::transfer_acknowledged:
      return apply_acknowledgement(state, entry);
    case Kind::transfer_failed:
      return apply_failure(state, entry);
    case Kind::transfer_abandoned:
      return apply_abandonment(state, entry);
    default:
      return broken(entry, 1, "not a transfer entry");
  }
}

Status apply_transfer(HistoryState& state, Kind kind, const Entry& entry) {
  if (auto applied = apply_transfer_kind(state, kind, entry); !applied) return applied;
  const bool decides = kind == Kind::transfer_permitted || kind == Kind::transfer_held ||
                       kind == Kind::transfer_refused || kind == Kind::transfer_cancelled;
  if (decides && entry.is_sealed) {
    const Row subject = state.transfers[state.transfers.find(*entry.tx)].subject;
    ++state.change(state.subjects[subject]).sealed_decisions;
  }
  return {};
}

}  // namespace ketenpoort::ledger
