#include "gateway/storage/vault/vault_migration.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "gateway/storage/sqlite/sealed_file.hpp"
#include "gateway/storage/vault/vault_file.hpp"

namespace ketenpoort::storage {
namespace {

// Tables whose rows are of a subject, which older versions named by its reference.
constexpr std::array<std::string_view, 8> set_aside = {"subject", "identifier", "record",   "payload",
                                                       "erasure", "decision",   "stay_end", "number"};

// A row may be of somebody whose own row is not there.
constexpr const char* number_subjects = R"(
  INSERT INTO subject (ref, payload_key, proof_key, directory_key)
    SELECT ref, payload_key, proof_key, directory_key FROM old_subject ORDER BY ref;
  INSERT INTO subject (ref) SELECT subject FROM (
      SELECT subject FROM old_identifier UNION SELECT subject FROM old_record UNION SELECT subject FROM old_payload
      UNION SELECT subject FROM old_erasure UNION SELECT subject FROM old_decision
      UNION SELECT subject FROM old_stay_end UNION SELECT subject FROM old_number)
    WHERE subject NOT IN (SELECT ref FROM old_subject) ORDER BY subject;
  CREATE UNIQUE INDEX subject_ref ON subject (ref);
)";

constexpr const char* move_rows = R"(
  INSERT INTO identifier (subject, mark)
    SELECT s.number, o.mark FROM old_identifier o JOIN subject s ON s.ref = o.subject ORDER BY s.number, o.mark;
  INSERT INTO erasure (subject, classes, purged)
    SELECT s.number, o.classes, o.purged FROM old_erasure o JOIN subject s ON s.ref = o.subject ORDER BY s.number;
  INSERT INTO decision (id, subject, sealed)
    SELECT o.id, s.number, o.sealed FROM old_decision o JOIN subject s ON s.ref = o.subject ORDER BY o.id;
  INSERT INTO stay_end (subject, day)
    SELECT s.number, o.day FROM old_stay_end o JOIN subject s ON s.ref = o.subject ORDER BY s.number;
  INSERT INTO number (mark, subject, reference, state)
    SELECT o.mark, s.number, o.reference, o.state FROM old_number o JOIN subject s ON s.ref = o.subject ORDER BY o.mark;
)";

// Of version 3 on, whose documents stay where they are.
constexpr const char* move_places = R"(
  INSERT INTO record (id, subject, place, size)
    SELECT o.id, s.number, o.place, o.size FROM old_record o JOIN subject s ON s.ref = o.subject ORDER BY o.id;
  INSERT INTO payload (transfer, subject, content_type, place, size)
    SELECT o.transfer, s.number, o.content_type, o.place, o.size
    FROM old_payload o JOIN subject s ON s.ref = o.subject ORDER BY o.transfer;
)";

// Of version 2, in order of arrival, as they would have been written.
constexpr const char* old_records =
    "SELECT o.id, s.number, o.sealed FROM old_record o JOIN subject s ON s.ref = o.subject ORDER BY o.number";
constexpr const char* old_payloads =
    "SELECT o.transfer, s.number, o.sealed, o.content_type FROM old_payload o JOIN subject s ON s.ref = o.subject "
    "ORDER BY o.number";

class Migration {
 public:
  Migration(Database& database, SealedFile sealed) : database_(database), sealed_(std::move(sealed)) {}

  Status run(const char* schema, VaultVersions versions) {
    const bool documents_within = versions.from < documents_beside_since;
    auto done = database_.execute(schema);  // tables that came with a newer program of the old version
    if (done) done = set_tables_aside();
    if (done) done = database_.execute(schema);
    if (done) done = database_.execute(number_subjects);
    if (done) done = database_.execute(move_rows);
    if (done) done = documents_within ? move_documents() : database_.execute(move_places);
    if (done) done = drop_old_tables();
    return done ? write_version(versions.to) : done;
  }

 private:
  // Names of indexes and triggers would stay with the old tables.
  Status set_tables_aside() {
    auto done = database_.execute(R"(
      DROP INDEX IF EXISTS identifier_subject;
      DROP INDEX record_subject; DROP INDEX payload_subject; DROP INDEX number_subject;
      DROP TRIGGER IF EXISTS record_deleted; DROP TRIGGER IF EXISTS record_moved;
      DROP TRIGGER IF EXISTS payload_deleted; DROP TRIGGER IF EXISTS payload_moved)");
    for (const auto table : set_aside)
      if (done) done = database_.execute(fmt::format("ALTER TABLE {0} RENAME TO old_{0}", table).c_str());
    return done;
  }

  Status drop_old_tables() {
    auto done = database_.execute("DROP INDEX subject_ref");
    for (const auto table : set_aside)
      if (done) done = database_.execute(fmt::format("DROP TABLE old_{}", table).c_str());
    return done;
  }

  Status move_documents() {
    auto done = sealed_.cut(0);  // of one that was broken off
    if (done) done = move(old_records, "INSERT INTO record (id, subject, place, size) VALUES (?1, ?2, ?3, ?4)");
    if (done)
      done = move(old_payloads,
                  "INSERT INTO payload (transfer, subject, place, size, content_type) VALUES (?1, ?2, ?3, ?4, ?5)");
    if (done) done = sealed_.flush();
    if (done) done = sealed_.sync();
    return done ? write_ends() : done;
  }

  Status move(const char* from, const char* into) {
    auto rows = database_.prepare(from);
    auto insert = database_.prepare(into);
    if (!rows) return fail(std::move(rows.error()));
    if (!insert) return fail(std::move(insert.error()));
    while (true) {
      const auto row = rows->step();
      if (!row) return fail(row.error());
      if (!*row) return {};
      const auto sealed = rows->blob(2);
      if (auto written = sealed_.append(sealed, end_); !written) return written;
      insert->bind(1, rows->blob(0))
          .bind(2, rows->integer(1))
          .bind(3, static_cast<std::int64_t>(end_))
          .bind(4, static_cast<std::int64_t>(sealed.size()));
      if (from == old_payloads) insert->bind(5, rows->text(3));
      if (auto done = insert->run(); !done) return done;
      end_ += sealed.size();
    }
  }

  Status write_ends() {
    auto insert = database_.prepare(
        "INSERT OR REPLACE INTO meta (name, value) VALUES ('sealed', ?1), ('sealed-synced', ?1), "
        "('boot', ''), ('synced', (SELECT value FROM meta WHERE name = 'applied'))");
    if (!insert) return fail(std::move(insert.error()));
    return insert->bind(1, static_cast<std::int64_t>(end_)).run();
  }

  Status write_version(std::int64_t version) {
    auto update = database_.prepare("UPDATE meta SET value = ?1 WHERE name = 'schema'");
    if (!update) return fail(std::move(update.error()));
    return update->bind(1, version).run();
  }

  Database& database_;
  SealedFile sealed_;
  std::uint64_t end_ = 0;
};

}  // namespace

Status migrate_vault(Database& database, const std::filesystem::path& file, const char* schema,
                     VaultVersions versions) {
  auto sealed = SealedFile::open(file, Database::Access::write);
  if (!sealed) return fail(std::move(sealed.error()));
  if (auto begun = database.execute("PRAGMA synchronous = FULL; BEGIN IMMEDIATE"); !begun) return begun;
  auto done = Migration(database, std::move(*sealed)).run(schema, versions);
  if (done) done = database.execute("COMMIT");
  if (done) return database.execute("PRAGMA synchronous = NORMAL");
  static_cast<void>(database.execute("ROLLBACK"));
  return done;
}

}  // namespace ketenpoort::storage
