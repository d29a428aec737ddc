#include "gateway/ledger/history/history.hpp"

#include <algorithm>
#include <numeric>

#include "gateway/ledger/history/history_state.hpp"

namespace ketenpoort::ledger {

History::History(Reader reader) : state_(std::make_unique<HistoryState>()) {
  state_->enforces_deadlines = reader == Reader::verifier;
}
History::~History() = default;
History::History(History&&) noexcept = default;
History& History::operator=(History&&) noexcept = default;

std::uint64_t History::size() const {
  return state_->size;
}
Timestamp History::last_time() const {
  return state_->last_time;
}
Uuid History::last_id() const {
  return state_->last_id;
}
History::LastIds History::last_ids() const {
  return state_->last_ids;
}
const LedgerOpened* History::opened() const {
  return state_->opened ? &*state_->opened : nullptr;
}
const KeyHistory& History::keys() const {
  return state_->keys;
}
History::Counts History::counts() const {
  return state_->counts;
}

std::optional<History::Cell> History::cell(const SubjectRef& subject, std::string_view purpose,
                                           std::string_view recipient) const {
  const Row row = state_->find_cell(state_->subjects.find(subject), state_->find_lane(recipient, purpose, ""));
  if (row == no_row) return std::nullopt;
  const auto& cell = state_->cells[row];
  return Cell{cell.seq,
              state_->consents[cell.consent].id,
              cell.state,
              cell.categories,
              cell.valid_until.date(),
              cell.representative,
              state_->names.text(cell.read_in),
              cell.said_on.date()};
}

std::optional<History::ConsentRecord> History::consent(const ConsentId& id) const {
  const Row row = state_->consents.find(id);
  if (row == no_row) return std::nullopt;
  const auto& from = state_->consents[row];
  const auto& lane = state_->lanes[from.lane];
  return ConsentRecord{.id = from.id,
                       .subject = state_->subjects[from.subject].ref,
                       .purpose = state_->names.text(lane.purpose),
                       .recipient = state_->names.text(lane.recipient),
                       .seq = from.seq,
                       .given = from.given,
                       .categories = from.categories,
                       .valid_until = from.valid_until.date()};
}

std::optional<History::Transfer> History::transfer(const TransferId& id) const {
  const Row row = state_->transfers.find(id);
  return row == no_row ? std::nullopt : std::optional{state_->transfer(row)};
}

std::optional<Seq> History::rectified_since(const TransferId& id) const {
  const Row row = state_->transfers.find(id);
  if (row == no_row) return std::nullopt;
  const auto& transfer = state_->transfers[row];
  const auto asked = transfer.seqs.list().front();
  const auto record = state_->records[transfer.record].seq;
  for (auto one = state_->rectified.rbegin(); one != state_->rectified.rend() && one->at > asked; ++one)
    if (one->subject == transfer.subject && one->right != record) return one->at;
  return std::nullopt;
}

std::vector<History::Cell> History::cells_of(const SubjectRef& subject) const {
  std::vector<Cell> out;
  const Row owner = state_->subjects.find(subject);
  if (owner == no_row) return out;
  for (Row at = state_->subjects[owner].first_cell; at != no_row; at = state_->cells[at].next) {
    const auto& cell = state_->cells[at];
    const auto& lane = state_->lanes[cell.lane];
    out.push_back(*this->cell(subject, state_->names.text(lane.purpose), state_->names.text(lane.recipient)));
  }
  return out;
}

std::uint64_t History::transfer_count() const {
  const auto& counts = state_->counts.transfers;
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

std::optional<TransferId> History::last_requested(const SubjectRef& subject, std::string_view recipient,
                                                  std::string_view purpose, std::string_view message) const {
  const Row row = state_->find_asked(state_->subjects.find(subject), state_->find_lane(recipient, purpose, message));
  return row == no_row ? std::nullopt : std::optional{state_->asked[row].last};
}

std::vector<TransferId> History::transfers_of(const SubjectRef& subject) const {
  std::vector<TransferId> out;
  const Row owner = state_->subjects.find(subject);
  if (owner == no_row) return out;
  for (Row at = state_->subjects[owner].last_transfer; at != no_row; at = state_->transfers[at].before)
    out.push_back(state_->transfers[at].id);
  return out;
}

std::vector<TransferId> History::open_transfers() const {
  std::vector<TransferId> out;
  for (Row at = 0; at < state_->transfers.places(); ++at) {
    const auto& transfer = state_->transfers[at];
    if (!state_->transfers.is_free(at) && !is_final(transfer.state) && transfer.state != TransferState::delivered)
      out.push_back(transfer.id);
  }
  std::sort(out.begin(), out.end());  // in the order of their requests
  return out;
}

std::optional<TransferId> History::waiting_transfer(const SubjectRef& subject, std::string_view recipient,
                                                    std::string_view purpose, std::string_view message) const {
  const Row owner = state_->subjects.find(subject);
  const Row lane = state_->find_lane(recipient, purpose, message);
  if (owner == no_row || lane == no_row) return std::nullopt;
  for (Row at = state_->subjects[owner].last_transfer; at != no_row; at = state_->transfers[at].before) {
    const auto& transfer = state_->transfers[at];
    if (transfer.lane == lane && is_waiting(transfer.state)) return transfer.id;
  }
  return std::nullopt;
}

std::vector<const RegisteredAgreement*> History::agreements_with(std::string_view recipient) const {
  std::vector<const RegisteredAgreement*> out;
  for (const auto& agreement : state_->agreements)
    if (agreement.value.recipient == recipient) out.push_back(&agreement);
  return out;
}

const RegisteredAgreement* History::current_agreement(std::string_view id) const {
  for (const auto& agreement : state_->agreements)
    if (agreement.current && agreement.value.id == id) return &agreement;
  return nullptr;
}

const RegisteredAgreement* History::agreement_at(Seq seq) const {
  return HistoryState::at(state_->agreements, seq);
}

std::vector<const RegisteredAgreement*> History::find_agreements(std::string_view recipient,
                                                                 std::string_view purpose) const {
  std::vector<const RegisteredAgreement*> out;
  for (auto at = state_->agreements.rbegin(); at != state_->agreements.rend(); ++at) {
    const auto& purposes = at->value.purposes;
    if (at->current && at->value.recipient == recipient &&
        std::find(purposes.begin(), purposes.end(), purpose) != purposes.end())
      out.push_back(&*at);
  }
  return out;
}

const RegisteredPurpose* History::find_purpose(std::string_view id, std::string_view recipient, Date on) const {
  return state_->purpose_on(id, recipient, on);
}

const RegisteredRule* History::find_rule(std::string_view id, Date on) const {
  return state_->rule_on(id, on);
}

const RegisteredMapping* History::mapping_at(Seq seq) const {
  return HistoryState::at(state_->mappings, seq);
}

const RegisteredMapping* History::find_mapping(const MappingActivated& content) const {
  for (auto at = state_->mappings.rbegin(); at != state_->mappings.rend(); ++at)
    if (at->value == content) return &*at;
  return nullptr;
}

namespace {

template <class T>
std::vector<const Registered<T>*> current_of(const std::deque<Registered<T>>& list) {
  std::vector<const Registered<T>*> out;
  for (const auto& item : list)
    if (item.current) out.push_back(&item);
  return out;
}

}  // namespace

std::vector<const RegisteredPurpose*> History::purposes() const {
  return current_of(state_->purposes);
}
std::vector<const RegisteredRule*> History::rules() const {
  return current_of(state_->rules);
}
std::vector<const RegisteredMapping*> History::mappings() const {
  return current_of(state_->mappings);
}

bool History::is_restricted(const SubjectRef& subject) const {
  const Row row = state_->subjects.find(subject);
  return row != no_row && state_->is_restricted(row);
}

bool History::is_erased(const SubjectRef& subject) const {
  const Row row = state_->subjects.find(subject);
  return row != no_row && state_->subjects[row].erased;
}

bool History::knows(const SubjectRef& subject) const {
  return state_->subjects.find(subject) != no_row;
}

std::optional<SubjectRef> History::subject_of_request(const Uuid& request) const {
  const Row row = state_->requests.find(request);
  if (row == no_row || !state_->requests[row].open) return std::nullopt;
  return state_->subjects[state_->requests[row].subject].ref;
}

namespace {

History::Request to_request(const HistoryState& state, const RequestRow& row) {
  return {.id = row.id,
          .subject = state.subjects[row.subject].ref,
          .article = row.article,
          .deadline = *row.deadline.date(),
          .extended = row.extended,
          .opened = row.opened,
          .closed = row.open ? std::nullopt : std::optional(row.closed),
          .outcome = row.open ? std::string_view{} : request_outcomes[row.outcome]};
}

}  // namespace

std::optional<std::string_view> History::restriction_ground(const SubjectRef& subject) const {
  const Row row = state_->subjects.find(subject);
  if (row == no_row || state_->subjects[row].restricted == 0) return std::nullopt;
  return restriction_grounds[state_->subjects[row].restricted - 1U];
}

std::optional<History::Request> History::request(const Uuid& id) const {
  const Row row = state_->requests.find(id);
  if (row == no_row) return std::nullopt;
  return to_request(*state_, state_->requests[row]);
}

std::vector<History::Request> History::requests() const {
  std::vector<Request> out;
  for (Row row = 0; row < state_->requests.places(); ++row) out.push_back(to_request(*state_, state_->requests[row]));
  return out;
}

std::uint64_t History::open_requests() const {
  std::uint64_t open = 0;
  for (Row row = 0; row < state_->requests.places(); ++row) open += state_->requests[row].open ? 1 : 0;
  return open;
}

std::uint64_t History::overdue_requests(Date on) const {
  std::uint64_t overdue = 0;
  for (Row row = 0; row < state_->requests.places(); ++row)
    if (state_->requests[row].open && *state_->requests[row].deadline.date() < on) ++overdue;
  return overdue;
}

std::optional<SubjectRef> History::owner_of_number(const SubjectRef& mark) const {
  const Row row = state_->marks.find(mark);
  if (row == no_row || state_->marks[row].subject == no_row) return std::nullopt;
  return state_->subjects[state_->marks[row].subject].ref;
}

Seq History::last_number_change() const {
  return state_->last_number_change;
}

std::vector<SubjectRef> History::numbers_passed_between(const SubjectRef& subject) const {
  std::vector<SubjectRef> out;
  const Row self = state_->subjects.find(subject);
  if (self == no_row) return out;
  const auto& marks = state_->marks;
  for (Row row = 0; row < marks.places(); ++row) {
    if (marks.is_free(row)) continue;
    const auto [from, to] = std::pair(marks[row].left, marks[row].subject);
    if (from == no_row || to == no_row || from == to) continue;
    if (from == self || to == self) out.push_back(state_->subjects[from == self ? to : from].ref);
  }
  return out;
}

std::vector<SubjectRef> History::same_person(const SubjectRef& subject) const {
  Row root = state_->subjects.find(subject);
  if (root == no_row) return {subject};
  const auto& continued = state_->continued;
  const auto next = [&](Row row) { return std::ranges::find(continued, row, &ContinuedRow::from); };
  for (auto at = next(root); at != continued.end(); at = next(root)) root = at->by;
  std::vector<Row> rows{root};
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (const auto& one : continued)
      if (one.by == rows[i]) rows.push_back(one.from);
  std::vector<SubjectRef> out;
  for (const Row row : rows) out.push_back(state_->subjects[row].ref);
  return out;
}

KeyClassSet History::erased_classes(const SubjectRef& subject) const {
  const Row row = state_->subjects.find(subject);
  return row == no_row ? KeyClassSet{} : state_->subjects[row].erased_classes;
}

std::vector<History::Erasure> History::erasures() const {
  std::vector<Erasure> out;
  for (Row row = 0; row < state_->subjects.size(); ++row) {
    const auto& subject = state_->subjects[row];
    if (subject.erased) out.push_back({subject.ref, subject.erased_classes, subject.retired});
  }
  return out;
}

std::vector<History::Holding> History::holdings(const SubjectRef& subject) const {
  std::vector<Holding> out;
  const Row owner = state_->subjects.find(subject);
  if (owner == no_row) return out;
  const auto holding = [&](Row lane, const CategorySet& categories, const TransferId& last, bool under_permit,
                           bool end_told) {
    const auto& on = state_->lanes[lane];
    out.push_back(
        {state_->names.text(on.recipient), state_->names.text(on.purpose), categories, last, under_permit, end_told});
  };
  for (Row at = state_->subjects[owner].first_holder; at != no_row; at = state_->holders[at].next)
    if (!state_->holders[at].categories.empty())
      holding(state_->holders[at].lane, state_->holders[at].categories, state_->holders[at].last, false,
              state_->holders[at].end_told);
  for (Row at = state_->subjects[owner].last_transfer; at != no_row; at = state_->transfers[at].before) {
    const auto& transfer = state_->transfers[at];
    if (transfer.state == TransferState::permitted) holding(transfer.lane, transfer.sent, transfer.id, true, false);
  }
  return out;
}

std::uint64_t History::open_duties() const {
  return static_cast<std::uint64_t>(std::ranges::count_if(state_->duties, &DutyRow::open));
}

std::uint64_t History::sealed_decisions(const SubjectRef& subject) const {
  const Row row = state_->subjects.find(subject);
  return row == no_row ? 0 : state_->subjects[row].sealed_decisions;
}

std::optional<Timestamp> History::anchors_confirmed_at() const {
  return state_->confirmed_at();
}
bool History::is_anchor_stale(Timestamp at) const {
  return state_->is_anchor_stale(at);
}

const ConfigActivated* History::configuration() const {
  return state_->configuration ? &*state_->configuration : nullptr;
}

std::uint32_t History::longest_hold_days() const {
  return state_->configuration ? state_->configuration->longest_hold_days : ConfigActivated{}.longest_hold_days;
}

std::optional<Seq> History::paused_by(std::string_view recipient) const {
  const auto name = state_->names.find(recipient);
  if (!name) return std::nullopt;
  const auto found = std::ranges::find(state_->paused, *name, &PausedRow::name);
  return found == state_->paused.end() ? std::nullopt : std::optional(found->seq);
}

bool History::is_paused(std::string_view recipient) const {
  return !state_->paused.empty() && paused_by(recipient).has_value();
}

std::optional<History::RecordInfo> History::record(const RecordId& id) const {
  const Row row = state_->records.find(id);
  if (row == no_row) return std::nullopt;
  const auto& record = state_->records[row];
  return RecordInfo{record.id, state_->subjects[record.subject].ref, record.seq, state_->names.text(record.centre)};
}

std::optional<History::RecordInfo> History::latest_record(const SubjectRef& subject) const {
  const Row row = state_->subjects.find(subject);
  if (row == no_row || state_->subjects[row].last_record == no_row) return std::nullopt;
  return record(state_->records[state_->subjects[row].last_record].id);
}

}  // namespace ketenpoort::ledger
