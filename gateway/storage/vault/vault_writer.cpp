#include "gateway/storage/vault/vault_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>
#include <vector>

namespace ketenpoort::storage {
namespace {

constexpr auto borne = static_cast<std::uint8_t>(exchange::NumberDecision::State::borne);

constexpr const char* put_subject =
    "INSERT INTO subject (number, ref, payload_key, proof_key, directory_key) VALUES (?1, ?2, ?3, ?4, ?5) "
    "ON CONFLICT (number) DO UPDATE "
    "SET payload_key = excluded.payload_key, proof_key = excluded.proof_key, directory_key = excluded.directory_key";
constexpr const char* mention_subject = "INSERT INTO subject (number, ref) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
constexpr const char* put_identifier = "INSERT INTO identifier (mark, subject) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
constexpr const char* put_record =
    "INSERT INTO record (id, subject, place, size) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (id) DO UPDATE SET subject = excluded.subject, place = excluded.place, size = excluded.size";
constexpr const char* put_payload =
    "INSERT INTO payload (transfer, subject, content_type, place, size) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT "
    "(transfer) DO UPDATE SET subject = excluded.subject, content_type = excluded.content_type, place = "
    "excluded.place, size = excluded.size";
constexpr const char* drop_record = "DELETE FROM record WHERE id = ?1";
constexpr const char* erase_keys =
    "UPDATE subject SET payload_key = CASE WHEN ?2 & 1 THEN NULL ELSE payload_key END, "
    "proof_key = CASE WHEN ?2 & 2 THEN NULL ELSE proof_key END, "
    "directory_key = CASE WHEN ?2 & 4 THEN NULL ELSE directory_key END WHERE number = ?1";
constexpr const char* erase_records = "DELETE FROM record WHERE subject = ?1";
constexpr const char* erase_payloads = "DELETE FROM payload WHERE subject = ?1";
constexpr const char* erase_identifiers = "DELETE FROM identifier WHERE subject = ?1";
constexpr const char* put_suppression = "INSERT INTO suppression (mark) VALUES (?1) ON CONFLICT DO NOTHING";
constexpr const char* put_erasure =
    "INSERT INTO erasure (subject, classes, purged) VALUES (?1, ?2, 0) ON CONFLICT (subject) DO UPDATE "
    "SET classes = classes | excluded.classes, purged = 0";
constexpr const char* set_purged = "UPDATE erasure SET purged = 1 WHERE subject = ?1";
constexpr const char* put_decision =
    "INSERT INTO decision (id, subject, sealed) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE "
    "SET subject = excluded.subject, sealed = excluded.sealed";
constexpr const char* drop_decision = "DELETE FROM decision WHERE id = ?1";
constexpr const char* put_stay_end =
    "INSERT INTO stay_end (subject, day) VALUES (?1, ?2) ON CONFLICT (subject) DO UPDATE SET day = excluded.day";
constexpr const char* put_figure =
    "INSERT INTO figure (id, month, centre, recipient, kind, status, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON "
    "CONFLICT DO NOTHING";
constexpr const char* put_number =
    "INSERT INTO number (mark, subject, reference, state) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (mark, subject) DO "
    "UPDATE "
    "SET reference = excluded.reference, state = excluded.state";
constexpr const char* drop_identifier = "DELETE FROM identifier WHERE mark = ?1 AND subject = ?2";
constexpr const char* erase_numbers = "DELETE FROM number WHERE subject = ?1";
// Of somebody else, who bore the number before; not of a family's number that others still bear.
constexpr const char* erase_mark = "DELETE FROM number WHERE mark = ?1 AND state <> ?2";
constexpr const char* erase_decisions = "DELETE FROM decision WHERE subject = ?1";
constexpr const char* drop_payload = "DELETE FROM payload WHERE transfer = ?1";
constexpr const char* put_reply =
    "INSERT INTO reply (key, body_digest, status, expires, sealed) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (key) DO "
    "UPDATE "
    "SET body_digest = excluded.body_digest, status = excluded.status, expires = excluded.expires, sealed = "
    "excluded.sealed";
constexpr const char* set_applied = "UPDATE meta SET value = ?1 WHERE name = 'applied'";
constexpr const char* set_sealed_end = "UPDATE meta SET value = ?1 WHERE name = 'sealed'";
constexpr const char* set_synced =
    "UPDATE meta SET value = CASE name WHEN 'synced' THEN ?1 ELSE ?2 END WHERE name IN ('synced', 'sealed-synced')";
constexpr const char* find_waste = "SELECT place, size FROM waste ORDER BY place LIMIT ?1";
constexpr const char* drop_waste = "DELETE FROM waste WHERE place <= ?1";
constexpr std::int64_t wiped_at_a_time = 4096;
constexpr const char* remove_replies =
    "DELETE FROM reply WHERE number IN (SELECT number FROM reply WHERE expires <= ?1 ORDER BY expires LIMIT ?2)";

// In order of their keys, so that neighbours in an index are written together.
template <class Map>
std::vector<const typename Map::value_type*> in_order(const Map& rows) {
  std::vector<const typename Map::value_type*> out;
  out.reserve(rows.size());
  for (const auto& row : rows) out.push_back(&row);
  std::sort(out.begin(), out.end(), [](const auto* a, const auto* b) { return a->first < b->first; });
  return out;
}

std::vector<const StoredIdentifier*> in_order_of_subjects(const decltype(Generation::identifiers)& rows) {
  std::vector<const StoredIdentifier*> out;
  out.reserve(rows.size());
  for (const auto& [mark, row] : rows) out.push_back(&row);
  std::ranges::sort(out, {}, [](const auto* row) { return std::tie(row->subject, row->mark); });
  return out;
}

}  // namespace

Result<VaultWriter> VaultWriter::open(const std::filesystem::path& file, const VaultKeys& keys,
                                      SubjectNumbers& numbers) {
  auto database = open_for_writing(file, keys);
  if (!database) return fail(std::move(database.error()));
  std::vector<Statement> made;
  for (const char* sql :
       {put_subject,       put_identifier,  put_record,  put_payload,     drop_payload,  put_reply,
        set_applied,       remove_replies,  drop_record, erase_keys,      erase_records, erase_payloads,
        erase_identifiers, put_suppression, put_erasure, set_purged,      put_decision,  drop_decision,
        put_stay_end,      put_figure,      put_number,  drop_identifier, erase_numbers, erase_mark,
        erase_decisions,   set_sealed_end,  set_synced,  find_waste,      drop_waste,    mention_subject}) {
    auto statement = database->prepare(sql);
    if (!statement) return fail(std::move(statement.error()));
    made.push_back(std::move(*statement));
  }
  const auto progress = vault_progress(*database);
  if (!progress) return fail(progress.error());
  if (auto there = check_documents(file, progress->sealed_synced); !there) return fail(std::move(there.error()));
  auto sealed = SealedFile::open(file, Database::Access::write);
  if (!sealed) return fail(std::move(sealed.error()));
  return VaultWriter(
      std::move(*database), numbers,
      {std::move(made[0]),  std::move(made[1]),  std::move(made[2]),  std::move(made[3]),  std::move(made[4]),
       std::move(made[5]),  std::move(made[6]),  std::move(made[7]),  std::move(made[8]),  std::move(made[9]),
       std::move(made[10]), std::move(made[11]), std::move(made[12]), std::move(made[13]), std::move(made[14]),
       std::move(made[15]), std::move(made[16]), std::move(made[17]), std::move(made[18]), std::move(made[19]),
       std::move(made[20]), std::move(made[21]), std::move(made[22]), std::move(made[23]), std::move(made[24]),
       std::move(made[25]), std::move(made[26]), std::move(made[27]), std::move(made[28]), std::move(made[29])},
      std::move(*sealed), *progress);
}

Status VaultWriter::apply(const Generation& generation) {
  if (auto begun = database_.execute("BEGIN IMMEDIATE"); !begun) return begun;
  const auto end = end_;
  const auto subjects = numbers_->count();
  auto written = cut_ ? Status{} : sealed_.cut(end_);
  if (written) written = write_rows(generation);
  if (written) written = sealed_.flush();  // before a reader can hear of it
  if (written) written = database_.execute("COMMIT");
  cut_ = static_cast<bool>(written);
  if (written) {
    applied_ = generation.through;
    return {};
  }
  end_ = end;
  numbers_->cut(subjects);
  // Some errors have rolled back already, and then there is nothing to roll back; the first error is the one that
  // counts.
  static_cast<void>(database_.execute("ROLLBACK"));
  return written;
}

Status VaultWriter::write_rows(const Generation& generation) {
  Status status;
  for (const auto* row : in_order(generation.subjects))
    if (status) status = write(row->second);
  for (const auto* row : in_order_of_subjects(generation.identifiers))
    if (status) status = write(*row);
  for (const auto& [place, row] : generation.numbers)
    if (status) status = write(row);
  for (const auto* row : in_order(generation.records))
    if (status) status = write(row->first, row->second);
  for (const auto* row : in_order(generation.payloads))
    if (status) status = write(row->first, row->second);
  for (const auto* row : in_order(generation.replies))
    if (status) status = write(row->second);
  // What waited when the erasure came, the generation itself has let go of; what is left in it was proposed later.
  for (const auto* row : in_order(generation.erasures))
    if (status) status = erase_decisions_of(row->first);
  for (const auto* row : in_order(generation.decisions))
    if (status) status = write(row->first, row->second);
  for (const auto* row : in_order(generation.stay_ends))
    if (status) status = write(row->second);
  for (const auto* row : in_order(generation.figures))
    if (status) status = write(row->second);
  for (const auto* row : in_order(generation.erasures))
    if (status) status = write(row->second);
  for (const auto* row : in_order(generation.purges))
    if (status) status = write(row->second);
  return status ? note_progress(generation.through) : status;
}

Status VaultWriter::note_progress(std::uint64_t through) {
  if (auto done = statements_.sealed_end.bind(1, static_cast<std::int64_t>(end_)).run(); !done) return done;
  return statements_.applied.bind(1, static_cast<std::int64_t>(through)).run();
}

// Where it goes in the file of sealed documents.
Result<std::uint64_t> VaultWriter::place(ByteView sealed) {
  if (auto written = sealed_.append(sealed, end_); !written) return fail(std::move(written.error()));
  return std::exchange(end_, end_ + sealed.size());
}

// Documents first: no row that is durable speaks of one that is not.
Status VaultWriter::sync_sealed() {
  if (auto synced = sealed_.sync(); !synced) return synced;
  return statements_.synced.bind(1, static_cast<std::int64_t>(applied_)).bind(2, static_cast<std::int64_t>(end_)).run();
}

Result<bool> VaultWriter::checkpoint() {
  if (auto synced = sync_sealed(); !synced) return fail(std::move(synced.error()));
  const auto whole = database_.checkpoint();
  if (!whole || !*whole) return whole;
  if (auto wiped = wipe_waste(); !wiped) return fail(std::move(wiped.error()));
  return true;
}

// Only after a checkpoint: that nobody speaks of these places any more must not be taken back by a power cut.
Status VaultWriter::wipe_waste() {
  while (true) {
    std::vector<SealedPlace> places;
    auto& query = statements_.waste.bind(1, wiped_at_a_time);
    while (true) {
      const auto row = query.step();
      if (!row) return fail(row.error());
      if (!*row) break;
      places.push_back({static_cast<std::uint64_t>(query.integer(0)), static_cast<std::uint64_t>(query.integer(1))});
    }
    query.reset();
    if (places.empty()) return {};
    if (auto wiped = sealed_.wipe(places); !wiped) return wiped;
    const auto last = static_cast<std::int64_t>(places.back().at);
    if (auto dropped = statements_.drop_waste.bind(1, last).run(); !dropped) return dropped;
  }
}

// Of somebody whose row is not there, as of one whose keys are destroyed when a journal is replayed, a row without keys
// says whose number it is.
Result<std::int64_t> VaultWriter::number_of(const SubjectRef& subject) {
  if (const auto known = numbers_->find(subject)) return *known;
  const auto number = numbers_->find_or_add(subject);
  if (auto written = statements_.mention.bind(1, number).bind(2, ByteView(subject)).run(); !written)
    return fail(std::move(written.error()));
  return number;
}

Status VaultWriter::write(const StoredSubject& row) {
  constexpr int first_key = 3;
  auto& put = statements_.subject.bind(1, numbers_->find_or_add(row.subject)).bind(2, ByteView(row.subject));
  for (std::size_t i = 0; i < key_class_count; ++i) {
    const int parameter = static_cast<int>(i) + first_key;
    if (row.keys[i].empty())
      put.bind_null(parameter);
    else
      put.bind(parameter, ByteView(row.keys[i]));
  }
  return put.run();
}

Status VaultWriter::write(const StoredIdentifier& row) {
  const auto subject = number_of(row.subject);
  if (!subject) return fail(subject.error());
  return statements_.identifier.bind(1, ByteView(row.mark)).bind(2, *subject).run();
}

Status VaultWriter::write(const StoredNumber& row) {
  const auto subject = number_of(row.subject);
  if (!subject) return fail(subject.error());
  auto& identifier = row.state == borne ? statements_.identifier : statements_.drop_identifier;
  if (auto moved = identifier.bind(1, ByteView(row.mark)).bind(2, *subject).run(); !moved) return moved;
  return statements_.number.bind(1, ByteView(row.mark))
      .bind(2, *subject)
      .bind(3, ByteView(row.reference))
      .bind(4, std::int64_t{row.state})
      .run();
}

Status VaultWriter::write(const RecordId& record, const std::optional<StoredRecord>& row) {
  if (!row) return statements_.drop_record.bind(1, ByteView(record.bytes)).run();
  const auto subject = number_of(row->subject);
  if (!subject) return fail(subject.error());
  const auto at = place(row->sealed);
  if (!at) return fail(at.error());
  return statements_.record.bind(1, ByteView(record.bytes))
      .bind(2, *subject)
      .bind(3, static_cast<std::int64_t>(*at))
      .bind(4, static_cast<std::int64_t>(row->sealed.size()))
      .run();
}

// After the rows that came before it, so that nothing of them stays.
Status VaultWriter::write(const ErasedSubject& row) {
  const auto number = number_of(row.subject);
  if (!number) return fail(number.error());
  const auto subject = *number;
  auto status = statements_.erase_keys.bind(1, subject).bind(2, std::int64_t{row.classes.bits()}).run();
  if (status && row.classes.contains(KeyClass::payload)) status = statements_.erase_records.bind(1, subject).run();
  if (status && row.classes.contains(KeyClass::payload)) status = statements_.erase_payloads.bind(1, subject).run();
  if (status && row.classes.contains(KeyClass::directory))
    status = statements_.erase_identifiers.bind(1, subject).run();
  if (status && row.classes.contains(KeyClass::directory)) status = statements_.erase_numbers.bind(1, subject).run();
  for (const auto& mark : row.marks)
    if (status) status = statements_.erase_mark.bind(1, ByteView(mark)).bind(2, std::int64_t{borne}).run();
  for (const auto& mark : row.suppressed)
    if (status) status = statements_.suppress.bind(1, ByteView(mark)).run();
  if (!status) return status;
  return statements_.erased.bind(1, subject).bind(2, std::int64_t{row.classes.bits()}).run();
}

Status VaultWriter::write(const Uuid& decision, const std::optional<StoredDecision>& row) {
  if (!row) return statements_.drop_decision.bind(1, ByteView(decision.bytes)).run();
  const auto subject = number_of(row->subject);
  if (!subject) return fail(subject.error());
  return statements_.decision.bind(1, ByteView(decision.bytes)).bind(2, *subject).bind(3, ByteView(row->sealed)).run();
}

Status VaultWriter::erase_decisions_of(const SubjectRef& subject) {
  const auto number = number_of(subject);
  if (!number) return fail(number.error());
  return statements_.erase_decisions.bind(1, *number).run();
}

Status VaultWriter::write(const StoredStayEnd& row) {
  const auto subject = number_of(row.subject);
  if (!subject) return fail(subject.error());
  return statements_.stay_end.bind(1, *subject).bind(2, row.day).run();
}

Status VaultWriter::write(const PurgedSubject& row) {
  const auto subject = number_of(row.subject);
  if (!subject) return fail(subject.error());
  return statements_.purged.bind(1, *subject).run();
}

// secure_delete overwrites what is deleted, not what SQLite left behind when it moved a row from one page to another;
// a file written anew holds nothing but what lives. Sealed documents lie elsewhere, so that file is small. While
// somebody reads (a backup), the log cannot be emptied, and each time the file is written anew would make it longer by
// all of it.
Result<bool> VaultWriter::scrub() {
  if (auto cut = sealed_.cut(end_); !cut) return fail(std::move(cut.error()));
  if (auto synced = sync_sealed(); !synced) return fail(std::move(synced.error()));
  if (auto idle = database_.empty_log(); !idle || !*idle) return idle;
  for (const char* sql : {"PRAGMA temp_store = FILE", "VACUUM", "PRAGMA temp_store = MEMORY"})
    if (auto done = database_.execute(sql); !done) return fail(done.error());
  const auto emptied = database_.empty_log();
  if (!emptied || !*emptied) return emptied;
  if (auto wiped = wipe_waste(); !wiped) return fail(std::move(wiped.error()));
  return true;
}

Status VaultWriter::write(const TransferId& transfer, const std::optional<StoredPayload>& row) {
  if (!row) return statements_.drop.bind(1, ByteView(transfer.bytes)).run();
  const auto subject = number_of(row->subject);
  if (!subject) return fail(subject.error());
  const auto at = place(row->sealed);
  if (!at) return fail(at.error());
  return statements_.payload.bind(1, ByteView(transfer.bytes))
      .bind(2, *subject)
      .bind(3, std::string_view(row->content_type))
      .bind(4, static_cast<std::int64_t>(*at))
      .bind(5, static_cast<std::int64_t>(row->sealed.size()))
      .run();
}

Status VaultWriter::write(const StoredReply& row) {
  return statements_.reply.bind(1, ByteView(row.key))
      .bind(2, ByteView(row.body_digest))
      .bind(3, std::int64_t{row.status})
      .bind(4, std::int64_t{row.expires.time_since_epoch().count()})
      .bind(5, ByteView(row.sealed))
      .run();
}

Status VaultWriter::write(const StoredFigure& row) {
  auto& put = statements_.figure.bind(1, ByteView(row.id.bytes)).bind(2, std::int64_t{row.month});
  int parameter = 3;
  for (const auto* text : {&row.centre, &row.recipient, &row.kind, &row.status, &row.reason})
    put.bind(parameter++, std::string_view(*text));
  return put.run();
}

Status VaultWriter::remove_expired(Timestamp now, std::int64_t limit) {
  return statements_.expired.bind(1, std::int64_t{now.time_since_epoch().count()}).bind(2, limit).run();
}

}  // namespace ketenpoort::storage
