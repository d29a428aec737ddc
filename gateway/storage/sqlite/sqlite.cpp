#include "gateway/storage/sqlite/sqlite.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

namespace ketenpoort::storage {
namespace {

Error sqlite_error(sqlite3* database, int code) {
  const char* name = database == nullptr ? nullptr : sqlite3_db_filename(database, "main");
  const char* sentence = database == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database);
  const int primary = code & 0xff;
  // A file that cannot be opened: mostly because too many are.
  const bool passes =
      primary == SQLITE_FULL || primary == SQLITE_BUSY || primary == SQLITE_NOMEM || primary == SQLITE_CANTOPEN;
  return Error{passes ? ErrorCode::unavailable : ErrorCode::io,
               fmt::format("{}: {} (SQLite {})", name == nullptr ? "vault" : name, sentence, code)};
}

struct FinishBackup {
  void operator()(sqlite3_backup* backup) const { sqlite3_backup_finish(backup); }
};

}  // namespace

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}
void Database::Close::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}

Statement& Statement::bind(int parameter, ByteView blob) {
  // A null pointer would bind NULL, and an empty blob is not that.
  const void* data = blob.empty() ? static_cast<const void*>("") : blob.data();
  sqlite3_bind_blob64(statement_.get(), parameter, data, blob.size(), SQLITE_STATIC);
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
  const char* data = text.empty() ? "" : text.data();
  sqlite3_bind_text64(statement_.get(), parameter, data, text.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind(int parameter, std::int64_t value) {
  sqlite3_bind_int64(statement_.get(), parameter, value);
  return *this;
}

Statement& Statement::bind_null(int parameter) {
  sqlite3_bind_null(statement_.get(), parameter);
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  auto error = sqlite_error(sqlite3_db_handle(statement_.get()), code);
  reset();
  return fail(std::move(error));
}

Status Statement::run() {
  while (true) {
    const auto row = step();
    if (!row) return fail(row.error());
    if (!*row) break;
  }
  reset();
  return {};
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

ByteView Statement::blob(int column) const {
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column));
  return {data, data == nullptr ? 0 : static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::string_view Statement::text(int column) const {
  return as_text(blob(column));
}
std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

Result<Database> Database::open(const std::filesystem::path& file, Access access) {
  const int flags = (access == Access::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &handle, flags, nullptr);
  Database database(handle);  // SQLite hands one out even when it could not open
  if (code != SQLITE_OK) return fail(sqlite_error(handle, code));
  sqlite3_busy_timeout(handle, 5000);
  return database;
}

Status Database::execute(const char* sql) {
  const int code = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(sqlite_error(database_.get(), code));
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return fail(sqlite_error(database_.get(), code));
  return Statement(statement);
}

// In one read transaction, so that a busy writer does not make the copy begin anew.
Status Database::copy_to(const std::filesystem::path& file,
                         const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  constexpr int pages_at_a_time = 4096;
  auto target = open(file, Access::write);
  if (!target) return fail(std::move(target.error()));
  std::error_code fault;
  std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, fault);
  if (auto begun = execute("BEGIN; SELECT count(*) FROM sqlite_schema"); !begun) return begun;
  std::unique_ptr<sqlite3_backup, FinishBackup> backup(
      sqlite3_backup_init(target->database_.get(), "main", database_.get(), "main"));
  if (!backup) return fail(sqlite_error(target->database_.get(), sqlite3_errcode(target->database_.get())));
  int code = SQLITE_OK;
  while (code == SQLITE_OK) {
    code = sqlite3_backup_step(backup.get(), pages_at_a_time);
    const auto all = sqlite3_backup_pagecount(backup.get());
    progress(static_cast<std::uint64_t>(all - sqlite3_backup_remaining(backup.get())), static_cast<std::uint64_t>(all));
  }
  backup.reset();
  const auto ended = execute("COMMIT");
  if (code != SQLITE_DONE) return fail(sqlite_error(target->database_.get(), code));
  return ended;
}

Result<bool> Database::empty_log() {
  int in_log = 0;
  int moved = 0;
  const int code = sqlite3_wal_checkpoint_v2(database_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, &in_log, &moved);
  if ((code & 0xff) == SQLITE_BUSY) return false;
  if (code != SQLITE_OK) return fail(sqlite_error(database_.get(), code));
  return true;
}

// SQLite would sync the log, move it and sync the file in one go; between these the disk gets a chance here. The log is
// durable before it is moved, and nobody writes to it (which could begin it anew) before the file is durable too, so a
// power cut at any moment finds one of them whole.
Result<bool> Database::checkpoint() {
  const char* name = sqlite3_db_filename(database_.get(), "main");
  if (!write_out_) write_out_.emplace(name);
  WriteOut(sqlite3_filename_wal(name)).run();
  if (auto synced = sync(SQLITE_FCNTL_JOURNAL_POINTER); !synced) return fail(synced.error());
  if (auto set = execute("PRAGMA synchronous = OFF"); !set) return fail(set.error());
  auto moved = move_log();
  if (auto set = execute("PRAGMA synchronous = NORMAL"); !set) return fail(set.error());
  if (!moved) return moved;
  write_out_->run();
  if (auto synced = sync(SQLITE_FCNTL_FILE_POINTER); !synced) return fail(synced.error());
  return moved;
}

Status Database::sync(int which) {
  sqlite3_file* file = nullptr;
  sqlite3_file_control(database_.get(), "main", which, &file);
  if (file == nullptr || file->pMethods == nullptr) return {};  // nothing was written yet
  const int code = file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
  if (code != SQLITE_OK) return fail(sqlite_error(nullptr, code));
  return {};
}

Result<bool> Database::move_log() {
  int in_log = 0;
  int moved = 0;
  const int code = sqlite3_wal_checkpoint_v2(database_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &in_log, &moved);
  if (code == SQLITE_BUSY) return false;
  if (code != SQLITE_OK) return fail(sqlite_error(database_.get(), code));
  return in_log == moved;
}

}  // namespace ketenpoort::storage
