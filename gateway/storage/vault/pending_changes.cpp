#include "gateway/storage/vault/pending_changes.hpp"

#include <algorithm>
#include <utility>

#include "gateway/exchange/facilities/ports.hpp"
#include "gateway/storage/master_key.hpp"

namespace ketenpoort::storage {
namespace {

// A node of a map with its links, beside the row itself.
constexpr std::size_t node_overhead = 48;

std::size_t size_of(const StoredSubject& row) {
  std::size_t size = sizeof row + node_overhead;
  for (const auto& key : row.keys) size += key.size();
  return size;
}
std::size_t size_of(const StoredIdentifier& row) {
  return sizeof row + node_overhead;
}
std::size_t size_of(const std::optional<StoredRecord>& row) {
  return sizeof row + node_overhead + (row ? row->sealed.size() : 0);
}
std::size_t size_of(const StoredReply& row) {
  return sizeof row + node_overhead + row.sealed.size();
}
std::size_t size_of(const std::optional<StoredPayload>& row) {
  return sizeof row + node_overhead + (row ? row->sealed.size() + row->content_type.size() : 0);
}

std::size_t size_of(const std::optional<StoredDecision>& row) {
  return sizeof row + node_overhead + (row ? row->sealed.size() : 0);
}
std::size_t size_of(const ErasedSubject& row) {
  return sizeof row + node_overhead + (row.suppressed.size() + row.marks.size()) * sizeof(Digest);
}
template <class Small>
std::size_t size_of(const Small& row) {
  return sizeof row + node_overhead;
}

template <class Map>
void replace(Map& map, std::size_t& bytes, const typename Map::key_type& key, typename Map::mapped_type row) {
  bytes += size_of(row);
  const auto [at, added] = map.try_emplace(key, std::move(row));
  if (added) return;
  bytes -= size_of(at->second);
  at->second = std::move(row);
}

// Drops the sealed rows of one subject, and wipes their bytes.
template <class Map>
void take_back(Map& rows, std::size_t& bytes, const SubjectRef& subject) {
  for (auto& [id, row] : rows) {
    if (!row || row->subject != subject) continue;
    bytes -= size_of(row);
    wipe(row->sealed);
    row.reset();
    bytes += size_of(row);
  }
}

void erase_from(Generation& into, const ErasedSubject& erased) {
  if (const auto at = into.subjects.find(erased.subject); at != into.subjects.end())
    for (std::size_t i = 0; i < key_class_count; ++i)
      if (erased.classes.contains(static_cast<KeyClass>(i))) {
        into.bytes -= at->second.keys[i].size();
        wipe(at->second.keys[i]);
        at->second.keys[i].clear();
      }
  if (erased.classes.contains(KeyClass::payload)) {
    take_back(into.records, into.bytes, erased.subject);
    take_back(into.payloads, into.bytes, erased.subject);
  }
  take_back(into.decisions, into.bytes, erased.subject);
  if (!erased.classes.contains(KeyClass::directory)) return;
  const auto take_number = [&](const auto& one) {
    if (one.second.subject != erased.subject) return false;
    into.bytes -= size_of(one.second);
    return true;
  };
  std::erase_if(into.identifiers, take_number);
  std::erase_if(into.numbers, [&](const auto& one) {
    if (take_number(one)) return true;
    const bool is_borne = one.second.state == static_cast<std::uint8_t>(exchange::NumberDecision::State::borne);
    if (is_borne || std::ranges::find(erased.marks, one.first.first) == erased.marks.end()) return false;
    into.bytes -= size_of(one.second);
    return true;
  });
}

struct Put {
  Generation& into;
  void operator()(StoredSubject row) const {
    replace(into.subjects, into.bytes, SubjectRef(row.subject), std::move(row));
  }
  void operator()(StoredIdentifier row) const {
    replace(into.identifiers, into.bytes, Digest(row.mark), std::move(row));
  }
  void operator()(StoredRecord row) const { replace(into.records, into.bytes, RecordId(row.record), std::move(row)); }
  void operator()(StoredPayload row) const {
    replace(into.payloads, into.bytes, TransferId(row.transfer), std::move(row));
  }
  void operator()(const DroppedPayload& row) const { replace(into.payloads, into.bytes, row.transfer, std::nullopt); }
  void operator()(StoredReply row) const { replace(into.replies, into.bytes, Digest(row.key), std::move(row)); }
  void operator()(const DroppedRecord& row) const { replace(into.records, into.bytes, row.record, std::nullopt); }
  void operator()(ErasedSubject row) const {
    erase_from(into, row);
    if (const auto before = into.erasures.find(row.subject); before != into.erasures.end()) {
      row.classes = row.classes | before->second.classes;
      row.suppress = row.suppress || before->second.suppress;
      row.marks.insert(row.marks.end(), before->second.marks.begin(), before->second.marks.end());
      row.suppressed.insert(row.suppressed.end(), before->second.suppressed.begin(), before->second.suppressed.end());
    }
    into.purges.erase(row.subject);
    replace(into.erasures, into.bytes, SubjectRef(row.subject), std::move(row));
  }
  void operator()(const PurgedSubject& row) const { replace(into.purges, into.bytes, row.subject, row); }
  void operator()(StoredDecision row) const { replace(into.decisions, into.bytes, Uuid(row.decision), std::move(row)); }
  void operator()(const DroppedDecision& row) const { replace(into.decisions, into.bytes, row.decision, std::nullopt); }
  void operator()(const StoredNumber& row) const {
    // Whatever said before whose it is has been overtaken.
    if (const auto at = into.identifiers.find(row.mark);
        at != into.identifiers.end() && at->second.subject == row.subject) {
      into.bytes -= size_of(at->second);
      into.identifiers.erase(at);
    }
    replace(into.numbers, into.bytes, {row.mark, row.subject}, row);
  }
  void operator()(const StoredStayEnd& row) const { replace(into.stay_ends, into.bytes, row.subject, row); }
  void operator()(StoredFigure row) const { replace(into.figures, into.bytes, Uuid(row.id), std::move(row)); }
};

}  // namespace

void Generation::put(Change change) {
  std::visit(Put{*this}, std::move(change));
}

void PendingChanges::add(std::uint64_t batch, std::vector<Change> changes) {
  const std::lock_guard lock(mutex_);
  for (auto& change : changes) coming_.put(std::move(change));
  coming_.through = std::max(coming_.through, batch);
}

void PendingChanges::note(std::uint64_t batch) {
  const std::lock_guard lock(mutex_);
  if (batch > leaving_.through) coming_.through = std::max(coming_.through, batch);
}

const Generation* PendingChanges::begin() {
  const std::lock_guard lock(mutex_);
  if (leaving_.through != 0) return &leaving_;
  if (coming_.through == 0) return nullptr;
  std::swap(coming_, leaving_);
  return &leaving_;
}

void PendingChanges::applied() {
  Generation done;  // freed outside the lock
  const std::lock_guard lock(mutex_);
  std::swap(done, leaving_);
}

std::size_t PendingChanges::bytes() const {
  const std::lock_guard lock(mutex_);
  return coming_.bytes + leaving_.bytes;
}

template <class Map>
std::optional<typename Map::mapped_type> PendingChanges::find(Map Generation::*map,
                                                              const typename Map::key_type& key) const {
  const std::lock_guard lock(mutex_);
  for (const auto* generation : {&coming_, &leaving_}) {
    const auto& rows = generation->*map;
    if (const auto at = rows.find(key); at != rows.end()) return at->second;
  }
  return std::nullopt;
}

std::optional<StoredSubject> PendingChanges::subject(const SubjectRef& subject) const {
  return find(&Generation::subjects, subject);
}

std::optional<std::optional<StoredRecord>> PendingChanges::record(const RecordId& record) const {
  return find(&Generation::records, record);
}

std::optional<std::optional<StoredPayload>> PendingChanges::payload(const TransferId& transfer) const {
  return find(&Generation::payloads, transfer);
}

std::optional<StoredReply> PendingChanges::reply(const Digest& key) const {
  return find(&Generation::replies, key);
}

std::vector<StoredFigure> PendingChanges::figures() const {
  const std::lock_guard lock(mutex_);
  std::vector<StoredFigure> out;
  for (const auto* generation : {&leaving_, &coming_})
    for (const auto& [id, row] : generation->figures) out.push_back(row);
  return out;
}

}  // namespace ketenpoort::storage
