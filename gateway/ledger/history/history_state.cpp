#include "gateway/ledger/history/history_state.hpp"

#include <algorithm>
#include <functional>

namespace ketenpoort::ledger {

Row Interner::add(std::string_view text) {
  if (const auto known = find(text)) return *known;
  const auto number = static_cast<Row>(texts_.size());
  rows_.emplace(texts_.emplace_back(text), number);
  return number;
}

std::optional<Row> Interner::find(std::string_view text) const {
  const auto found = rows_.find(text);
  return found == rows_.end() ? std::nullopt : std::optional{found->second};
}

PackedDate::PackedDate(const std::optional<Date>& date) {
  if (date) days_ = static_cast<std::int32_t>(std::chrono::sys_days{*date}.time_since_epoch().count());
}

std::optional<Date> PackedDate::date() const {
  if (days_ == none) return std::nullopt;
  return Date{std::chrono::sys_days{std::chrono::days{days_}}};
}

void SeqList::add(Seq seq) {
  Seq difference = seq - last_;
  last_ = seq;
  for (; difference >= 0x80; difference >>= 7) bytes_ += static_cast<char>(0x80 | (difference & 0x7F));
  bytes_ += static_cast<char>(difference);
}

std::vector<Seq> SeqList::list() const {
  std::vector<Seq> out;
  Seq seq = 0;
  Seq difference = 0;
  unsigned shift = 0;
  for (const char c : bytes_) {
    const auto byte = static_cast<std::uint8_t>(c);
    difference |= Seq{byte & 0x7FU} << shift;
    shift += 7;
    if ((byte & 0x80) != 0) continue;
    seq += difference;
    out.push_back(seq);
    difference = 0;
    shift = 0;
  }
  return out;
}

// Category byte, reason, zero byte; reasons are canonical strings and hold no zero byte (the reader of bodies sees to
// it).
std::string pack(const std::vector<LeftOut>& left_out) {
  std::string out;
  for (const auto& left : left_out) {
    out += static_cast<char>(left.category);
    out += left.reason;
    out += '\0';
  }
  return out;
}

std::vector<LeftOut> unpack(std::string_view packed) {
  std::vector<LeftOut> out;
  while (!packed.empty()) {
    const auto end = packed.find('\0', 1);
    out.push_back({static_cast<Category>(packed.front()), std::string(packed.substr(1, end - 1))});
    packed.remove_prefix(end + 1);
  }
  return out;
}

Row HistoryState::lane(const Lane& key) {
  const auto [at, is_new] = lane_rows.try_emplace(key, static_cast<Row>(lanes.size()));
  if (is_new) lanes.push_back(key);
  return at->second;
}

Row HistoryState::lane(std::string_view recipient, std::string_view purpose, std::string_view message) {
  return lane({names.add(recipient), names.add(purpose), names.add(message)});
}

Row HistoryState::find_lane(std::string_view recipient, std::string_view purpose, std::string_view message) const {
  const auto r = names.find(recipient);
  const auto p = names.find(purpose);
  const auto m = names.find(message);
  if (!r || !p || !m) return no_row;
  const auto found = lane_rows.find({*r, *p, *m});
  return found == lane_rows.end() ? no_row : found->second;
}

Row HistoryState::find_cell(Row subject_row, Row cell_lane) const {
  if (subject_row == no_row || cell_lane == no_row) return no_row;
  Row at = subjects[subject_row].first_cell;
  while (at != no_row && cells[at].lane != cell_lane) at = cells[at].next;
  return at;
}

Row HistoryState::subject(const SubjectRef& ref) {
  const Row known = subjects.find(ref);
  return known != no_row ? known : add(subjects, {.ref = ref});
}

Row HistoryState::find_asked(Row subject_row, Row lane) const {
  if (subject_row == no_row || lane == no_row) return no_row;
  Row at = subjects[subject_row].first_asked;
  while (at != no_row && asked[at].lane != lane) at = asked[at].next;
  return at;
}

bool HistoryState::is_restricted(Row subject) const {
  if (subjects[subject].restricted != 0) return true;
  // Nobody is continued in a circle: who is continued has no number, and who continues has one.
  return std::ranges::any_of(continued, [&](const auto& one) { return one.by == subject && is_restricted(one.from); });
}

History::Transfer HistoryState::transfer(Row row) const {
  const auto& from = transfers[row];
  const auto& on = lanes[from.lane];
  History::Transfer out{.id = from.id,
                        .subject = subjects[from.subject].ref,
                        .record = records[from.record].id,
                        .referral = from.referral,
                        .recipient = names.text(on.recipient),
                        .purpose = names.text(on.purpose),
                        .message = names.text(on.message),
                        .state = from.state,
                        .reasons = {},
                        .held_until = from.held_until.date(),
                        .requested = from.requested,
                        .attempts = from.attempts,
                        .may_have_arrived = from.may_have_arrived,
                        .sent = from.sent,
                        .left_out = unpack(names.text(from.left_out)),
                        .mapping = {},
                        .mapping_version = {},
                        .mapping_seq = 0,
                        .seqs = from.seqs.list(),
                        .changed = from.changed,
                        .retry_at = std::nullopt,
                        .reference = from.reference};
  for (const char reason : names.text(from.reasons)) out.reasons.push_back(static_cast<Reason>(reason));
  if (from.mapping != no_row) {
    out.mapping = mappings[from.mapping].value.mapping;
    out.mapping_version = mappings[from.mapping].value.version;
    out.mapping_seq = mappings[from.mapping].seq;
  }
  if (from.retry_at != Timestamp{}) out.retry_at = from.retry_at;
  return out;
}

// The quorum-th newest of the anchors' last words; with fewer anchors, when anchoring began.
std::optional<Timestamp> HistoryState::confirmed_at() const {
  if (!configuration || !configuration->anchoring) return std::nullopt;
  const auto quorum = std::max(configuration->anchoring->quorum, 1U);
  std::vector<Timestamp> words;
  for (const auto& anchor : anchors) words.push_back(std::max(anchor.last, anchoring_began));
  if (words.size() < quorum) return anchoring_began;
  std::ranges::sort(words, std::greater{});
  return words[quorum - 1];
}

bool HistoryState::is_anchor_stale(Timestamp at) const {
  if (!configuration || !configuration->anchoring) return false;
  const auto& anchoring = *configuration->anchoring;
  const auto oldest = at - std::chrono::seconds{anchoring.max_age_seconds};
  if (oldest <= anchoring_began) return false;
  std::uint32_t young = 0;
  for (const auto& anchor : anchors) young += oldest <= anchor.last ? 1U : 0U;
  return young < std::max(anchoring.quorum, 1U);
}

const RegisteredPurpose* HistoryState::purpose_on(std::string_view id, std::string_view recipient, Date on) const {
  for (auto at = purposes.rbegin(); at != purposes.rend(); ++at) {
    const auto& purpose = at->value;
    if (at->current && purpose.id == id && purpose.recipient == recipient &&
        covers(purpose.valid_from, purpose.valid_until, on))
      return &*at;
  }
  return nullptr;
}

const RegisteredRule* HistoryState::rule_on(std::string_view id, Date on) const {
  for (auto at = rules.rbegin(); at != rules.rend(); ++at)
    if (at->current && at->value.id == id && covers(at->value.valid_from, at->value.valid_until, on)) return &*at;
  return nullptr;
}

}  // namespace ketenpoort::ledger
