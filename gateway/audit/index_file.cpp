#include "gateway/audit/index_file.hpp"

#include <string>
#include <system_error>

#include "gateway/base/boot_id.hpp"
#include "gateway/base/files.hpp"

namespace ketenpoort::audit {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t schema_version = 5;

constexpr const char* settings = R"(
  PRAGMA page_size = 4096;
  PRAGMA journal_mode = WAL;
  PRAGMA wal_autocheckpoint = 4000;
  PRAGMA journal_size_limit = 33554432;
  PRAGMA cache_size = -6144;
  PRAGMA temp_store = MEMORY;
  PRAGMA trusted_schema = OFF;
)";

constexpr const char* reader_settings = R"(
  PRAGMA query_only = ON;
  PRAGMA cache_size = -2048;
  PRAGMA temp_store = MEMORY;
  PRAGMA trusted_schema = OFF;
)";

// Times are milliseconds since 1970. `place` is where an entry's record begins in its segment. `open` is the boot
// during which somebody writes here; empty when it was closed. `recheck`: holds with a date, by when their facts must
// be looked at again, and when the hold ended; a transfer's own is the due time of the one that runs, 0 for none.
// `seqs`: where a subject's (a transfer's) entries stand, packed (packing.hpp): one row is written for many entries.
// `span`: blocks of entries in which a kind or a recipient occurs; `transfer_span`: of transfers, by recipient. A
// search goes over these blocks: what is common is in all of them, what is rare in few, and no entry has to be filed by
// it. `answer`: referrals that arrived, or were reported on before, and when their recipient first reported back, or
// had to forget them (closed).
constexpr const char* schema = R"(
  CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE name (number INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;
  CREATE TABLE subject (number INTEGER PRIMARY KEY, ref BLOB NOT NULL UNIQUE, seqs BLOB NOT NULL) STRICT;
  CREATE TABLE entry (
    seq INTEGER PRIMARY KEY, time INTEGER NOT NULL, place INTEGER NOT NULL, kind INTEGER NOT NULL, subject INTEGER,
    transfer INTEGER, recipient INTEGER) STRICT;
  CREATE TABLE span (name INTEGER NOT NULL, block INTEGER NOT NULL, PRIMARY KEY (name, block)) STRICT, WITHOUT ROWID;
  CREATE TABLE record (
    number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, seq INTEGER NOT NULL, subject INTEGER NOT NULL,
    centre INTEGER NOT NULL, organisation INTEGER NOT NULL) STRICT;
  CREATE TABLE consent (
    number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, seq INTEGER NOT NULL, subject INTEGER NOT NULL,
    purpose INTEGER NOT NULL, recipient INTEGER NOT NULL, given INTEGER NOT NULL, stated INTEGER NOT NULL,
    remaining INTEGER NOT NULL, valid_until TEXT, superseded INTEGER NOT NULL) STRICT;
  CREATE INDEX consent_subject ON consent (subject);
  CREATE INDEX record_subject ON record (subject);
  CREATE TABLE transfer (
    number INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, subject INTEGER NOT NULL, record INTEGER NOT NULL,
    referral INTEGER NOT NULL, recipient INTEGER NOT NULL, purpose INTEGER NOT NULL, message INTEGER NOT NULL,
    state INTEGER NOT NULL, reasons INTEGER NOT NULL, held_until TEXT, attempts INTEGER NOT NULL,
    may_have_arrived INTEGER NOT NULL, sent INTEGER NOT NULL, mapping INTEGER NOT NULL,
    mapping_version INTEGER NOT NULL, reference TEXT, failure INTEGER NOT NULL, changed INTEGER NOT NULL,
    seqs BLOB NOT NULL, recheck INTEGER NOT NULL) STRICT;
  CREATE TABLE decision (
    seq INTEGER PRIMARY KEY, kind INTEGER NOT NULL, recipient INTEGER NOT NULL, reasons INTEGER NOT NULL) STRICT;
  CREATE TABLE outcome (seq INTEGER PRIMARY KEY, status INTEGER NOT NULL, sort INTEGER NOT NULL) STRICT;
  CREATE INDEX transfer_state ON transfer (state);
  CREATE TABLE transfer_span (name INTEGER NOT NULL, block INTEGER NOT NULL, PRIMARY KEY (name, block))
    STRICT, WITHOUT ROWID;
  CREATE TABLE recheck (
    due INTEGER NOT NULL, transfer INTEGER NOT NULL, release TEXT NOT NULL, ended INTEGER, PRIMARY KEY (due, transfer)) STRICT, WITHOUT ROWID;
  CREATE TABLE answer (
    since INTEGER NOT NULL, transfer INTEGER NOT NULL, subject INTEGER NOT NULL, recipient INTEGER NOT NULL,
    purpose INTEGER NOT NULL, ended INTEGER, closed INTEGER NOT NULL, PRIMARY KEY (since, transfer))
    STRICT, WITHOUT ROWID;
  CREATE INDEX answer_subject ON answer (subject);
)";

