#include "gateway/ledger/history/history_rules.hpp"

#include <algorithm>
#include <utility>

#include "gateway/ledger/checkpoint/note_parts.hpp"
#include "gateway/ledger/entry/entry_form.hpp"

namespace ketenpoort::ledger {

tl::unexpected<Error> broken(const Entry& entry, int invariant, std::string_view what) {
  const auto code = invariant == 1 ? ErrorCode::malformed : ErrorCode::internal;
  auto rule = fmt::format("invariant {}", invariant);
  auto message = fmt::format("entry {}: {}: {}", entry.seq, rule, what);
  return fail(code, std::move(message), {{code, std::move(rule), std::string(what)}});
}

Status check_new_id(const Entry& entry, int invariant, const Uuid& id, const Uuid& last) {
  if (version_of(id) != 7) return broken(entry, invariant, "a new id is no UUID of version 7");
  if (id <= last) return broken(entry, invariant, "a new id is not greater than the one before of its sort");
  return {};
}

bool relies_on(const Entry& entry, Seq seq) {
  return std::ranges::find(entry.refs, seq) != entry.refs.end();
}

namespace {

constexpr int longest_consent_months = 12;

// Invariant 1, as far as it needs no body.
Status check_place(const HistoryState& state, const Entry& entry, Kind kind) {
  if (entry.seq != state.size) return broken(entry, 1, fmt::format("seq must be {}", state.size));
  if (entry.seq >= no_row) return broken(entry, 1, "the log is too long for this program");
  if (entry.time < state.last_time) return broken(entry, 1, "time is before the entry before");
  if (entry.seq > 0 && entry.id <= state.last_id) return broken(entry, 1, "id is not greater than the one before");
  for (const auto ref : entry.refs)
    if (ref >= entry.seq) return broken(entry, 1, fmt::format("ref {} does not point back", ref));
  if ((kind == Kind::ledger_opened) != (entry.seq == 0))
    return broken(entry, 1, "ledger.opened stands at seq 0 and nowhere else");
  const auto subject = subject_in(kind);
  if (subject == Presence::always && !entry.subject) return broken(entry, 1, "this kind needs a subject");
  if (subject == Presence::never && entry.subject) return broken(entry, 1, "this kind has no subject");
  if (has_transfer(kind) != entry.tx.has_value())
    return broken(entry, 1, "tx stands on transfer and outcome entries and on no other");
  return {};
}

template <class Body>
Status check_body(const Entry& entry) {
  if (const auto body = body_of<Body>(entry); !body) return fail(body.error());
  return {};
}

tl::unexpected<Error> broken_keys(const Entry& entry, const std::string& what) {
  return fail(ErrorCode::malformed, fmt::format("entry {}: keys: {}", entry.seq, what),
              {{ErrorCode::malformed, "keys", what}});
}

Status apply_opened(HistoryState& state, const Entry& entry) {
  const auto body = body_of<LedgerOpened>(entry);
  if (!body) return fail(body.error());
  if (auto done = state.change(state.keys).open(body->origin, body->vkey); !done)
    return broken_keys(entry, done.error().message);
  state.change(state.opened) = *body;
  return {};
}

// Adds a registration and marks the one it replaces.
template <class T, class Same>
void register_one(HistoryState& state, std::deque<Registered<T>>& list, Seq seq, T value, Same same) {
  for (auto& old : list)
    if (old.current && same(old.value, value)) state.change(old).current = false;
  state.add(list, {seq, std::move(value), true});
}

Status apply_mapping(HistoryState& state, const Entry& entry) {
  const auto body = body_of<MappingActivated>(entry);
  if (!body) return fail(body.error());
  register_one(state, state.mappings, entry.seq, *body, [](const auto& a, const auto& b) {
    return a.mapping == b.mapping && a.message == b.message && a.recipient == b.recipient;
  });
  return {};
}

Status apply_purpose(HistoryState& state, const Entry& entry) {
  const auto body = body_of<PurposeRegistered>(entry);
  if (!body) return fail(body.error());
  register_one(state, state.purposes, entry.seq, body->purpose, [](const auto& a, const auto& b) {
    return a.id == b.id && a.recipient == b.recipient && a.valid_from == b.valid_from;
  });
  return {};
}

Status apply_rule(HistoryState& state, const Entry& entry) {
  const auto body = body_of<RuleRegistered>(entry);
  if (!body) return fail(body.error());
  register_one(state, state.rules, entry.seq, body->rule,
               [](const auto& a, const auto& b) { return a.id == b.id && a.version == b.version; });
  return {};
}

Status apply_agreement(HistoryState& state, const Entry& entry) {
  const auto body = body_of<AgreementRegistered>(entry);
  if (!body) return fail(body.error());
  const auto stands = [&](const auto& one) { return one.current && one.value.id == body->agreement.id; };
  if (std::ranges::any_of(state.agreements, stands))
    return broken(entry, 3, "an agreement with this id stands: it is amended, or ended first");
  state.add(state.agreements, {entry.seq, body->agreement, true});
  return {};
}

Status apply_amendment(HistoryState& state, const Entry& entry) {
  const auto body = body_of<AgreementAmended>(entry);
  if (!body) return fail(body.error());
  const auto amended = named(state.agreements, entry, body->amends, "agreement");
  if (!amended) return fail(amended.error());
  if (!(*amended)->current) return broken(entry, 3, fmt::format("agreement {} had ended before", body->amends));
  if ((*amended)->value.id != body->agreement.id)
    return broken(entry, 3, fmt::format("agreement {} has another id", body->amends));
  register_one(state, state.agreements, entry.seq, body->agreement,
               [](const auto& a, const auto& b) { return a.id == b.id; });
  return {};
}

Status apply_agreement_end(HistoryState& state, const Entry& entry) {
  const auto body = body_of<AgreementEnded>(entry);
  if (!body) return fail(body.error());
  const auto agreement = named(state.agreements, entry, body->agreement, "agreement");
  if (!agreement) return fail(agreement.error());
  if (!(*agreement)->current) return broken(entry, 3, fmt::format("agreement {} had ended before", body->agreement));
  for (auto& one : state.agreements)
    if (one.seq == body->agreement) state.change(one).current = false;
  return {};
}

// The last day a consent counts: the one it states, and never more than twelve months after it was expressed, however
// late it was recorded.
std::optional<Date> last_day(const ConsentStatement& statement) {
  const Date latest = add_months(statement.expressed.on, longest_consent_months);
  return statement.valid_until ? std::min(*statement.valid_until, latest) : latest;
}

// A newer conversation takes the cell over, whatever stood there.
template <class Body>
Status apply_consent(HistoryState& state, const Entry& entry, bool given) {
  const auto body = body_of<Body>(entry);
  if (!body) return fail(body.error());
  if (auto fresh = check_new_id(entry, 4, body->consent, state.last_ids.consent); !fresh) return fresh;
  if (body->expressed.on > date_in_brussels(entry.time))
    return broken(entry, 4, "it was expressed on a day that has not come");
  if (given) {
    if (body->categories.empty()) return broken(entry, 4, "a consent that is given names no category");
    if (!body->valid_until || *body->valid_until > add_months(date_in_brussels(entry.time), longest_consent_months))
      return broken(entry, 4, "a consent that is given names a last day, at most 12 months ahead");
  }
  const Row subject = state.subject(*entry.subject);
  const Row lane = state.lane(body->recipient, body->purpose, "");
  const PackedDate until(body->valid_until);
  const Row consent = state.add(state.consents, {.id = body->consent,
                                                 .seq = entry.seq,
                                                 .categories = body->categories,
                                                 .subject = subject,
                                                 .lane = lane,
                                                 .valid_until = until,
                                                 .given = given});
  Row at = state.find_cell(subject, lane);
  if (at == no_row) {
    at = state.add(state.cells,
                   {.categories = {}, .lane = lane, .next = state.subjects[subject].first_cell, .valid_until = {}});
    state.change(state.subjects[subject]).first_cell = at;
  } else {
    forget_consent(state, state.cells[at].consent);
  }
  const auto before = state.cells[at].state == History::CellState::given ? state.cells[at].categories : CategorySet{};
  const auto lost = before.without(given ? body->categories : CategorySet{});
  auto& cell = state.change(state.cells[at]);
  cell.seq = entry.seq;
  cell.consent = consent;
  cell.categories = given ? body->categories : CategorySet{};
  cell.valid_until = PackedDate(last_day(*body));
  cell.state = given ? History::CellState::given : History::CellState::refused;
  cell.representative = body->representative.has_value();
  cell.said_on = PackedDate(body->expressed.on);
  cell.read_in = body->explained.how == "READ" ? state.names.add(body->notice.language) : 0;
  state.last_ids.consent = body->consent;
  ++state.counts.consents;
  add_duties(state, entry, subject, Cause::withdrawal, lost, lane);
  return {};
}

Status apply_withdrawal(HistoryState& state, const Entry& entry) {
  const auto body = body_of<ConsentWithdrawn>(entry);
  if (!body) return fail(body.error());
  const Row subject = state.subjects.find(*entry.subject);
  const Row at = state.find_cell(subject, state.find_lane(body->recipient, body->purpose, ""));
  if (at == no_row) return broken(entry, 4, "there is no such consent to withdraw");
  const auto& cell = state.cells[at];
  if (state.consents[cell.consent].id != body->consent)
    return broken(entry, 4, "the consent withdrawn is not the one the cell rests on");
  if (cell.state != History::CellState::given) return broken(entry, 4, "nothing is given in this cell");
  if (body->categories.empty() || !cell.categories.includes(body->categories))
    return broken(entry, 4, "categories are withdrawn that were not given");
  const auto left = cell.categories.without(body->categories);
  if (body->whole != left.empty()) return broken(entry, 4, "'whole' does not say whether anything is left");
  auto& changed = state.change(state.cells[at]);
  changed.seq = entry.seq;
  changed.categories = left;
  changed.said_on = PackedDate(date_in_brussels(entry.time));
  if (body->whole) changed.state = History::CellState::withdrawn;
  add_duties(state, entry, subject, Cause::withdrawal, body->categories, state.cells[at].lane);
  return {};
}

Status apply_record(HistoryState& state, const Entry& entry) {
  const auto body = body_of<RecordReceived>(entry);
  if (!body) return fail(body.error());
  if (auto fresh = check_new_id(entry, 2, body->record, state.last_ids.record); !fresh) return fresh;
  const Row subject = state.subject(*entry.subject);
  const Row record = state.add(
      state.records,
      {.id = body->record, .seq = entry.seq, .subject = subject, .centre = state.names.add(body->source.centre)});
  const Row before = std::exchange(state.change(state.subjects[subject]).last_record, record);
  if (before != no_row) forget_record(state, before);
  state.last_ids.record = body->record;
  ++state.counts.records;
  return {};
}

Status apply_configuration(HistoryState& state, const Entry& entry) {
  const auto body = body_of<ConfigActivated>(entry);
  if (!body) return fail(body.error());
  if (body->anchoring && (body->anchoring->quorum == 0 || body->anchoring->max_age_seconds == 0))
    return broken(entry, 1, "anchoring asks for nobody, or for all the time");
  const bool was_anchored = state.configuration && state.configuration->anchoring;
  if (body->anchoring && !was_anchored) state.change(state.anchoring_began) = entry.time;
  state.change(state.configuration) = *body;
  return {};
}

Status apply_key_rotation(HistoryState& state, const Entry& entry) {
  const auto body = body_of<KeyRotated>(entry);
  if (!body) return fail(body.error());
  if (auto done = state.change(state.keys).rotate(entry.seq, *body); !done)
    return broken_keys(entry, done.error().message);
  return {};
}

void note_anchor(HistoryState& state, std::string_view name, Timestamp when) {
  const Row known = state.names.add(name);
  for (auto& anchor : state.anchors)
    if (anchor.name == known) {
      state.change(anchor).last = when;
      return;
    }
  state.add(state.anchors, AnchorRow{known, when});
}

Status apply_anchored(HistoryState& state, const Entry& entry) {
  const auto body = body_of<Anchored>(entry);
  if (!body) return fail(body.error());
  if (body->size == 0 || body->size > entry.seq)
    return broken(entry, 1, "the checkpoint is that of an empty log, or lies in the future");
  if (base64_size(body->token).value_or(0) == 0) return broken(entry, 1, "its token is not base64");
  note_anchor(state, body->tsa, entry.time);
  return {};
}

// A line is "\u2014 name signature" (C2SP signed-note).
std::string_view name_of_witness(std::string_view line) {
  constexpr std::string_view dash = "\u2014 ";
  if (!line.starts_with(dash)) return {};
  line.remove_prefix(dash.size());
  const auto space = line.find(' ');
  return space == std::string_view::npos ? std::string_view{} : line.substr(0, space);
}

Status apply_cosigned(HistoryState& state, const Entry& entry) {
  const auto body = body_of<Cosigned>(entry);
  if (!body) return fail(body.error());
  if (body->size == 0 || body->size > entry.seq)
    return broken(entry, 1, "the checkpoint is that of an empty log, or lies in the future");
  if (body->signatures.empty()) return broken(entry, 1, "nobody signed it");
  for (const auto& line : body->signatures)
    if (!parse_signature_line(line)) return broken(entry, 1, "a signature is no line of a signed note");
  for (const auto& line : body->signatures) note_anchor(state, name_of_witness(line), entry.time);
  return {};
}

template <class Body>
Status apply_pause(HistoryState& state, const Entry& entry, bool paused) {
  const auto body = body_of<Body>(entry);
  if (!body) return fail(body.error());
  const Row name = state.names.add(body->recipient);
  auto& list = state.change(state.paused);
  std::erase_if(list, [&](const PausedRow& row) { return row.name == name; });
  if (paused) list.push_back({entry.seq, name});
  return {};
}

bool has_body(Kind kind, const Entry& entry) {
  return entry.typed || TypedBody().decode(kind, entry.body);
}

Status apply_kind(HistoryState& state, Kind kind, const Entry& entry) {
  switch (kind) {
    case Kind::ledger_opened:
      return apply_opened(state, entry);
    case Kind::ledger_recovered:
      return check_body<LedgerRecovered>(entry);
    case Kind::ledger_clock_anomaly:
      return check_body<ClockAnomaly>(entry);
    case Kind::config_activated:
      return apply_configuration(state, entry);
    case Kind::mapping_activated:
      return apply_mapping(state, entry);
    case Kind::purpose_registered:
      return apply_purpose(state, entry);
    case Kind::rule_registered:
      return apply_rule(state, entry);
    case Kind::agreement_registered:
      return apply_agreement(state, entry);
    case Kind::agreement_amended:
      return apply_amendment(state, entry);
    case Kind::agreement_ended:
      return apply_agreement_end(state, entry);
    case Kind::consent_given:
      return apply_consent<ConsentGiven>(state, entry, true);
    case Kind::consent_refused:
      return apply_consent<ConsentRefused>(state, entry, false);
    case Kind::consent_withdrawn:
      return apply_withdrawal(state, entry);
    case Kind::record_received:
      return apply_record(state, entry);
    case Kind::subject_restricted:
      return apply_restriction(state, entry);
    case Kind::subject_unrestricted:
      return apply_unrestriction(state, entry);
    case Kind::subject_erased:
      return apply_erasure(state, entry);
    case Kind::recipient_notified:
      return apply_notification(state, entry);
    case Kind::outcome_received:
    case Kind::outcome_rejected:
      return apply_outcome(state, kind, entry);
    case Kind::transfer_abandoned:
    case Kind::transfer_acknowledged:
    case Kind::transfer_cancelled:
    case Kind::transfer_delivered:
    case Kind::transfer_failed:
    case Kind::transfer_held:
    case Kind::transfer_permitted:
    case Kind::transfer_refused:
    case Kind::transfer_requested:
      return apply_transfer(state, kind, entry);
    case Kind::audit_exported:
      return check_body<AuditExported>(entry);
    case Kind::audit_queried:
      return check_body<AuditQueried>(entry);
    case Kind::breach_recorded:
      return check_body<BreachRecorded>(entry);
    case Kind::ledger_anchored:
      return apply_anchored(state, entry);
    case Kind::ledger_cosigned:
      return apply_cosigned(state, entry);
    case Kind::ledger_key_rotated:
      return apply_key_rotation(state, entry);
    case Kind::partner_paused:
      return apply_pause<PartnerPaused>(state, entry, true);
    case Kind::partner_resumed:
      return apply_pause<PartnerResumed>(state, entry, false);
    case Kind::recipient_confirmed:
      return apply_confirmation(state, entry);
    case Kind::request_closed:
      return apply_request_closed(state, entry);
    case Kind::request_opened:
      return apply_request_opened(state, entry);
    case Kind::subject_linked:
      return apply_link(state, entry);
    case Kind::subject_rectified:
      return apply_rectification(state, entry);
    case Kind::subject_unlinked:
      return apply_unlink(state, entry);
  }
  return broken(entry, 1, "unknown kind");
}

}  // namespace

Status check_same_subject(const HistoryState& state, const Entry& entry, const TransferId& id) {
  const Row row = state.transfers.find(id);
  if (row == no_row) return broken(entry, 2, "the transfer was never requested, or has ended");
  if (state.subjects[state.transfers[row].subject].ref != *entry.subject)
    return broken(entry, 2, "the transfer is of another subject");
  return {};
}

History::Group::Group(History& history) : history_(history) {
  auto& state = *history_.state_;
  state.undo->open();
  state.change(state.size);
  state.change(state.last_time);
  state.change(state.last_id);
  state.change(state.last_ids);
  state.change(state.first_duty);
  state.change(state.counts);
}

History::Group::~Group() {
  history_.state_->undo->take_back();
}

void History::Group::keep() {
  history_.state_->undo->forget();
  advance_duties(*history_.state_);
}

Status History::apply(const Entry& entry) {
  const auto kind = entry.typed ? entry.typed.kind() : parse_kind(entry.kind);
  if (!kind) return broken(entry, 1, "unknown kind");
  if (auto place = check_place(*state_, entry, *kind); !place) return place;
  if (auto duties = check_duties(*state_, entry); !duties)
    return has_body(*kind, entry) ? std::move(duties) : Status(broken(entry, 1, "its body is not one of its kind"));
  if (auto applied = apply_kind(*state_, *kind, entry); !applied) return applied;
  if (entry.tx) forget_ended(*state_, entry);
  advance_duties(*state_);
  ++state_->size;
  state_->last_time = entry.time;
  state_->last_id = entry.id;
  state_->counts.subjects = state_->subjects.size();
  return {};
}

}  // namespace ketenpoort::ledger
