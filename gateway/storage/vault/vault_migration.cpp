#include "gateway/storage/vault/vault_migration.hpp"

#include "gateway/storage/sqlite/sealed_file.hpp"
#include "gateway/storage/vault/vault_file.hpp"

namespace ketenpoort::storage {
namespace {

// In order of arrival, as they would have been written.
constexpr const char* old_records = "SELECT id, subject, sealed FROM old_record ORDER BY number";
constexpr const char* old_payloads = "SELECT transfer, subject, sealed, content_type FROM old_payload ORDER BY number";

class Migration {
 public:
  Migration(Database& database, SealedFile sealed) : database_(database), sealed_(std::move(sealed)) {}

  Status run(const char* schema, VaultVersions versions) {
    const bool documents_within = versions.from < documents_beside_since;
    auto done = documents_within ? set_documents_aside() : Status{};
    if (done)
      done = database_.execute("DROP INDEX identifier_subject; ALTER TABLE identifier RENAME TO old_identifier");
    if (done) done = database_.execute(schema);
    if (done) done = move_identifiers();
    if (done && documents_within) done = move_documents();
    return done ? write_version(versions.to) : done;
  }

 private:
  Status set_documents_aside() {
    if (auto cut = sealed_.cut(0); !cut) return cut;  // of one that was broken off
    return database_.execute(
        "DROP INDEX record_subject; DROP INDEX payload_subject; ALTER TABLE record RENAME TO old_record; "
        "ALTER TABLE payload RENAME TO old_payload");
  }

  Status move_identifiers() {
    return database_.execute(
        "INSERT INTO identifier (subject, mark) SELECT subject, mark FROM old_identifier ORDER BY subject, mark; "
        "DROP TABLE old_identifier");
  }

  Status move_documents() {
    auto done = move(old_records, "INSERT INTO record (id, subject, place, size) VALUES (?1, ?2, ?3, ?4)");
    if (done)
      done = move(old_payloads,
                  "INSERT INTO payload (transfer, subject, place, size, content_type) VALUES (?1, ?2, ?3, ?4, ?5)");
    if (done) done = sealed_.flush();
    if (done) done = sealed_.sync();
    if (done) done = database_.execute("DROP TABLE old_record; DROP TABLE old_payload");
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
          .bind(2, rows->blob(1))
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
