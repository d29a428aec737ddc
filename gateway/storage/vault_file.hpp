// vault.sqlite: its tables, and how it is opened.
//
// Keyed small rows lie in the key's own tree (WITHOUT ROWID). Rows that carry a sealed document lie in order of arrival
// with an index on their id: measured twice as fast for ids without order, because a document is written once and never
// moved.
#pragma once

#include <cstdint>
#include <filesystem>

#include "gateway/storage/sealing.hpp"
#include "gateway/storage/sqlite.hpp"

namespace ketenpoort::storage {

// The connection that writes. Makes the file (mode 0600) and its tables when they are not there.
// ErrorCode::config: made with another master key, or by a newer version.
Result<Database> open_for_writing(const std::filesystem::path& file, const VaultKeys& keys);
Result<Database> open_for_reading(const std::filesystem::path& file);

// ErrorCode::config: made with another master key, or by another version.
Status check_vault_key(Database& database, const VaultKeys& keys, const std::filesystem::path& file);

// The last batch whose changes are in the tables; 0 for none.
Result<std::uint64_t> applied_batch(Database& database);

}  // namespace ketenpoort::storage
