// Questions about events: entries of a few kinds, and dates that passed, of one organisation's records.
#include <fmt/format.h>

#include <algorithm>

#include "gateway/audit/columns.hpp"
#include "gateway/audit/index_reader.hpp"
#include "gateway/base/bytes.hpp"

namespace ketenpoort::audit {
namespace {

using ledger::Seq;

// So many entries are looked at in one go, however few of them are an organisation's.
constexpr Seq entries_at_once = 20'000;

constexpr std::string_view kinds_told =
    "('transfer.held', 'transfer.refused', 'transfer.delivered', 'transfer.acknowledged', 'transfer.failed', "
    "'transfer.abandoned', 'transfer.cancelled', 'outcome.received', 'consent.withdrawn', 'recipient.notified', "
    "'recipient.confirmed')";

constexpr std::string_view names_of_matter =
    "LEFT JOIN name p ON p.number = t.purpose LEFT JOIN name m ON m.number = t.message ";

std::optional<Uuid> id_of(ByteView blob) {
  if (blob.size() != 16) return std::nullopt;
  Uuid id;
  std::copy(blob.begin(), blob.end(), id.bytes.begin());
  return id;
}

Timestamp moment(std::int64_t milliseconds) {
  return Timestamp{std::chrono::milliseconds{milliseconds}};
}

// Columns `first` and on: transfer, record, recipient, purpose, message.
EventMatter read_matter(const Statement& row, int first) {
  return {id_of(row.blob(first)), id_of(row.blob(first + 1)), std::string(row.text(first + 2)),
          std::string(row.text(first + 3)), std::string(row.text(first + 4))};
}

}  // namespace

Result<EntryEvents> IndexReader::entry_events(const EntryEventQuery& query) {
  const auto whole = size();
  if (!whole) return fail(whole.error());
  EntryEvents out;
  out.next = std::min(*whole, query.from + entries_at_once);
  const auto organisation = number_of_name(query.organisation);
  if (!organisation) return fail(organisation.error());
  if (!*organisation) return out;
  // Of a person as a whole every organisation hears that sent records of theirs, of whom recipients were told only
  // those that referred to that recipient.
  auto statement = database_.prepare(
      fmt::format("SELECT e.seq, e.place, e.time, k.text, t.id, r.id, n.text, p.text, m.text, "
                  "e.transfer IS NULL AND k.text <> 'consent.withdrawn' AND "
                  "EXISTS (SELECT 1 FROM record o WHERE o.subject = e.subject AND o.organisation <> ?3), e.subject "
                  "FROM entry e CROSS JOIN name k ON k.number = e.kind LEFT JOIN transfer t ON t.number = e.transfer "
                  "LEFT JOIN record r ON r.number = ifnull(t.record, (SELECT max(x.number) FROM record x "
                  "WHERE x.subject = e.subject AND x.seq < e.seq AND x.organisation = ?3)) "
                  "LEFT JOIN name n ON n.number = e.recipient {}"
                  "WHERE e.seq >= ?1 AND e.seq < ?2 AND k.text IN {} AND r.organisation = ?3 ORDER BY e.seq LIMIT ?4",
                  names_of_matter, kinds_told));
  if (!statement) return fail(std::move(statement.error()));
  statement->bind(1, static_cast<std::int64_t>(query.from))
      .bind(2, static_cast<std::int64_t>(out.next))
      .bind(3, **organisation)
      .bind(4, static_cast<std::int64_t>(query.limit));
  std::size_t looked_at = 0;
  Seq last = 0;
  for (; true; ++looked_at) {
    const auto row = statement->step();
    if (!row) return fail(row.error());
    if (!*row) break;
    EntryEvent event{{static_cast<Seq>(statement->integer(0)), static_cast<std::uint64_t>(statement->integer(1))},
                     moment(statement->integer(2)),
                     std::string(statement->text(3)),
                     read_matter(*statement, 4)};
    last = event.place.seq;
    if (statement->integer(9) != 0) {
      const auto referred = has_referred(query.organisation, statement->integer(10), event);
      if (!referred) return fail(referred.error());
      if (!*referred) continue;
    }
    out.events.push_back(std::move(event));
  }
  if (looked_at == query.limit && looked_at > 0) out.next = last + 1;
  return out;
}

// Whether one of this organisation's records had asked for a transfer to the recipient of the event by then.
Result<bool> IndexReader::has_referred(std::string_view organisation, std::int64_t subject, const EntryEvent& event) {
  auto ref = database_.prepare("SELECT ref FROM subject WHERE number = ?1");
  if (!ref) return fail(std::move(ref.error()));
  const auto row = ref->bind(1, subject).step();
  if (!row) return fail(row.error());
  if (!*row) return false;
  SubjectRef person{};
  std::ranges::copy(ref->blob(0), person.begin());
  auto seqs = seqs_of(subject);
  if (!seqs) return fail(seqs.error());
  seqs->erase(std::ranges::lower_bound(*seqs, event.place.seq), seqs->end());
  const auto transfers = transfers_of(person, *seqs);
  if (!transfers) return fail(transfers.error());
  for (const auto& transfer : *transfers) {
    if (transfer.recipient != event.matter.recipient) continue;
    const auto asked = record(transfer.record);
    if (!asked) return fail(asked.error());
    if (*asked && (*asked)->organisation == organisation) return true;
  }
  return false;
}

// Holds that still ran when their recheck fell due.
Result<std::vector<DateEvent>> IndexReader::rechecks_due(const DateEventQuery& query) {
  return date_events(query,
                     fmt::format("SELECT d.due, d.transfer, d.due, t.id, r.id, n.text, p.text, m.text, d.release "
                                 "FROM recheck d JOIN transfer t ON t.number = d.transfer "
                                 "JOIN record r ON r.number = t.record JOIN name n ON n.number = t.recipient {}"
                                 "WHERE (d.due, d.transfer) > (?1, ?2) AND d.due <= ?3 AND r.organisation = ?4 "
                                 "AND (d.ended IS NULL OR d.ended > d.due) ORDER BY d.due, d.transfer LIMIT ?5",
                                 names_of_matter),
                     query.until);
}

// Referrals that arrived so long ago that their recipient should have reported back, and had not by then.
Result<std::vector<DateEvent>> IndexReader::answers_overdue(const DateEventQuery& query, std::chrono::days patience) {
  const auto wait = std::chrono::milliseconds(patience).count();
  return date_events(
      query,
      fmt::format("SELECT d.since, d.transfer, d.since + {0}, t.id, r.id, n.text, p.text, m.text, NULL "
                  "FROM answer d JOIN transfer t ON t.number = d.transfer "
                  "JOIN record r ON r.number = t.record JOIN name n ON n.number = t.recipient {1}"
                  "WHERE (d.since, d.transfer) > (?1, ?2) AND d.since <= ?3 AND r.organisation = ?4 "
                  "AND (d.ended IS NULL OR d.ended > d.since + {0}) ORDER BY d.since, d.transfer LIMIT ?5",
                  wait, names_of_matter),
      query.until - patience);
}

Result<std::uint64_t> IndexReader::count_unanswered(Timestamp since) {
  auto statement = database_.prepare("SELECT count(*) FROM answer WHERE since <= ?1 AND ended IS NULL");
  if (!statement) return fail(std::move(statement.error()));
  const auto row = statement->bind(1, milliseconds(since)).step();
  if (!row) return fail(row.error());
  return static_cast<std::uint64_t>(statement->integer(0));
}

Result<std::vector<OpenReferral>> IndexReader::open_referrals(const SubjectRef& subject) {
  auto statement = database_.prepare(
      "SELECT r.text, p.text, a.since, e.id, a.ended IS NOT NULL FROM answer a JOIN subject s ON s.number = a.subject "
      "JOIN transfer t ON t.number = a.transfer JOIN record e ON e.number = t.record "
      "JOIN name r ON r.number = a.recipient JOIN name p ON p.number = a.purpose WHERE s.ref = ?1 AND a.closed = 0 "
      "ORDER BY a.since");
  if (!statement) return fail(std::move(statement.error()));
  statement->bind(1, ByteView(subject));
  std::vector<OpenReferral> out;
  while (true) {
    const auto row = statement->step();
    if (!row) return fail(row.error());
    if (!*row) return out;
    out.push_back({std::string(statement->text(0)), std::string(statement->text(1)), moment(statement->integer(2)),
                   id_of(statement->blob(3)).value_or(RecordId{}), statement->integer(4) != 0});
  }
}

Result<std::vector<DateEvent>> IndexReader::date_events(const DateEventQuery& query, const std::string& sql,
                                                        Timestamp until) {
  std::vector<DateEvent> out;
  const auto organisation = number_of_name(query.organisation);
  if (!organisation) return fail(organisation.error());
  if (!*organisation) return out;
  auto statement = database_.prepare(sql);
  if (!statement) return fail(std::move(statement.error()));
  statement->bind(1, query.after.time)
      .bind(2, query.after.number)
      .bind(3, milliseconds(until))
      .bind(4, **organisation)
      .bind(5, static_cast<std::int64_t>(query.limit));
  while (true) {
    const auto row = statement->step();
    if (!row) return fail(row.error());
    if (!*row) break;
    out.push_back({{statement->integer(0), statement->integer(1)},
                   moment(statement->integer(2)),
                   read_matter(*statement, 3),
                   parse_date(statement->text(8))});
  }
  return out;
}

Result<std::optional<DatePlace>> IndexReader::settled_dates(Timestamp until) {
  auto newest = database_.prepare("SELECT time FROM entry ORDER BY seq DESC LIMIT 1");
  if (!newest) return fail(std::move(newest.error()));
  const auto row = newest->step();
  if (!row) return fail(row.error());
  if (!*row) return std::optional<DatePlace>();
  // Less one: the next entry may be of the same millisecond.
  return std::optional(DatePlace{std::max<std::int64_t>(std::min(newest->integer(0) - 1, milliseconds(until)), 0),
                                 behind_all_transfers});
}

Result<std::optional<EntryPlace>> IndexReader::place_of(Seq seq) {
  auto statement = database_.prepare("SELECT seq, place FROM entry WHERE seq = ?1");
  if (!statement) return fail(std::move(statement.error()));
  const auto row = statement->bind(1, static_cast<std::int64_t>(seq)).step();
  if (!row) return fail(row.error());
  if (!*row) return std::optional<EntryPlace>();
  return std::optional(
      EntryPlace{static_cast<Seq>(statement->integer(0)), static_cast<std::uint64_t>(statement->integer(1))});
}

Result<Seq> IndexReader::first_entry_at(Timestamp time) {
  const auto whole = size();
  if (!whole) return fail(whole.error());
  return first_at(time, *whole);
}

}  // namespace ketenpoort::audit
