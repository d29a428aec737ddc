// Vaults of older versions made one of now. Version 2 kept sealed documents in its tables, version 3 beside them; both
// kept identifiers in the order of their marks. All of them named subjects by their references in every row, where
// version 5 has numbers.
#pragma once

#include <cstdint>
#include <filesystem>

#include "gateway/storage/sqlite/sqlite.hpp"

namespace ketenpoort::storage {

constexpr std::int64_t oldest_migrated_version = 2;

struct VaultVersions {
  std::int64_t from;
  std::int64_t to;
};

// All of it or nothing. `schema` makes the tables of now where they are not there. It needs as much free disk as the
// vault's file takes, twice.
Status migrate_vault(Database& database, const std::filesystem::path& file, const char* schema, VaultVersions versions);

}  // namespace ketenpoort::storage
