#include "gateway/audit/index_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "gateway/audit/columns.hpp"
#include "gateway/audit/packing.hpp"
#include "gateway/base/bytes.hpp"
#include "gateway/ledger/tree/segments.hpp"
#include "gateway/ledger/tree/tree.hpp"

namespace ketenpoort::audit {
namespace {

using ledger::Kind;
using ledger::Value;

constexpr std::size_t most_kept = 8192;  // transfers, and subjects, that the next transaction may find in memory

Error misread(const ledger::Entry& entry, std::string_view what) {
  return {ErrorCode::internal, fmt::format("entry {} cannot be indexed: {}", entry.seq, what)};
}

std::int64_t integer_of(Value value) {
  return value.is(Value::Kind::integer) ? value.integer() : 0;
}

bool flag_of(Value value) {
  return value.is(Value::Kind::boolean) && value.boolean();
}

std::optional<Uuid> uuid_of(Value value) {
  return parse_uuid(text_of(value));
}

// Names (of categories, of reasons) as one text, with a blank between them.
std::string joined(Value list) {
  std::string out;
  if (!list.is(Value::Kind::array)) return out;
  for (const auto item : list.items()) {
    if (!out.empty()) out += ' ';
    out += text_of(item);
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<IndexWriter>> IndexWriter::open(const std::filesystem::path& file) {
  auto database = open_index(file);
  if (!database) return fail(std::move(database.error()));
  auto statements = prepare(*database);
  if (!statements) return fail(std::move(statements.error()));
  std::unique_ptr<IndexWriter> writer(new IndexWriter(std::move(*database), std::move(*statements)));
  if (auto loaded = writer->load(); !loaded) return fail(std::move(loaded.error()));
  return writer;
}

Result<IndexWriter::Statements> IndexWriter::prepare(Database& database) {
  Error fault;
  const auto statement = [&](std::string_view sql) {
    auto prepared = database.prepare(sql);
    if (!prepared) fault = prepared.error();
    return prepared ? std::optional(std::move(*prepared)) : std::nullopt;
  };
  constexpr std::array<std::string_view, 27> sql = {
      "SELECT number FROM name WHERE text = ?1",
      "INSERT INTO name (number, text) VALUES (?1, ?2)",
      "SELECT number, seqs FROM subject WHERE ref = ?1",
      "INSERT INTO subject (number, ref, seqs) VALUES (?1, ?2, ?3)",
      "UPDATE subject SET seqs = ?2 WHERE number = ?1",
      "INSERT OR IGNORE INTO span (name, block) VALUES (?1, ?2)",
      "INSERT OR IGNORE INTO transfer_span (name, block) VALUES (?1, ?2)",
      "INSERT INTO entry (seq, time, place, kind, subject, transfer, recipient) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      "SELECT number FROM record WHERE id = ?1",
      "INSERT INTO record (number, id, seq, subject, centre, organisation) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
      "UPDATE consent SET superseded = 1 WHERE subject = ?1 AND purpose = ?2 AND recipient = ?3 AND superseded = 0",
      "INSERT INTO consent (number, id, seq, subject, purpose, recipient, given, stated, remaining, valid_until, "
      "superseded) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9, 0)",
      "SELECT n.text FROM consent c JOIN name n ON n.number = c.remaining WHERE c.id = ?1",
      "UPDATE consent SET remaining = ?2 WHERE id = ?1",
      "SELECT number, subject, record, referral, recipient, purpose, message, state, reasons, held_until, attempts, "
      "may_have_arrived, sent, mapping, mapping_version, reference, failure, changed, seqs, recheck FROM "
      "transfer WHERE id = ?1",
      "INSERT INTO transfer (number, id, subject, record, referral, recipient, purpose, message, state, reasons, "
      "held_until, attempts, may_have_arrived, sent, mapping, mapping_version, reference, failure, changed, seqs, "
      "recheck) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, "
      "?21)",
      "UPDATE transfer SET state = ?9, reasons = ?10, held_until = ?11, attempts = ?12, may_have_arrived = ?13, "
      "sent = ?14, mapping = ?15, mapping_version = ?16, reference = ?17, failure = ?18, changed = ?19, seqs = ?20, "
      "recheck = ?21 "
      "WHERE number = ?1",
      "SELECT recipient FROM entry WHERE seq = ?1",
      "UPDATE meta SET value = ?2 WHERE name = ?1",
      "INSERT OR REPLACE INTO recheck (due, transfer, release, ended) VALUES (?1, ?2, ?3, NULL)",
      "UPDATE recheck SET ended = ?3 WHERE due = ?1 AND transfer = ?2",
      "SELECT 1 FROM answer WHERE subject = ?1 AND recipient = ?2 AND purpose = ?3 AND closed = 0",
      "INSERT INTO answer (since, transfer, subject, recipient, purpose, ended, closed) VALUES (?1, ?2, ?3, ?4, ?5, "
      "NULL, 0)",
      "UPDATE answer SET ended = ?4 WHERE subject = ?1 AND recipient = ?2 AND purpose = ?3 AND ended IS NULL",
      "UPDATE answer SET ended = coalesce(ended, ?3), closed = 1 WHERE subject = ?1 AND recipient = ?2 AND closed = "
      "0",
      "INSERT INTO decision (seq, kind, recipient, reasons) VALUES (?1, ?2, ?3, ?4)",
      "INSERT INTO outcome (seq, status, sort) VALUES (?1, ?2, ?3)"};
  std::vector<Statement> made;
  for (const auto text : sql) {
    auto one = statement(text);
    if (!one) return fail(std::move(fault));
    made.push_back(std::move(*one));
  }
  return Statements{std::move(made[0]),  std::move(made[1]),  std::move(made[2]),  std::move(made[3]),
                    std::move(made[4]),  std::move(made[5]),  std::move(made[6]),  std::move(made[7]),
                    std::move(made[8]),  std::move(made[9]),  std::move(made[10]), std::move(made[11]),
                    std::move(made[12]), std::move(made[13]), std::move(made[14]), std::move(made[15]),
                    std::move(made[16]), std::move(made[17]), std::move(made[18]), std::move(made[19]),
                    std::move(made[20]), std::move(made[21]), std::move(made[22]), std::move(made[23]),
                    std::move(made[24]), std::move(made[25]), std::move(made[26])};
}

Status IndexWriter::load() {
  names_.clear();
  transfers_.clear();
  subjects_.clear();
  dirty_transfers_.clear();
  dirty_subjects_.clear();
  span_ = transfer_span_ = {};
  auto query = database_.prepare(
      "SELECT a.value, b.value, c.value FROM meta a, meta b, meta c WHERE a.name = 'size' AND b.name = 'place' AND "
      "c.name = 'tail'");
  if (!query) return fail(std::move(query.error()));
  const auto row = query->step();
  if (!row) return fail(row.error());
  if (!*row) return fail(ErrorCode::io, "the index does not say how far it goes");
  size_ = static_cast<std::uint64_t>(query->integer(0));
  place_ = static_cast<std::uint64_t>(query->integer(1));
  tail_.reset();
  if (const auto digest = query->blob(2); digest.size() == sizeof(Digest))
    std::copy(digest.begin(), digest.end(), tail_.emplace().begin());
  for (auto [table, next] : {std::pair{"name", &next_name_},
                             {"subject", &next_subject_},
                             {"record", &next_record_},
                             {"consent", &next_consent_},
                             {"transfer", &next_transfer_}}) {
    auto number = next_number(table);
    if (!number) return fail(std::move(number.error()));
    *next = *number;
  }
  return {};
}

Result<IndexWriter::Number> IndexWriter::next_number(const char* table) {
  auto query = database_.prepare(fmt::format("SELECT coalesce(max(number) + 1, 0) FROM {}", table));
  if (!query) return fail(std::move(query.error()));
  const auto row = query->step();
  if (!row) return fail(row.error());
  return query->integer(0);
}

Status IndexWriter::add(std::uint64_t first_seq, std::span<const std::string_view> records) {
  if (auto begun = database_.execute("BEGIN IMMEDIATE"); !begun) return begun;
  auto added = add_all(first_seq, records);
  if (added) added = database_.execute("COMMIT");
  if (added) return {};
  // What SQLite gave up by itself cannot be rolled back again; either way all is as it was before.
  static_cast<void>(database_.execute("ROLLBACK"));
  if (auto loaded = load(); !loaded) return loaded;
  return added;
}

Status IndexWriter::add_all(std::uint64_t first_seq, std::span<const std::string_view> records) {
  auto seq = first_seq;
  std::string_view last;
  for (auto part : records)
    for (; !part.empty(); ++seq) {
      const auto bytes = ledger::take_record(part);
      if (!bytes) return fail(ErrorCode::internal, "half a record was handed to the index");
      if (seq < size_) continue;
      if (auto added = add_one(*bytes); !added) return added;
      last = *bytes;
    }
  if (!last.empty()) tail_ = ledger::leaf_hash(as_bytes(last));
  if (auto flushed = flush(); !flushed) return flushed;
  return set_meta();
}

Status IndexWriter::add_one(std::string_view bytes) {
  if (auto decoded = ledger::decode_entry(bytes, entry_); !decoded) return decoded;
  if (entry_.seq != size_) return fail(misread(entry_, fmt::format("entry {} must come next", size_)));
  const auto kind = ledger::parse_kind(entry_.kind);
  if (!kind) return fail(misread(entry_, "unknown kind"));
  const auto kind_number = number_of(entry_.kind);
  if (!kind_number) return fail(kind_number.error());
  Subject* subject = nullptr;
  if (entry_.subject) {
    const auto found = find_subject(*entry_.subject);
    if (!found) return fail(found.error());
    subject = *found;
    subject_ = subject->number;
    add_seq(subject->seqs, subject->last, entry_.seq);
    subject->last = entry_.seq;
    touch(*subject);
  }
  std::optional<Number> transfer;
  std::optional<Number> recipient;
  if (auto applied = apply(*kind, transfer, recipient); !applied) return applied;
  for (const auto& name : {std::optional(*kind_number), recipient})
    if (name)
      if (auto noted = note_in(span_, s_.add_span, static_cast<Number>(entry_.seq), *name); !noted) return noted;

  auto& s = s_.add_entry;
  s.bind(1, static_cast<Number>(entry_.seq))
      .bind(2, static_cast<Number>(entry_.time.time_since_epoch().count()))
      .bind(3, static_cast<Number>(place_))
      .bind(4, *kind_number);
  subject != nullptr ? s.bind(5, subject->number) : s.bind_null(5);
  transfer ? s.bind(6, *transfer) : s.bind_null(6);
  recipient ? s.bind(7, *recipient) : s.bind_null(7);
  if (auto written = s.run(); !written) return written;
  ++size_;
  place_ = size_ % ledger::segment_entries == 0 ? 0 : place_ + 2 + bytes.size();
  return {};
}

// What an entry of this kind changes beside itself, and which transfer and recipient it is about.
Status IndexWriter::apply(Kind kind, std::optional<Number>& transfer, std::optional<Number>& recipient) {
  if (ledger::has_transfer(kind)) {
    const auto row = kind == Kind::transfer_requested ? apply_request() : apply_step(kind);
    if (!row) return fail(row.error());
    transfer = (*row)->number;
    recipient = (*row)->recipient;
    if (kind == Kind::transfer_held || kind == Kind::transfer_refused || kind == Kind::transfer_cancelled)
      return add_decision(**row);
    return kind == Kind::outcome_received ? add_outcome() : Status();
  }
  if (kind == Kind::agreement_ended || kind == Kind::recipient_confirmed) {
    const auto about = kind == Kind::agreement_ended ? "agreement" : "notified";
    s_.recipient_of.bind(1, integer_of(entry_.body.find(about)));
    const auto found = s_.recipient_of.step();
    if (!found) return fail(found.error());
    if (*found) recipient = s_.recipient_of.integer(0);
    s_.recipient_of.reset();
    return {};
  }
  if (const auto named = text_of(entry_.body.find("recipient")); !named.empty()) {
    const auto number = number_of(named);
    if (!number) return fail(number.error());
    recipient = *number;
  }
  if (kind == Kind::record_received) return apply_record();
  if (kind == Kind::consent_given) return apply_consent(true);
  if (kind == Kind::consent_refused) return apply_consent(false);
  if (kind == Kind::consent_withdrawn) return apply_withdrawal();
  if (kind == Kind::recipient_notified && recipient) return apply_notification(*recipient);
  return {};
}

Status IndexWriter::add_decision(const Transfer& row) {
  const auto kind = number_of(entry_.kind);
  if (!kind) return fail(kind.error());
  return s_.add_decision.bind(1, static_cast<Number>(entry_.seq))
      .bind(2, *kind)
      .bind(3, row.recipient)
      .bind(4, row.reasons)
      .run();
}

Status IndexWriter::add_outcome() {
  const auto status = number_of(text_of(entry_.body.find("status")));
  const auto sort = number_of(text_of(entry_.body.find("kind")));
  if (!status || !sort) return fail(misread(entry_, "a name is not kept"));
  return s_.add_outcome.bind(1, static_cast<Number>(entry_.seq)).bind(2, *status).bind(3, *sort).run();
}

Status IndexWriter::apply_record() {
  const auto id = uuid_of(entry_.body.find("record"));
  // The sender's own code, in which what JSON escapes may stand.
  const auto code = entry_.body.find("source").find("centre");
  const auto centre = number_of(code.is(Value::Kind::string) ? code.text() : std::string());
  if (!centre) return fail(centre.error());
  if (!id) return fail(misread(entry_, "no record id"));
  const auto organisation = number_of(entry_.actor.org);
  if (!organisation) return fail(organisation.error());
  return s_.add_record.bind(1, next_record_++)
      .bind(2, ByteView(id->bytes))
      .bind(3, static_cast<Number>(entry_.seq))
      .bind(4, subject_)
      .bind(5, *centre)
      .bind(6, *organisation)
      .run();
}

Status IndexWriter::apply_consent(bool given) {
  const auto& body = entry_.body;
  const auto id = uuid_of(body.find("consent"));
  const auto purpose = number_of(text_of(body.find("purpose")));
  const auto recipient = number_of(text_of(body.find("recipient")));
  const auto stated = number_of(joined(body.find("categories")));
  if (!id || !purpose || !recipient || !stated) return fail(misread(entry_, "no consent"));
  if (auto done = s_.supersede.bind(1, subject_).bind(2, *purpose).bind(3, *recipient).run(); !done) return done;
  auto& s = s_.add_consent;
  s.bind(1, next_consent_++)
      .bind(2, ByteView(id->bytes))
      .bind(3, static_cast<Number>(entry_.seq))
      .bind(4, subject_)
      .bind(5, *purpose)
      .bind(6, *recipient)
      .bind(7, Number{given})
      .bind(8, *stated);
  const auto until = text_of(body.find("validUntil"));
  until.empty() ? s.bind_null(9) : s.bind(9, until);
  return s.run();
}

Status IndexWriter::apply_withdrawal() {
  const auto id = uuid_of(entry_.body.find("consent"));
  if (!id) return fail(misread(entry_, "no consent id"));
  s_.consent.bind(1, ByteView(id->bytes));
  const auto found = s_.consent.step();
  if (!found) return fail(found.error());
  if (!*found) return fail(misread(entry_, "its consent is not in the index"));
  auto remaining = unpack_categories(s_.consent.text(0));
  s_.consent.reset();
  remaining = remaining.without(unpack_categories(joined(entry_.body.find("categories"))));
  const auto number = number_of(pack_categories(remaining));
  if (!number) return fail(number.error());
  return s_.narrow.bind(1, ByteView(id->bytes)).bind(2, *number).run();
}

Result<IndexWriter::Transfer*> IndexWriter::apply_request() {
  const auto& body = entry_.body;
  const auto id = uuid_of(body.find("record"));
  if (!id) return fail(misread(entry_, "no record id"));
  const auto record = number_of_record(*id);
  const auto recipient = number_of(text_of(body.find("recipient")));
  const auto purpose = number_of(text_of(body.find("purpose")));
  const auto message = number_of(text_of(body.find("message")));
  const auto state = number_of(to_text(TransferState::requested));
  const auto none = number_of("");
  if (!record) return fail(record.error());
  if (!recipient || !purpose || !message || !state || !none) return fail(misread(entry_, "a name is not kept"));
  Transfer row;
  row.number = next_transfer_++;
  row.id = *entry_.tx;
  row.subject = subject_;
  row.record = *record;
  row.referral = integer_of(body.find("referral"));
  row.recipient = *recipient;
  row.purpose = *purpose;
  row.message = *message;
  row.state = *state;
  row.reasons = row.sent = row.mapping = row.mapping_version = row.failure = *none;
  row.changed = static_cast<Number>(entry_.time.time_since_epoch().count());
  add_seq(row.seqs, 0, entry_.seq);
  row.is_new = true;
  if (auto noted = note_in(transfer_span_, s_.add_transfer_span, row.number, row.recipient); !noted)
    return fail(noted.error());
  auto& kept = transfers_[*entry_.tx] = std::move(row);
  touch(kept);
  return &kept;
}

// The state diagram's steps; outcomes change nothing of the transfer but that it waits no longer for one.
Result<IndexWriter::Transfer*> IndexWriter::apply_step(Kind kind) {
  const auto found = find_transfer(*entry_.tx);
  if (!found) return found;
  auto& row = **found;
  if (kind == Kind::outcome_received || kind == Kind::outcome_rejected) {
    if (auto noted = note_answer(row); !noted) return fail(noted.error());
    return found;
  }
  touch(row);
  const auto held_before = row.held_until;
  const auto& body = entry_.body;
  Error fault;
  const auto name = [&](std::string_view text) {
    auto number = number_of(text);
    if (!number) fault = number.error();
    return number.value_or(0);
  };
  row.state = name(entry_.kind.substr(entry_.kind.find('.') + 1));  // transfer.<state>
  row.changed = static_cast<Number>(entry_.time.time_since_epoch().count());
  add_seq(row.seqs, last_seq(row.seqs), entry_.seq);
  row.reasons = name(joined(body.find("reasons")));
  row.held_until = text_of(body.find("heldUntil"));
  if (auto noted = note_recheck(row, held_before); !noted) return fail(noted.error());
  if (kind == Kind::transfer_delivered)
    if (auto noted = note_arrival(row); !noted) return fail(noted.error());
  if (kind == Kind::transfer_permitted) {
    ++row.attempts;
    row.sent = name(joined(body.find("categories")));
    row.mapping = name(text_of(body.find("mapping").find("name")));
    row.mapping_version = name(text_of(body.find("mapping").find("version")));
  } else if (kind == Kind::transfer_failed) {
    row.may_have_arrived = row.may_have_arrived || flag_of(body.find("mayHaveArrived"));
    row.failure = name(text_of(body.find("class")));
  } else if (kind == Kind::transfer_abandoned) {
    row.failure = name(text_of(body.find("class")));
  } else if (kind == Kind::transfer_acknowledged) {
    if (const auto reference = body.find("reference"); reference.is(Value::Kind::string))
      row.reference = reference.text();
  }
  if (!fault.message.empty()) return fail(std::move(fault));
  return &row;
}

// In the order of their numbers: the index is the same however entries were grouped, and pages are met in turn.
template <class Row>
std::vector<Row*> in_order(std::vector<Row*> rows) {
  std::sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) { return a->number < b->number; });
  return rows;
}

void IndexWriter::touch(Transfer& transfer) {
  if (!std::exchange(transfer.is_dirty, true)) dirty_transfers_.push_back(&transfer);
}

void IndexWriter::touch(Subject& subject) {
  if (!std::exchange(subject.is_dirty, true)) dirty_subjects_.push_back(&subject);
}

Status IndexWriter::flush() {
  if (auto flushed = flush_transfers(); !flushed) return flushed;
  return flush_subjects();
}

Status IndexWriter::flush_transfers() {
  for (auto* transfer : in_order(std::exchange(dirty_transfers_, {}))) {
    if (auto written = write(*transfer); !written) return written;
    transfer->is_new = transfer->is_dirty = false;
  }
  if (transfers_.size() > most_kept) transfers_.clear();
  return {};
}

Status IndexWriter::flush_subjects() {
  for (auto* subject : in_order(std::exchange(dirty_subjects_, {}))) {
    const auto seqs = as_bytes(subject->seqs);
    auto& s = subject->is_new ? s_.add_subject.bind(1, subject->number).bind(2, ByteView(subject->ref)).bind(3, seqs)
                              : s_.change_subject.bind(1, subject->number).bind(2, seqs);
    if (auto written = s.run(); !written) return written;
    subject->is_new = subject->is_dirty = false;
  }
  if (subjects_.size() > most_kept) subjects_.clear();
  return {};
}

Status IndexWriter::write(const Transfer& t) {
  auto& s = t.is_new ? s_.add_transfer : s_.change_transfer;
  s.bind(1, t.number);
  if (t.is_new)
    s.bind(2, ByteView(t.id.bytes))
        .bind(3, t.subject)
        .bind(4, t.record)
        .bind(5, t.referral)
        .bind(6, t.recipient)
        .bind(7, t.purpose)
        .bind(8, t.message);
  s.bind(9, t.state).bind(10, t.reasons);
  t.held_until.empty() ? s.bind_null(11) : s.bind(11, std::string_view(t.held_until));
  s.bind(12, t.attempts).bind(13, Number{t.may_have_arrived}).bind(14, t.sent).bind(15, t.mapping);
  s.bind(16, t.mapping_version);
  t.reference.empty() ? s.bind_null(17) : s.bind(17, std::string_view(t.reference));
  return s.bind(18, t.failure).bind(19, t.changed).bind(20, as_bytes(t.seqs)).bind(21, t.recheck).run();
}

Status IndexWriter::set_meta() {
  if (auto done = s_.set_meta.bind(1, "size").bind(2, static_cast<Number>(size_)).run(); !done) return done;
  if (auto done = s_.set_meta.bind(1, "place").bind(2, static_cast<Number>(place_)).run(); !done) return done;
  if (!tail_) return {};
  return s_.set_meta.bind(1, "tail").bind(2, ByteView(*tail_)).run();
}

Result<IndexWriter::Number> IndexWriter::number_of(std::string_view text) {
  if (const auto known = names_.find(text); known != names_.end()) return known->second;
  const auto found = s_.name.bind(1, text).step();
  if (!found) return fail(found.error());
  const Number number = *found ? s_.name.integer(0) : next_name_;
  s_.name.reset();
  if (number == next_name_) {
    if (auto added = s_.add_name.bind(1, number).bind(2, text).run(); !added) return fail(added.error());
    ++next_name_;
  }
  names_.emplace(text, number);
  return number;
}

Result<IndexWriter::Subject*> IndexWriter::find_subject(const SubjectRef& ref) {
  if (const auto known = subjects_.find(ref); known != subjects_.end()) return &known->second;
  const auto found = s_.subject.bind(1, ByteView(ref)).step();
  if (!found) return fail(found.error());
  Subject subject;
  subject.ref = ref;
  subject.is_new = !*found;
  subject.number = *found ? s_.subject.integer(0) : next_subject_++;
  if (*found) subject.seqs = s_.subject.text(1);
  subject.last = last_seq(subject.seqs);
  s_.subject.reset();
  return &subjects_.emplace(ref, std::move(subject)).first->second;
}

Status IndexWriter::note_in(Span& span, Statement& add, Number at, Number name) {
  if (span.block != at / span_size) span = {at / span_size, {}};
  if (std::find(span.names.begin(), span.names.end(), name) != span.names.end()) return {};
  span.names.push_back(name);
  return add.bind(1, name).bind(2, span.block).run();
}

Result<IndexWriter::Number> IndexWriter::number_of_record(const RecordId& record) {
  const auto found = s_.record.bind(1, ByteView(record.bytes)).step();
  if (!found) return fail(found.error());
  if (!*found) return fail(misread(entry_, "its record is not in the index"));
  const Number number = s_.record.integer(0);
  s_.record.reset();
  return number;
}

Result<IndexWriter::Transfer*> IndexWriter::find_transfer(const TransferId& id) {
  if (const auto known = transfers_.find(id); known != transfers_.end()) return &known->second;
  auto& s = s_.transfer;
  const auto found = s.bind(1, ByteView(id.bytes)).step();
  if (!found) return fail(found.error());
  if (!*found) return fail(misread(entry_, "its transfer is not in the index"));
  Transfer t;
  t.id = id;
  t.number = s.integer(0);
  t.subject = s.integer(1);
  t.record = s.integer(2);
  t.referral = s.integer(3);
  t.recipient = s.integer(4);
  t.purpose = s.integer(5);
  t.message = s.integer(6);
  t.state = s.integer(7);
  t.reasons = s.integer(8);
  t.held_until = s.text(9);
  t.attempts = s.integer(10);
  t.may_have_arrived = s.integer(11) != 0;
  t.sent = s.integer(12);
  t.mapping = s.integer(13);
  t.mapping_version = s.integer(14);
  t.reference = s.text(15);
  t.failure = s.integer(16);
  t.changed = s.integer(17);
  t.seqs = s.text(18);
  t.recheck = s.integer(19);
  s.reset();
  return &transfers_.emplace(id, std::move(t)).first->second;
}

}  // namespace ketenpoort::audit