Status set_open(Database& database, std::string_view by) {
  if (auto synced = database.execute("PRAGMA synchronous = FULL"); !synced) return synced;
  auto update = database.prepare("UPDATE meta SET value = ?1 WHERE name = 'open'");
  if (!update) return fail(std::move(update.error()));
  if (auto written = update->bind(1, by).run(); !written) return written;
  const auto moved = database.checkpoint();
  if (!moved) return fail(moved.error());
  return database.execute("PRAGMA synchronous = OFF");
}

Status make_tables(Database& database) {
  if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return begun;
  if (auto made = database.execute(schema); !made) return made;
  auto insert = database.prepare(
      "INSERT INTO meta (name, value) VALUES ('schema', ?1), ('open', ''), ('size', 0), "
      "('place', 0), ('tail', x'')");
  if (!insert) return fail(std::move(insert.error()));
  if (auto written = insert->bind(1, schema_version).run(); !written) return written;
  return database.execute("COMMIT");
}

// Of this version, and closed or opened by this run of the machine.
Result<bool> can_be_trusted(Database& database) {
  auto query =
      database.prepare("SELECT a.value, b.value FROM meta a, meta b WHERE a.name = 'schema' AND b.name = 'open'");
  if (!query) return fail(std::move(query.error()));
  const auto row = query->step();
  if (!row) return fail(row.error());
  if (!*row || query->integer(0) != schema_version) return false;
  const auto open = query->text(1);
  return open.empty() || open == boot_id();
}

Result<Database> open_as_is(const fs::path& file) {
  auto database = Database::open(file, Database::Access::write);
  if (!database) return database;
  if (auto set = database->execute(settings); !set) return fail(std::move(set.error()));
  return database;
}

}  // namespace

Result<Database> open_index(const fs::path& file) {
  std::error_code fault;
  if (fs::exists(file, fault)) {
    auto database = open_as_is(file);
    const auto trusted = database ? can_be_trusted(*database) : Result<bool>(false);
    if (trusted && *trusted) {
      if (auto marked = set_open(*database, boot_id()); !marked) return fail(std::move(marked.error()));
      return database;
    }
  }
  if (auto removed = remove_index(file); !removed) return fail(std::move(removed.error()));
  if (auto made = make_private_file(file); !made) return fail(std::move(made.error()));
  auto database = open_as_is(file);
  if (!database) return database;
  if (auto made = make_tables(*database); !made) return fail(std::move(made.error()));
  if (auto marked = set_open(*database, boot_id()); !marked) return fail(std::move(marked.error()));
  return database;
}

Status close_index(Database& database) {
  return set_open(database, "");
}

Result<Database> open_index_for_reading(const fs::path& file) {
  auto database = Database::open(file, Database::Access::read);
  if (!database) return database;
  if (auto set = database->execute(reader_settings); !set) return fail(std::move(set.error()));
  return database;
}

Status remove_index(const fs::path& file) {
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::error_code fault;
    fs::remove(file.string() + suffix, fault);
    if (fault) return fail(io_error("cannot remove", file.string() + suffix, fault.value()));
  }
  return {};
}

}  // namespace ketenpoort::audit
