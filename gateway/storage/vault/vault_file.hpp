// vault.sqlite: its tables, and how it is opened.
//
// Keyed rows lie in the key's own tree (WITHOUT ROWID); what is large and sealed lies in a file beside
// (sealed_file.hpp), and its row says where. Ids of records and transfers increase, and so do the numbers of subjects
// (subject_numbers.hpp): newcomers' rows are appended.
#pragma once

#include <cstdint>
#include <filesystem>

#include "gateway/storage/sqlite/sqlite.hpp"
#include "gateway/storage/vault/sealing.hpp"

namespace ketenpoort::storage {

// The connection that writes. Makes the file (mode 0600) and its tables when they are not there.
// ErrorCode::config: made with another master key, or by a newer version. One of the version before is made new.
Result<Database> open_for_writing(const std::filesystem::path& file, const VaultKeys& keys);
Result<Database> open_for_reading(const std::filesystem::path& file);

// ErrorCode::config: made with another master key, or by another version.
Status check_vault_key(Database& database, const VaultKeys& keys, const std::filesystem::path& file);

constexpr std::int64_t current_vault_version = 5;
constexpr std::int64_t documents_beside_since = 3;  // before, they stood in its tables
Result<std::int64_t> vault_version(Database& database);

struct VaultProgress {
  std::uint64_t applied = 0;     // the last batch whose changes are in the tables; 0 for none
  std::uint64_t sealed_end = 0;  // of the sealed documents in their file
  std::uint64_t sealed_synced = 0;
};
Result<VaultProgress> vault_progress(Database& database);

}  // namespace ketenpoort::storage
