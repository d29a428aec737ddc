#include "gateway/audit/index_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <set>

#include "gateway/audit/columns.hpp"
#include "gateway/audit/packing.hpp"
#include "gateway/base/bytes.hpp"

namespace ketenpoort::audit {
namespace {

using ledger::Seq;

constexpr std::string_view transfer_columns =
    "SELECT t.id, t.number, s.ref, e.id, t.referral, r.text, p.text, m.text, st.text, re.text, t.held_until, "
    "t.attempts, t.may_have_arrived, se.text, ma.text, mv.text, t.reference, f.text, t.changed, t.seqs FROM ";

constexpr std::string_view transfer_joins =
    "CROSS JOIN subject s ON s.number = t.subject CROSS JOIN record e ON e.number = t.record "
    "CROSS JOIN name r ON r.number = t.recipient CROSS JOIN name p ON p.number = t.purpose "
    "CROSS JOIN name m ON m.number = t.message CROSS JOIN name st ON st.number = t.state "
    "CROSS JOIN name re ON re.number = t.reasons CROSS JOIN name se ON se.number = t.sent "
    "CROSS JOIN name ma ON ma.number = t.mapping CROSS JOIN name mv ON mv.number = t.mapping_version "
    "CROSS JOIN name f ON f.number = t.failure ";

constexpr std::string_view record_columns =
    "SELECT e.id, e.seq, s.ref, n.text, o.text FROM record e CROSS JOIN subject s ON s.number = e.subject "
    "CROSS JOIN name n ON n.number = e.centre CROSS JOIN name o ON o.number = e.organisation ";

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
          .centre = std::string(row.text(3)),
          .organisation = std::string(row.text(4))};
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
  std::string condition;
  std::vector<std::int64_t> values;
  // True: nothing can match, since the log never speaks of it.
  const auto restrict = [&](std::string_view column, const Result<std::optional<std::int64_t>>& value) -> Result<bool> {
    if (!value) return fail(value.error());
    if (!*value) return true;
    values.push_back(**value);
    condition += fmt::format(" AND e.{} = ?{}", column, values.size());
    return false;
  };
  Result<bool> nothing = false;
  std::string spans;
  std::string of_spans;
  if (!query.kind.empty()) {
    nothing = restrict("kind", number_of_name(query.kind));
    spans = "span b ";
    of_spans = fmt::format("b.name = ?{} AND ", values.size());
  }
  if (nothing && !*nothing && !query.recipient.empty()) {
    nothing = restrict("recipient", number_of_name(query.recipient));
    const bool both = !spans.empty();
    spans += both ? "CROSS JOIN span o " : "span b ";
    of_spans += fmt::format("{}.name = ?{} AND ", both ? "o.block = b.block AND o" : "b", values.size());
  }
  std::optional<std::int64_t> subject;
  if (nothing && !*nothing && query.transfer) {
    nothing =
        restrict("transfer", number("SELECT number FROM transfer WHERE id = ?1", ByteView(query.transfer->bytes)));
    const auto found = number("SELECT subject FROM transfer WHERE id = ?1", ByteView(query.transfer->bytes));
    if (!found) return fail(found.error());
    subject = *found;
  }
  if (nothing && !*nothing && query.subject) {
    const auto found = number("SELECT number FROM subject WHERE ref = ?1", ByteView(*query.subject));
    nothing = restrict("subject", found);
    if (found) subject = *found;
  }
  if (!nothing) return fail(nothing.error());
  if (*nothing) return std::vector<EntryPlace>();
  if (subject) {
    const auto seqs = seqs_of(*subject);
    if (!seqs) return fail(seqs.error());
    return entries_among(*seqs, low, end, condition, values, query.limit);
  }
  const int after = static_cast<int>(values.size());
  const auto sql = spans.empty()
                       ? fmt::format(
                             "SELECT e.seq, e.place FROM entry e WHERE e.seq >= ?{0} AND e.seq < ?{1} "
                             "ORDER BY e.seq LIMIT ?{2}",
                             after + 1, after + 2, after + 3)
                       : fmt::format(
                             "SELECT e.seq, e.place FROM {0}CROSS JOIN entry e WHERE {1}b.block >= ?{2} / {5} AND "
                             "b.block <= ?{3} / {5} AND e.seq >= max(?{2}, b.block * {5}) AND e.seq < min(?{3}, "
                             "b.block * {5} + {5}){6} ORDER BY b.block, e.seq LIMIT ?{4}",
                             spans, of_spans, after + 1, after + 2, after + 3, span_size, condition);
  auto statement = database_.prepare(sql);
  if (!statement) return fail(std::move(statement.error()));
  for (int i = 0; i < after; ++i) statement->bind(i + 1, values[static_cast<std::size_t>(i)]);
  statement->bind(after + 1, static_cast<std::int64_t>(low))
      .bind(after + 2, static_cast<std::int64_t>(end))
      .bind(after + 3, static_cast<std::int64_t>(query.limit));
  return all(*statement, read_place);
}

