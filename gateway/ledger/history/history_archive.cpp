// The state as bytes: every row of every table, field by field. A field that is added to a row must be added here; the
// sizes below see to it that this is not forgotten, and a file of another layout is not read.
#include "gateway/ledger/history/archive.hpp"
#include "gateway/ledger/history/history_state.hpp"

namespace ketenpoort::ledger {
namespace {

constexpr int layout_version = 9;

}  // namespace

template <class A>
void describe(A& io, SeqList& x) {
  x.archive(io);
}

template <class A>
void describe(A& io, TransferRow& x) {
  static_assert(sizeof(TransferRow) == 176, "a field was added: archive it");
  io(x.id, x.seqs, x.requested, x.changed, x.retry_at, x.reference, x.permitted, x.sent, x.subject);
  io(x.record, x.lane, x.before, x.referral, x.attempts, x.reasons, x.left_out, x.mapping, x.held_until, x.state,
     x.may_have_arrived);
}

template <class A>
void describe(A& io, BuiltRow& x) {
  static_assert(sizeof(BuiltRow) == 56, "a field was added: archive it");
  io(x.transfer, x.commit, x.size);
}

template <class A>
void describe(A& io, SubjectRow& x) {
  static_assert(sizeof(SubjectRow) == 48, "a field was added: archive it");
  io(x.ref, x.first_holder, x.last_duty, x.sealed_decisions, x.first_asked, x.last_transfer, x.last_record);
  io(x.first_cell, x.restricted, x.erased, x.retired, x.erased_classes);
}

template <class A>
void describe(A& io, CellRow& x) {
  static_assert(sizeof(CellRow) == 48, "a field was added: archive it");
  io(x.seq, x.categories, x.lane, x.consent, x.next, x.valid_until, x.state, x.representative, x.read_in, x.said_on);
}

template <class A>
void describe(A& io, AskedRow& x) {
  static_assert(sizeof(AskedRow) == 40, "a field was added: archive it");
  io(x.last, x.arrived, x.lane, x.next);
}

template <class A>
void describe(A& io, HolderRow& x) {
  static_assert(sizeof(HolderRow) == 48, "a field was added: archive it");
  io(x.last, x.permitted, x.categories, x.lane, x.next, x.end_told);
}

template <class A>
void describe(A& io, DutyRow& x) {
  static_assert(sizeof(DutyRow) == 48, "a field was added: archive it");
  io(x.permit, x.until, x.cause_seq, x.recipient, x.before, x.cause, x.open);
}

template <class A>
void describe(A& io, NotificationRow& x) {
  static_assert(sizeof(NotificationRow) == 40, "a field was added: archive it");
  io(x.seq, x.confirmed, x.subject, x.recipient, x.lane, x.deadline, x.reply, x.ground);
}

template <class A>
void describe(A& io, RequestRow& x) {
  static_assert(sizeof(RequestRow) == 48, "a field was added: archive it");
  io(x.id, x.opened, x.closed, x.subject, x.deadline, x.article, x.outcome, x.open, x.extended);
}

template <class A>
void describe(A& io, RectifiedRow& x) {
  static_assert(sizeof(RectifiedRow) == 24, "a field was added: archive it");
  io(x.at, x.right, x.subject);
}

template <class A>
void describe(A& io, PausedRow& x) {
  static_assert(sizeof(PausedRow) == 16, "a field was added: archive it");
  io(x.seq, x.name);
}

template <class A>
void describe(A& io, AnchorRow& x) {
  static_assert(sizeof(AnchorRow) == 16, "a field was added: archive it");
  io(x.name, x.last);
}

template <class A>
void describe(A& io, ConsentRow& x) {
  static_assert(sizeof(ConsentRow) == 48, "a field was added: archive it");
  io(x.id, x.seq, x.categories, x.subject, x.lane, x.valid_until, x.given);
}

template <class A>
void describe(A& io, RecordRow& x) {
  static_assert(sizeof(RecordRow) == 40, "a field was added: archive it");
  io(x.id, x.seq, x.subject, x.centre, x.users);
}

template <class A, class T, auto id_member>
void describe(A& io, Table<T, id_member>& x) {
  x.archive(io);
}

template <class A>
void describe(A& io, Interner& x) {
  x.archive(io);
}

template <class A>
void describe(A& io, History::LastIds& x) {
  io(x.record, x.transfer, x.consent);
}

template <class A>
void describe(A& io, History::Counts& x) {
  static_assert(sizeof(History::Counts) == 16 * 8, "a field was added: archive it");
  io(x.permits, x.permits_on_consent, x.decisions, x.subjects, x.records, x.consents, x.transfers, x.notifications);
}

template <class A>
void describe(A& io, LedgerOpened& x) {
  static_assert(sizeof(LedgerOpened) == 96, "a field was added: archive it");
  io(x.origin, x.software, x.vkey);
}

template <class A>
void describe(A& io, ConfigActivated& x) {
  static_assert(sizeof(ConfigActivated) == 80, "a field was added: archive it");
  io(x.environment, x.sha256, x.anchoring, x.longest_hold_days);
}

template <class A>
void describe(A& io, Purpose& x) {
  static_assert(sizeof(Purpose) == 224, "a field was added: archive it");
  io(x.id, x.recipient, x.basis_sender, x.basis_recipient, x.consent_required, x.minors_allowed, x.required);
  io(x.optional, x.rule, x.valid_from, x.valid_until, x.bodies);
}

template <class A>
void describe(A& io, RecipientBody& x) {
  static_assert(sizeof(RecipientBody) == 104, "a field was added: archive it");
  io(x.body, x.regions, x.municipalities, x.languages);
}

template <class A>
void describe(A& io, Party& x) {
  static_assert(sizeof(Party) == 128, "a field was added: archive it");
  io(x.body, x.dpo, x.name, x.role);
}

template <class A>
void describe(A& io, Advice& x) {
  static_assert(sizeof(Advice) == 104, "a field was added: archive it");
  io(x.party, x.outcome, x.date, x.sha256);
}

template <class A>
void describe(A& io, Agreement& x) {
  static_assert(sizeof(Agreement) == 696, "a field was added: archive it");
  io(x.id, x.type, x.direction, x.controller, x.recipient, x.recipient_body, x.purposes, x.categories, x.centres);
  io(x.regions, x.municipalities, x.valid_from, x.valid_until, x.sample, x.parties, x.basis, x.recipients, x.format);
  io(x.channel, x.periodicity, x.measures, x.rights, x.retention, x.sanctions, x.publication_url, x.document);
  io(x.advices);
}

template <class A>
void describe(A& io, Rule& x) {
  static_assert(sizeof(Rule) == 256, "a field was added: archive it");
  io(x.id, x.version, x.algorithm, x.waiting_months, x.statuses, x.excluded_statuses, x.excluded_tracks, x.documents);
  io(x.facts_max_age_days, x.source, x.valid_from, x.valid_until);
}

template <class A>
void describe(A& io, MappingActivated& x) {
  static_assert(sizeof(MappingActivated) == 192, "a field was added: archive it");
  io(x.mapping, x.version, x.hash, x.message, x.recipient, x.purposes, x.categories);
}

template <class A, class T>
void describe(A& io, Registered<T>& x) {
  io(x.seq, x.value, x.current);
}

template <class A>
void describe(A& io, KeyHistory& x) {
  std::vector<std::uint64_t> from_sizes;
  std::vector<std::string> vkeys;
  for (const auto& period : x.periods()) {
    from_sizes.push_back(period.from_size);
    vkeys.push_back(period.key.text());
  }
  io(from_sizes, vkeys);
  if constexpr (A::reads) x.restore(from_sizes, vkeys);
}

template <class A>
void describe(A& io, HistoryState& x) {
  static_assert(sizeof(HistoryState) == 2608, "a table was added: archive it");
  io(x.size, x.last_time, x.last_id, x.last_ids, x.opened, x.names, x.lanes);
  if constexpr (A::reads)
    for (Row row = 0; row < x.lanes.size(); ++row) x.lane_rows.emplace(x.lanes[row], row);
  io(x.subjects, x.records, x.consents, x.transfers, x.built, x.cells, x.asked, x.holders, x.duties, x.first_duty);
  io(x.notifications, x.requests, x.marks, x.last_number_change, x.continued, x.rectified, x.agreements, x.purposes,
     x.rules, x.mappings);
  io(x.configuration);
  io(x.anchoring_began, x.anchors, x.paused, x.counts, x.keys);
}

std::string History::save() const {
  ArchiveMeter meter;
  meter(*state_);
  ArchiveWriter out(meter.size());
  out(*state_);
  return out.take();
}

std::optional<History> History::load(std::string_view bytes) {
  History history;
  ArchiveReader in(bytes);
  in(*history.state_);
  if (!in.finished() || (history.size() > 0 && history.state_->keys.periods().empty())) return std::nullopt;
  return history;
}

std::string History::layout() {
  return std::to_string(layout_version) + '/' + std::to_string(sizeof(HistoryState)) + '/' +
         std::to_string(category_count) + '/' + std::to_string(reason_count);
}

}  // namespace ketenpoort::ledger
