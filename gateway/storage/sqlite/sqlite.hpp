// SQLite behind two small types: a connection and a prepared statement. Neither is thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/bytes.hpp"
#include "gateway/base/result.hpp"
#include "gateway/storage/sqlite/write_out.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace ketenpoort::storage {

// Positions count from 1 for parameters and from 0 for columns, as in SQLite. What is bound must live until the next
// reset().
class Statement {
 public:
  Statement& bind(int parameter, ByteView blob);
  Statement& bind(int parameter, std::string_view text);
  Statement& bind(int parameter, std::int64_t value);
  Statement& bind_null(int parameter);

  [[nodiscard]] Result<bool> step();  // true: a row is there to read
  Status run();                       // to its end, then reset
  void reset();                       // ends the read transaction, lets go of what was bound

  [[nodiscard]] ByteView blob(int column) const;  // valid until the next step() or reset(); empty for NULL
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] bool is_null(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// Errors carry the file's name and SQLite's sentence, which names tables and columns but never a value.
// ErrorCode::unavailable for what passes (disk full, busy), ErrorCode::io for what does not.
class Database {
 public:
  enum class Access { read, write };

  static Result<Database> open(const std::filesystem::path& file, Access access);

  Status execute(const char* sql);  // one or more statements, rows are not looked at
  [[nodiscard]] Result<Statement> prepare(std::string_view sql);

  // The database as it is now, whatever is written meanwhile, into a new file of mode 0600. `progress` in pages.
  Status copy_to(const std::filesystem::path& file,
                 const std::function<void(std::uint64_t done, std::uint64_t all)>& progress);

  // Moves the write-ahead log into the database file and syncs both, without keeping the disk busy for long at a time.
  // False when a reader kept part of it back. For a connection that is the only one to write.
  [[nodiscard]] Result<bool> checkpoint();
  [[nodiscard]] Result<bool> empty_log();  // the same, and the log is cut to nothing

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  explicit Database(sqlite3* database) : database_(database) {}
  Result<bool> move_log();
  Status sync(int which);

  // Before the connection, so that it is closed after it: closing a file lets go of every lock on it.
  std::optional<WriteOut> write_out_;
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace ketenpoort::storage