Result<std::vector<Seq>> IndexReader::seqs_of(std::int64_t subject) {
  auto query = database_.prepare("SELECT seqs FROM subject WHERE number = ?1");
  if (!query) return fail(std::move(query.error()));
  const auto row = query->bind(1, subject).step();
  if (!row) return fail(row.error());
  return *row ? unpack_seqs(query->text(0)) : std::vector<Seq>();
}

Result<std::vector<EntryPlace>> IndexReader::entries_among(const std::vector<Seq>& seqs, Seq low, Seq end,
                                                           const std::string& condition,
                                                           const std::vector<std::int64_t>& values, std::size_t limit) {
  std::vector<EntryPlace> out;
  const int last = static_cast<int>(values.size()) + 1;
  auto statement =
      database_.prepare(fmt::format("SELECT e.seq, e.place FROM entry e WHERE e.seq = ?{}{}", last, condition));
  if (!statement) return fail(std::move(statement.error()));
  for (auto at = std::lower_bound(seqs.begin(), seqs.end(), low); at != seqs.end() && *at < end; ++at) {
    if (out.size() == limit) break;
    for (int i = 1; i < last; ++i) statement->bind(i, values[static_cast<std::size_t>(i) - 1]);
    const auto row = statement->bind(last, static_cast<std::int64_t>(*at)).step();
    if (!row) return fail(row.error());
    if (*row) out.push_back(read_place(*statement));
    statement->reset();
  }
  return out;
}

Result<std::vector<TransferRow>> IndexReader::transfers(const TransferQuery& query) {
  const bool by_span = !query.state && !query.recipient.empty();
  std::string sql(transfer_columns);
  sql += by_span ? fmt::format(
                       "transfer_span b CROSS JOIN transfer t ON t.number >= b.block * {0} AND t.number < b.block "
                       "* {0} + {0} ",
                       span_size)
                 : "transfer t ";
  sql += transfer_joins;
  sql += "WHERE t.number >= ?1";
  std::vector<std::int64_t> values;
  const auto restrict = [&](std::string_view column, std::string_view name) -> Result<bool> {
    const auto number = number_of_name(name);
    if (!number) return fail(number.error());
    if (!*number) return true;
    values.push_back(**number);
    sql += fmt::format(" AND {} = ?{}", column, values.size() + 2);
    return false;
  };
  Result<bool> nothing = false;
  if (query.state) nothing = restrict("t.state", to_text(*query.state));
  if (nothing && !*nothing && !query.organisation.empty()) nothing = restrict("e.organisation", query.organisation);
  if (nothing && !*nothing && !query.recipient.empty()) nothing = restrict("t.recipient", query.recipient);
  if (!nothing) return fail(nothing.error());
  if (*nothing) return std::vector<TransferRow>();
  if (query.arrived)
    sql += fmt::format(" AND t.state IN (SELECT number FROM name WHERE text IN ('{}', '{}'))",
                       to_text(TransferState::delivered), to_text(TransferState::acknowledged));
  if (by_span) sql += fmt::format(" AND b.name = ?{} AND b.block >= ?1 / {}", values.size() + 2, span_size);
  if (query.unanswered_since) {
    values.push_back(milliseconds(*query.unanswered_since));
    sql += fmt::format(" AND t.number IN (SELECT transfer FROM answer WHERE ended IS NULL AND since <= ?{})",
                       values.size() + 2);
  }
  auto statement =
      database_.prepare(sql + (by_span ? " ORDER BY b.block, t.number LIMIT ?2" : " ORDER BY t.number LIMIT ?2"));
  if (!statement) return fail(std::move(statement.error()));
  statement->bind(1, static_cast<std::int64_t>(query.from)).bind(2, static_cast<std::int64_t>(query.limit));
  for (std::size_t i = 0; i < values.size(); ++i) statement->bind(static_cast<int>(i) + 3, values[i]);
  return all(*statement, read_transfer);
}

