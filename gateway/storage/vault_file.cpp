#include "gateway/storage/vault_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "gateway/base/files.hpp"

namespace ketenpoort::storage {
namespace {

constexpr std::int64_t schema_version = 2;

// Deleted content is overwritten, in the file as in the log. The log is moved into the file by the applier alone, which
// is what makes its changes durable (applier.hpp), hence no automatic checkpoint.
constexpr const char* settings = R"(
  PRAGMA page_size = 4096;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA secure_delete = ON;
  PRAGMA wal_autocheckpoint = 0;
  PRAGMA journal_size_limit = 67108864;
  PRAGMA cache_size = -16384;
  PRAGMA temp_store = MEMORY;
  PRAGMA trusted_schema = OFF;
)";

constexpr const char* reader_settings = R"(
  PRAGMA query_only = ON;
  PRAGMA cache_size = -2048;
  PRAGMA trusted_schema = OFF;
)";

constexpr const char* schema = R"(
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS subject (
    ref BLOB PRIMARY KEY, payload_key BLOB, proof_key BLOB, directory_key BLOB) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS identifier (
    mark BLOB NOT NULL, subject BLOB NOT NULL, PRIMARY KEY (mark, subject)) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS identifier_subject ON identifier (subject);
  CREATE TABLE IF NOT EXISTS record (
    number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, subject BLOB NOT NULL, sealed BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS payload (
    number INTEGER PRIMARY KEY, transfer BLOB NOT NULL UNIQUE, subject BLOB NOT NULL, content_type TEXT NOT NULL,
    sealed BLOB NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS record_subject ON record (subject);
  CREATE INDEX IF NOT EXISTS payload_subject ON payload (subject);
  CREATE TABLE IF NOT EXISTS erasure (
    subject BLOB PRIMARY KEY, classes INTEGER NOT NULL, purged INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS suppression (mark BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS decision (id BLOB PRIMARY KEY, subject BLOB NOT NULL, sealed BLOB NOT NULL)
    STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS stay_end (subject BLOB PRIMARY KEY, day INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS reply (
    number INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, body_digest BLOB NOT NULL, status INTEGER NOT NULL,
    expires INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS reply_expires ON reply (expires);
)";

// Beside what version 2 began with; a file from before gets it when it is opened for writing.
constexpr const char* added_tables = R"(
  CREATE TABLE IF NOT EXISTS figure (
    id BLOB PRIMARY KEY, month INTEGER NOT NULL, centre TEXT NOT NULL, recipient TEXT NOT NULL, kind TEXT NOT NULL,
    status TEXT NOT NULL, reason TEXT NOT NULL) STRICT, WITHOUT ROWID;
)";

Status make_private_file(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return fail(io_error("cannot open", file, errno));
  ::close(fd);
  return sync_folder(file.has_parent_path() ? file.parent_path() : ".");
}

Status write_meta(Database& database, const VaultKeys& keys) {
  auto insert =
      database.prepare("INSERT INTO meta (name, value) VALUES ('schema', ?1), ('key-check', ?2), ('applied', 0)");
  if (!insert) return fail(std::move(insert.error()));
  return insert->bind(1, schema_version).bind(2, ByteView(keys.check)).run();
}

// All of it or nothing: a file that was left half-made is made anew.
Status make_tables(Database& database, const VaultKeys& keys) {
  auto begun = database.execute("BEGIN IMMEDIATE");
  if (!begun) return begun;
  auto made = database.execute(schema);
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

Status check_vault_key(Database& database, const VaultKeys& keys, const std::filesystem::path& file) {
  auto query =
      database.prepare("SELECT a.value, b.value FROM meta a, meta b WHERE a.name = 'schema' AND b.name = 'key-check'");
  if (!query) return fail(std::move(query.error()));
  const auto row = query->step();
  if (!row) return fail(row.error());
  if (!*row) return fail(ErrorCode::io, fmt::format("{} is damaged: it does not say what made it", file.string()));
  if (query->integer(0) != schema_version)
    return fail(ErrorCode::config,
                fmt::format("{} has version {} and this program knows version {}: run the program that made it",
                            file.string(), query->integer(0), schema_version));
  if (!equal_in_constant_time(query->blob(1), keys.check))
    return fail(
        ErrorCode::config,
        fmt::format("{} was made with another master key: put the right key file in the configuration", file.string()));
  return {};
}

namespace {

Status prepare_file(Database& database, const VaultKeys& keys, const std::filesystem::path& file) {
  if (auto set = database.execute(settings); !set) return set;
  const auto there = has_tables(database);
  if (!there) return fail(there.error());
  auto ready = *there ? check_vault_key(database, keys, file) : make_tables(database, keys);
  return ready ? database.execute(added_tables) : ready;
}

}  // namespace

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

Result<std::uint64_t> applied_batch(Database& database) {
  auto query = database.prepare("SELECT value FROM meta WHERE name = 'applied'");
  if (!query) return fail(std::move(query.error()));
  const auto row = query->step();
  if (!row) return fail(row.error());
  return static_cast<std::uint64_t>(query->integer(0));
}

}  // namespace ketenpoort::storage
