// A vault of version 2, which kept sealed documents in its tables, made one of version 3, which keeps them beside.
#pragma once

#include <cstdint>
#include <filesystem>

#include "gateway/storage/sqlite.hpp"

namespace ketenpoort::storage {

constexpr std::int64_t migrated_version = 2;

// All of it or nothing. `schema` makes the tables of now where they are not there. Needs as much free disk as the
// vault's file takes, twice.
Status migrate_vault(Database& database, const std::filesystem::path& file, const char* schema, std::int64_t version);

}  // namespace ketenpoort::storage
