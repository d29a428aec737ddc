#include "gateway/storage/vault/vault_file.hpp"

#include <fmt/format.h>

#include "gateway/base/boot_id.hpp"
#include "gateway/base/files.hpp"
#include "gateway/storage/vault/vault_migration.hpp"

namespace ketenpoort::storage {
namespace {

// Deleted content is overwritten, in the file as in the log. The log is moved into the file by the applier alone, which
// is what makes its changes durable (applier.hpp), hence no automatic checkpoint.
constexpr const char* settings = R"(
  PRAGMA page_size = 4096;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA secure_delete = ON;
  PRAGMA wal_autocheckpoint = 0;
  PRAGMA journal_size_limit = 67108864;
  PRAGMA cache_size = -8192;
  PRAGMA temp_store = MEMORY;
  PRAGMA trusted_schema = OFF;
)";

constexpr const char* reader_settings = R"(
  PRAGMA query_only = ON;
  PRAGMA cache_size = -2048;
  PRAGMA trusted_schema = OFF;
)";

// `place` and `size`: where in the file of sealed documents (sealed_file.hpp). `waste`: what of it nobody speaks of any
// more and is not wiped yet. `subject`: a subject's number. Whose that is, and whose an identifier is, is known in
// memory: no index finds it here. In `meta`: the last batch `applied`, and the last one `synced` with all its
// documents; the `boot` of the machine during which somebody wrote last; where the documents end, and how far they are
// synced.
constexpr const char* vault_schema = R"(
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS subject (
    number INTEGER PRIMARY KEY, ref BLOB NOT NULL, payload_key BLOB, proof_key BLOB, directory_key BLOB) STRICT;
  CREATE TABLE IF NOT EXISTS identifier (
    subject INTEGER NOT NULL, mark BLOB NOT NULL, PRIMARY KEY (subject, mark)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS record (
    id BLOB PRIMARY KEY, subject INTEGER NOT NULL, place INTEGER NOT NULL, size INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS payload (
    transfer BLOB PRIMARY KEY, subject INTEGER NOT NULL, content_type TEXT NOT NULL, place INTEGER NOT NULL,
    size INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS record_subject ON record (subject);
  CREATE INDEX IF NOT EXISTS payload_subject ON payload (subject);
  CREATE TABLE IF NOT EXISTS waste (place INTEGER PRIMARY KEY, size INTEGER NOT NULL) STRICT;
  CREATE TRIGGER IF NOT EXISTS record_deleted AFTER DELETE ON record BEGIN
    INSERT OR REPLACE INTO waste VALUES (old.place, old.size); END;
  CREATE TRIGGER IF NOT EXISTS record_moved AFTER UPDATE OF place ON record WHEN old.place <> new.place BEGIN
    INSERT OR REPLACE INTO waste VALUES (old.place, old.size); END;
  CREATE TRIGGER IF NOT EXISTS payload_deleted AFTER DELETE ON payload BEGIN
    INSERT OR REPLACE INTO waste VALUES (old.place, old.size); END;
  CREATE TRIGGER IF NOT EXISTS payload_moved AFTER UPDATE OF place ON payload WHEN old.place <> new.place BEGIN
    INSERT OR REPLACE INTO waste VALUES (old.place, old.size); END;
  CREATE TABLE IF NOT EXISTS erasure (
    subject INTEGER PRIMARY KEY, classes INTEGER NOT NULL, purged INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS suppression (mark BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS decision (id BLOB PRIMARY KEY, subject INTEGER NOT NULL, sealed BLOB NOT NULL)
    STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS stay_end (subject INTEGER PRIMARY KEY, day INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS number (
    mark BLOB NOT NULL, subject INTEGER NOT NULL, reference BLOB NOT NULL, state INTEGER NOT NULL,
    PRIMARY KEY (mark, subject)) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS number_subject ON number (subject);
  CREATE TABLE IF NOT EXISTS figure (
    id BLOB PRIMARY KEY, month INTEGER NOT NULL, centre TEXT NOT NULL, recipient TEXT NOT NULL, kind TEXT NOT NULL,
    status TEXT NOT NULL, reason TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS reply (
    number INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, body_digest BLOB NOT NULL, status INTEGER NOT NULL,
    expires INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS reply_expires ON reply (expires);
)";

Status write_meta(Database& database, const VaultKeys& keys) {
  auto insert = database.prepare(
      "INSERT INTO meta (name, value) VALUES ('schema', ?1), ('key-check', ?2), ('applied', 0), ('synced', 0), "
      "('boot', ''), ('sealed', 0), ('sealed-synced', 0)");
  if (!insert) return fail(std::move(insert.error()));
  return insert->bind(1, current_vault_version).bind(2, ByteView(keys.check)).run();
}

// All of it or nothing: a file that was left half-made is made anew.
Status make_tables(Database& database, const VaultKeys& keys) {
  auto begun = database.execute("BEGIN IMMEDIATE");
  if (!begun) return begun;
  auto made = database.execute(vault_schema);
  if (made) made = write_meta(database, keys);
  if (made) made = database.execute("COMMIT");
  return made;
}

Result<bool> has_tables(Database& database) {
  auto query = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'meta'");
  if (!query) return fail(std::move(query.error()));
  return query->step();
}

}  // namespace

namespace {

// The version too: the one of now, or `oldest` and what came since.
Status check_made_by(Database& database, const VaultKeys& keys, const std::filesystem::path& file,
                     std::int64_t oldest) {
  auto query =
      database.prepare("SELECT a.value, b.value FROM meta a, meta b WHERE a.name = 'schema' AND b.name = 'key-check'");
  if (!query) return fail(std::move(query.error()));
  const auto row = query->step();
  if (!row) return fail(row.error());
  if (!*row) return fail(ErrorCode::io, fmt::format("{} is damaged: it does not say what made it", file.string()));
  const auto version = query->integer(0);
  if (version < oldest || version > current_vault_version)
    return fail(ErrorCode::config, fmt::format("{} has version {} and this program knows version {}: {}", file.string(),
                                               version, current_vault_version,
                                               version >= oldest_migrated_version && version < current_vault_version
                                                   ? "start the gateway on it, which makes it new"
                                                   : "run the program that made it"));
  if (!equal_in_constant_time(query->blob(1), keys.check))
    return fail(
        ErrorCode::config,
        fmt::format("{} was made with another master key: put the right key file in the configuration", file.string()));
  return {};
}

Result<std::int64_t> meta_number(Database& database, std::string_view name) {
  auto query = database.prepare("SELECT value FROM meta WHERE name = ?1");
  if (!query) return fail(std::move(query.error()));
  const auto row = query->bind(1, name).step();
  if (!row) return fail(row.error());
  return query->integer(0);
}

// What a kill leaves in the system's memory reaches the file; what a power cut leaves may be a row without its
// document. So after another start of the machine only what was synced counts, and the journal tells the rest again.
Status distrust_after_reboot(Database& database) {
  auto update = database.prepare(
      "UPDATE meta SET value = (SELECT value FROM meta WHERE name = 'synced') WHERE name = 'applied' AND "
      "(SELECT value FROM meta WHERE name = 'boot') NOT IN ('', ?1)");
  if (!update) return fail(std::move(update.error()));
  const auto boot = boot_id();
  if (auto done = update->bind(1, std::string_view(boot)).run(); !done) return done;
  auto note = database.prepare("UPDATE meta SET value = ?1 WHERE name = 'boot' AND value <> ?1");
  if (!note) return fail(std::move(note.error()));
  return note->bind(1, std::string_view(boot)).run();
}

Status prepare_file(Database& database, const VaultKeys& keys, const std::filesystem::path& file) {
  if (auto set = database.execute(settings); !set) return set;
  const auto there = has_tables(database);
  if (!there) return fail(there.error());
  if (!*there) {
    if (auto made = make_tables(database, keys); !made) return made;
  } else {
    if (auto fits = check_made_by(database, keys, file, oldest_migrated_version); !fits) return fits;
    const auto version = meta_number(database, "schema");
    if (!version) return fail(version.error());
    // Of this version: tables that came with a newer program.
    auto made = *version < current_vault_version
                    ? migrate_vault(database, file, vault_schema, {*version, current_vault_version})
                    : database.execute(vault_schema);
    if (!made) return made;
  }
  return distrust_after_reboot(database);
}

}  // namespace

Status check_vault_key(Database& database, const VaultKeys& keys, const std::filesystem::path& file) {
  return check_made_by(database, keys, file, current_vault_version);
}

Result<std::int64_t> vault_version(Database& database) {
  return meta_number(database, "schema");
}

Result<VaultProgress> vault_progress(Database& database) {
  VaultProgress out;
  for (auto [name, into] :
       {std::pair{"applied", &out.applied}, {"sealed", &out.sealed_end}, {"sealed-synced", &out.sealed_synced}}) {
    const auto value = meta_number(database, name);
    if (!value) return fail(value.error());
    *into = static_cast<std::uint64_t>(*value);
  }
  return out;
}

Result<Database> open_for_writing(const std::filesystem::path& file, const VaultKeys& keys) {
  if (auto made = make_private_file(file); !made) return fail(std::move(made.error()));
  auto database = Database::open(file, Database::Access::write);
  if (!database) return database;
  if (auto ready = prepare_file(*database, keys, file); !ready) return fail(std::move(ready.error()));
  return database;
}

Result<Database> open_for_reading(const std::filesystem::path& file) {
  auto database = Database::open(file, Database::Access::read);
  if (!database) return database;
  if (auto set = database->execute(reader_settings); !set) return fail(std::move(set.error()));
  return database;
}

}  // namespace ketenpoort::storage
