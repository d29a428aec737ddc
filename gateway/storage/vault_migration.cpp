#include "gateway/storage/vault_migration.hpp"

#include "gateway/storage/sealed_file.hpp"

namespace ketenpoort::storage {
namespace {

// In order of arrival, as they would have been written.
constexpr const char* old_records = "SELECT id, subject, sealed FROM old_record ORDER BY number";
constexpr const char* old_payloads = "SELECT transfer, subject, sealed, content_type FROM old_payload ORDER BY number";

class Migration {
 public:
  Migration(Database& database, SealedFile sealed) : database_(database), sealed_(std::move(sealed)) {}

  Status run(const char* schema, std::int64_t version) {
    auto done = sealed_.cut(0);  // of one that was broken off
    if (done)
      done = database_.execute(
          "DROP INDEX record_subject; DROP INDEX payload_subject; ALTER TABLE record RENAME TO old_record; "
          "ALTER TABLE payload RENAME TO old_payload");
    if (done) done = database_.execute(schema);
    if (done) done = move(old_records, "INSERT INTO record (id, subject, place, size) VALUES (?1, ?2, ?3, ?4)");
    if (done)
      done = move(old_payloads,
                  "INSERT INTO payload (transfer, subject, place, size, content_type) VALUES (?1, ?2, ?3, ?4, ?5)");
    if (done) done = sealed_.flush();
    if (done) done = sealed_.sync();
    if (done) done = database_.execute("DROP TABLE old_record; DROP TABLE old_payload");
    return done ? write_meta(version) : done;
  }

 private:
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

  Status write_meta(std::int64_t version) {
    auto insert = database_.prepare(
        "INSERT OR REPLACE INTO meta (name, value) VALUES ('schema', ?1), ('sealed', ?2), ('sealed-synced', ?2), "
        "('boot', ''), ('synced', (SELECT value FROM meta WHERE name = 'applied'))");
    if (!insert) return fail(std::move(insert.error()));
    return insert->bind(1, version).bind(2, static_cast<std::int64_t>(end_)).run();
  }

  Database& database_;
  SealedFile sealed_;
  std::uint64_t end_ = 0;
};

}  // namespace

Status migrate_vault(Database& database, const std::filesystem::path& file, const char* schema, std::int64_t version) {
  auto sealed = SealedFile::open(file, Database::Access::write);
  if (!sealed) return fail(std::move(sealed.error()));
  if (auto begun = database.execute("PRAGMA synchronous = FULL; BEGIN IMMEDIATE"); !begun) return begun;
  auto done = Migration(database, std::move(*sealed)).run(schema, version);
  if (done) done = database.execute("COMMIT");
  if (done) return database.execute("PRAGMA synchronous = NORMAL");
  static_cast<void>(database.execute("ROLLBACK"));
  return done;
}

}  // namespace ketenpoort::storage
