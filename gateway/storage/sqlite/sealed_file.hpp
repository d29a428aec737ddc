// VAULT-sealed, the file beside the vault's database that holds what is large: sealed records and messages, one after
// the other. The database says where each lies. They would pass through SQLite's pages, its log and its file, three
// copies; here they are written once.
//
// A place is never used twice, so bytes that are no longer spoken of can be wiped at any time. Opened through SQLite's
// own file layer. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "gateway/base/bytes.hpp"
#include "gateway/base/result.hpp"
#include "gateway/storage/sqlite/sqlite.hpp"
#include "gateway/storage/sqlite/write_out.hpp"

struct sqlite3_file;

namespace ketenpoort::storage {

struct SealedPlace {
  std::uint64_t at = 0;
  std::uint64_t size = 0;
};

[[nodiscard]] std::filesystem::path sealed_path(const std::filesystem::path& database);

// Whether the file is there with at least the bytes the database says were synced; before opening it, which may make
// it.
Status check_documents(const std::filesystem::path& database, std::uint64_t synced);

class SealedFile {
 public:
  // For writing it is made, for its owner alone, when it is not there; for reading a missing one is empty.
  static Result<SealedFile> open(const std::filesystem::path& database, Database::Access access);

  [[nodiscard]] const std::string& path() const { return *path_; }
  [[nodiscard]] Result<std::uint64_t> size() const;

  // Zeros where nothing was written, or where it was wiped.
  [[nodiscard]] Result<Bytes> read(SealedPlace place) const;
  [[nodiscard]] static bool is_blank(ByteView bytes);

  // Gathers; flush() hands the rest to the system. ErrorCode::unavailable: the disk is full.
  Status append(ByteView bytes, std::uint64_t at);
  Status flush();
  Status cut(std::uint64_t size);  // what stands beyond goes

  // Durable; without keeping the disk busy for long at a time.
  Status sync();

  // Zeros over these, durable; whole blocks go back to the file system.
  Status wipe(const std::vector<SealedPlace>& places);

 private:
  struct Close {
    void operator()(sqlite3_file* file) const;
  };
  SealedFile() = default;
  Status write(ByteView bytes, std::uint64_t at);
  void give_back(const SealedPlace& place) const;

  std::unique_ptr<std::string> path_;  // SQLite keeps a pointer to it
  std::unique_ptr<sqlite3_file, Close> file_;
  std::string gathered_;
  std::uint64_t gathered_at_ = 0;
  std::uint64_t unsynced_from_ = 0;
};

}  // namespace ketenpoort::storage
