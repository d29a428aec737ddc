#include "gateway/audit/index_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/audit/packing.hpp"
#include "gateway/base/bytes.hpp"

namespace ketenpoort::audit {
namespace {

using ledger::Seq;

constexpr std::string_view transfer_columns =
    "SELECT t.id, t.number, s.ref, e.id, t.referral, r.text, p.text, m.text, st.text, re.text, t.held_until, "
    "t.attempts, t.may_have_arrived, se.text, ma.text, mv.text, t.reference, f.text, t.changed, t.seqs FROM transfer t "
    "CROSS JOIN subject s ON s.number = t.subject CROSS JOIN record e ON e.number = t.record "
    "CROSS JOIN name r ON r.number = t.recipient CROSS JOIN name p ON p.number = t.purpose "
    "CROSS JOIN name m ON m.number = t.message CROSS JOIN name st ON st.number = t.state "
    "CROSS JOIN name re ON re.number = t.reasons CROSS JOIN name se ON se.number = t.sent "
    "CROSS JOIN name ma ON ma.number = t.mapping CROSS JOIN name mv ON mv.number = t.mapping_version "
    "CROSS JOIN name f ON f.number = t.failure ";

constexpr std::string_view consent_columns =
    "SELECT c.id, c.seq, s.ref, p.text, r.text, c.given, st.text, re.text, c.valid_until, c.superseded FROM consent c "
    "CROSS JOIN subject s ON s.number = c.subject CROSS JOIN name p ON p.number = c.purpose "
    "CROSS JOIN name r ON r.number = c.recipient CROSS JOIN name st ON st.number = c.stated "
    "CROSS JOIN name re ON re.number = c.remaining ";

std::array<std::uint8_t, 16> sixteen(ByteView blob) {
  std::array<std::uint8_t, 16> out{};
  std::copy_n(blob.begin(), std::min(blob.size(), out.size()), out.begin());
  return out;
}

std::uint64_t unsigned_of(const Statement& row, int column) {
  return static_cast<std::uint64_t>(row.integer(column));
}

std::int64_t milliseconds(Timestamp time) {
  return time.time_since_epoch().count();
}

TransferRow read_transfer(const Statement& row) {
  TransferRow out;
  out.id = {sixteen(row.blob(0))};
  out.number = unsigned_of(row, 1);
  out.subject = sixteen(row.blob(2));
  out.record = {sixteen(row.blob(3))};
  out.referral = static_cast<std::uint32_t>(row.integer(4));
  out.recipient = row.text(5);
  out.purpose = row.text(6);
  out.message = row.text(7);
  out.state = parse_transfer_state(row.text(8)).value_or(TransferState::requested);
  out.reasons = unpack_reasons(row.text(9));
  out.held_until = parse_date(row.text(10));
  out.attempts = static_cast<std::uint32_t>(row.integer(11));
  out.may_have_arrived = row.integer(12) != 0;
  out.sent = unpack_categories(row.text(13));
  out.mapping = row.text(14);
  out.mapping_version = row.text(15);
  out.reference = row.text(16);
  out.failure = row.text(17);
  out.changed = Timestamp{std::chrono::milliseconds{row.integer(18)}};
  out.seqs = unpack_seqs(row.text(19));
  return out;
}

ConsentRow read_consent(const Statement& row) {
  ConsentRow out;
  out.id = {sixteen(row.blob(0))};
  out.seq = unsigned_of(row, 1);
  out.subject = sixteen(row.blob(2));
  out.purpose = row.text(3);
  out.recipient = row.text(4);
  out.given = row.integer(5) != 0;
  out.stated = unpack_categories(row.text(6));
  out.remaining = unpack_categories(row.text(7));
  out.valid_until = parse_date(row.text(8));
  out.superseded = row.integer(9) != 0;
  return out;
}

RecordRow read_record(const Statement& row) {
  return {.id = {sixteen(row.blob(0))},
          .seq = unsigned_of(row, 1),
          .subject = sixteen(row.blob(2)),
          .centre = std::string(row.text(3))};
}

EntryPlace read_place(const Statement& row) {
  return {unsigned_of(row, 0), unsigned_of(row, 1)};
}

// Every row of a statement whose parameters are bound.
template <class T>
Result<std::vector<T>> all(Statement& statement, T (*read)(const Statement&)) {
  std::vector<T> out;
  while (true) {
    const auto row = statement.step();
    if (!row) return fail(row.error());
    if (!*row) break;
    out.push_back(read(statement));
  }
  statement.reset();
  return out;
}

template <class T>
Result<std::optional<T>> first(Result<std::vector<T>> rows) {
  if (!rows) return fail(std::move(rows.error()));
  return rows->empty() ? std::optional<T>() : std::optional<T>(std::move(rows->front()));
}

}  // namespace

Result<std::unique_ptr<IndexReader>> IndexReader::open(const std::filesystem::path& file) {
  auto database = open_index_for_reading(file);
  if (!database) return fail(std::move(database.error()));
  return std::unique_ptr<IndexReader>(new IndexReader(std::move(*database)));
}

Result<std::optional<std::int64_t>> IndexReader::number(std::string_view sql, ByteView key) {
  auto query = database_.prepare(sql);
  if (!query) return fail(std::move(query.error()));
  const auto row = query->bind(1, key).step();
  if (!row) return fail(row.error());
  return *row ? std::optional(query->integer(0)) : std::nullopt;
}

Result<std::optional<std::int64_t>> IndexReader::number_of_name(std::string_view text) {
  auto query = database_.prepare("SELECT number FROM name WHERE text = ?1");
  if (!query) return fail(std::move(query.error()));
  const auto row = query->bind(1, text).step();
  if (!row) return fail(row.error());
  return *row ? std::optional(query->integer(0)) : std::nullopt;
}

Result<Seq> IndexReader::size() {
  auto query = database_.prepare("SELECT value FROM meta WHERE name = 'size'");
  if (!query) return fail(std::move(query.error()));
  const auto row = query->step();
  if (!row) return fail(row.error());
  return unsigned_of(*query, 0);
}

// Times never decrease along the log, so the first entry at or after one is found by halving.
Result<Seq> IndexReader::first_at(Timestamp time, Seq end) {
  auto query = database_.prepare("SELECT time FROM entry WHERE seq = ?1");
  if (!query) return fail(std::move(query.error()));
  Seq low = 0;
  while (low < end) {
    const Seq middle = low + (end - low) / 2;
    const auto row = query->bind(1, static_cast<std::int64_t>(middle)).step();
    if (!row) return fail(row.error());
    const bool before = *row && query->integer(0) < milliseconds(time);
    query->reset();
    if (before)
      low = middle + 1;
    else
      end = middle;
  }
  return low;
}

Result<std::vector<EntryPlace>> IndexReader::entries(const EntryQuery& query) {
  const auto whole = size();
  if (!whole) return fail(whole.error());
  Seq low = query.after ? *query.after + 1 : 0;
  Seq end = *whole;
  if (query.from) {
    const auto at = first_at(*query.from, *whole);
    if (!at) return fail(at.error());
    low = std::max(low, *at);
  }
  if (query.until) {
    const auto at = first_at(*query.until, *whole);
    if (!at) return fail(at.error());
    end = *at;
  }
  std::string sql = "SELECT seq, place FROM entry WHERE seq >= ?1 AND seq < ?2";
  std::vector<std::int64_t> values;
  // True: nothing can match, since the log never speaks of it.
  const auto restrict = [&](std::string_view column, const Result<std::optional<std::int64_t>>& value) -> Result<bool> {
    if (!value) return fail(value.error());
    if (!*value) return true;
    values.push_back(**value);
    sql += fmt::format(" AND {} = ?{}", column, values.size() + 3);
    return false;
  };
  Result<bool> nothing = false;
  if (nothing && !*nothing && query.subject)
    nothing = restrict("subject", number("SELECT number FROM subject WHERE ref = ?1", ByteView(*query.subject)));
  if (nothing && !*nothing && query.transfer)
    nothing =
        restrict("transfer", number("SELECT number FROM transfer WHERE id = ?1", ByteView(query.transfer->bytes)));
  if (nothing && !*nothing && query.transfer && !query.subject)  // what there is an index for
    nothing =
        restrict("subject", number("SELECT subject FROM transfer WHERE id = ?1", ByteView(query.transfer->bytes)));
  if (nothing && !*nothing && !query.kind.empty()) nothing = restrict("kind", number_of_name(query.kind));
  if (nothing && !*nothing && !query.recipient.empty())
    nothing = restrict("recipient", number_of_name(query.recipient));
  if (!nothing) return fail(nothing.error());
  if (*nothing) return std::vector<EntryPlace>();
  auto statement = database_.prepare(sql + " ORDER BY seq LIMIT ?3");
  if (!statement) return fail(std::move(statement.error()));
  statement->bind(1, static_cast<std::int64_t>(low))
      .bind(2, static_cast<std::int64_t>(end))
      .bind(3, static_cast<std::int64_t>(query.limit));
  for (std::size_t i = 0; i < values.size(); ++i) statement->bind(static_cast<int>(i) + 4, values[i]);
  return all(*statement, read_place);
}

Result<std::vector<TransferRow>> IndexReader::transfers(const TransferQuery& query) {
  std::string sql(transfer_columns);
  sql += "WHERE t.number >= ?1";
  std::vector<std::int64_t> values;
  const auto restrict = [&](std::string_view column, std::string_view name) -> Result<bool> {
    const auto number = number_of_name(name);
    if (!number) return fail(number.error());
    if (!*number) return true;
    values.push_back(**number);
    sql += fmt::format(" AND t.{} = ?{}", column, values.size() + 2);
    return false;
  };
  Result<bool> nothing = false;
  if (query.state) nothing = restrict("state", to_text(*query.state));
  if (nothing && !*nothing && !query.recipient.empty()) nothing = restrict("recipient", query.recipient);
  if (!nothing) return fail(nothing.error());
  if (*nothing) return std::vector<TransferRow>();
  if (query.unanswered_since) {
    values.push_back(milliseconds(*query.unanswered_since));
    sql += fmt::format(" AND t.number IN (SELECT transfer FROM answer WHERE ended IS NULL AND since <= ?{})",
                       values.size() + 2);
  }
  auto statement = database_.prepare(sql + " ORDER BY t.number LIMIT ?2");
  if (!statement) return fail(std::move(statement.error()));
  statement->bind(1, static_cast<std::int64_t>(query.from)).bind(2, static_cast<std::int64_t>(query.limit));
  for (std::size_t i = 0; i < values.size(); ++i) statement->bind(static_cast<int>(i) + 3, values[i]);
  return all(*statement, read_transfer);
}

Result<std::vector<TransferRow>> IndexReader::transfers_where(const std::string& condition, std::int64_t value) {
  auto statement =
      database_.prepare(std::string(transfer_columns) + "WHERE " + condition + " = ?1 ORDER BY t.number DESC");
  if (!statement) return fail(std::move(statement.error()));
  statement->bind(1, value);
  return all(*statement, read_transfer);
}

Result<std::optional<TransferRow>> IndexReader::transfer(const TransferId& id) {
  const auto found = number("SELECT number FROM transfer WHERE id = ?1", ByteView(id.bytes));
  if (!found) return fail(found.error());
  if (!*found) return std::optional<TransferRow>();
  return first(transfers_where("t.number", **found));
}

Result<std::vector<TransferRow>> IndexReader::transfers_of_record(const RecordId& id) {
  const auto found = number("SELECT number FROM record WHERE id = ?1", ByteView(id.bytes));
  if (!found) return fail(found.error());
  if (!*found) return std::vector<TransferRow>();
  return transfers_where("t.record", **found);
}

Result<std::optional<RecordRow>> IndexReader::record(const RecordId& id) {
  auto query = database_.prepare(
      "SELECT e.id, e.seq, s.ref, n.text FROM record e CROSS JOIN subject s ON s.number = e.subject CROSS JOIN name n "
      "ON n.number = e.centre WHERE e.id = ?1");
  if (!query) return fail(std::move(query.error()));
  query->bind(1, ByteView(id.bytes));
  return first(all(*query, read_record));
}

Result<std::optional<ConsentRow>> IndexReader::consent(const ConsentId& id) {
  auto query = database_.prepare(std::string(consent_columns) + "WHERE c.id = ?1");
  if (!query) return fail(std::move(query.error()));
  query->bind(1, ByteView(id.bytes));
  return first(all(*query, read_consent));
}

Result<Dossier> IndexReader::dossier(const SubjectRef& subject) {
  Dossier out;
  const auto found = number("SELECT number FROM subject WHERE ref = ?1", ByteView(subject));
  if (!found) return fail(found.error());
  if (!*found) return out;
  const auto read = [&](const std::string& sql, auto row, auto& into) -> Status {
    auto query = database_.prepare(sql);
    if (!query) return fail(std::move(query.error()));
    query->bind(1, **found);
    auto rows = all(*query, row);
    if (!rows) return fail(std::move(rows.error()));
    into = std::move(*rows);
    return {};
  };
  if (auto done = read("SELECT seq, place FROM entry WHERE subject = ?1 ORDER BY seq", read_place, out.entries); !done)
    return fail(done.error());
  if (auto done = read("SELECT e.id, e.seq, s.ref, n.text FROM record e CROSS JOIN subject s ON s.number = e.subject "
                       "CROSS JOIN name n ON n.number = e.centre WHERE e.subject = ?1 ORDER BY e.number",
                       read_record, out.records);
      !done)
    return fail(done.error());
  if (auto done =
          read(std::string(consent_columns) + "WHERE c.subject = ?1 ORDER BY c.number", read_consent, out.consents);
      !done)
    return fail(done.error());
  if (auto done = read(std::string(transfer_columns) + "WHERE t.subject = ?1 ORDER BY t.number DESC", read_transfer,
                       out.transfers);
      !done)
    return fail(done.error());
  return out;
}

}  // namespace ketenpoort::audit