Result<std::vector<TransferRow>> IndexReader::transfers_of(const SubjectRef& ref, const std::vector<Seq>& seqs) {
  auto find = database_.prepare("SELECT transfer FROM entry WHERE seq = ?1 AND transfer IS NOT NULL");
  if (!find) return fail(std::move(find.error()));
  std::set<std::int64_t, std::greater<>> numbers;
  for (const auto seq : seqs) {
    const auto row = find->bind(1, static_cast<std::int64_t>(seq)).step();
    if (!row) return fail(row.error());
    if (*row) numbers.insert(find->integer(0));
    find->reset();
  }
  auto statement =
      database_.prepare(fmt::format("{}transfer t {}WHERE t.number = ?1", transfer_columns, transfer_joins));
  if (!statement) return fail(std::move(statement.error()));
  std::vector<TransferRow> out;
  for (const auto number : numbers) {
    const auto row = statement->bind(1, number).step();
    if (!row) return fail(row.error());
    if (*row) out.push_back(read_transfer(*statement));
    statement->reset();
  }
  std::erase_if(out, [&](const TransferRow& row) { return row.subject != ref; });
  return out;
}

Result<std::optional<TransferRow>> IndexReader::transfer(const TransferId& id) {
  auto statement = database_.prepare(fmt::format("{}transfer t {}WHERE t.id = ?1", transfer_columns, transfer_joins));
  if (!statement) return fail(std::move(statement.error()));
  statement->bind(1, ByteView(id.bytes));
  return first(all(*statement, read_transfer));
}

Result<std::vector<TransferRow>> IndexReader::transfers_of_record(const RecordId& id) {
  const auto found = record(id);
  if (!found) return fail(found.error());
  if (!*found) return std::vector<TransferRow>();
  const auto subject = number("SELECT subject FROM record WHERE id = ?1", ByteView(id.bytes));
  if (!subject) return fail(subject.error());
  const auto seqs = seqs_of(subject->value_or(-1));
  if (!seqs) return fail(seqs.error());
  auto out = transfers_of((*found)->subject, *seqs);
  if (out) std::erase_if(*out, [&](const TransferRow& row) { return row.record != id; });
  return out;
}

Result<std::optional<RecordRow>> IndexReader::record(const RecordId& id) {
  auto query = database_.prepare(std::string(record_columns) + "WHERE e.id = ?1");
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
  const auto seqs = seqs_of(**found);
  if (!seqs) return fail(seqs.error());
  auto entries = entries_among(*seqs, 0, std::numeric_limits<Seq>::max(), "", {}, seqs->size());
  if (!entries) return fail(entries.error());
  out.entries = std::move(*entries);
  if (auto done =
          read(std::string(record_columns) + "WHERE e.subject = ?1 ORDER BY e.number", read_record, out.records);
      !done)
    return fail(done.error());
  if (auto done =
          read(std::string(consent_columns) + "WHERE c.subject = ?1 ORDER BY c.number", read_consent, out.consents);
      !done)
    return fail(done.error());
  auto transfers = transfers_of(subject, *seqs);
  if (!transfers) return fail(transfers.error());
  out.transfers = std::move(*transfers);
  return out;
}

}  // namespace ketenpoort::audit
