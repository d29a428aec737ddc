// manifest.json of a backup.
#pragma once

#include <string>

#include "gateway/storage/backup/backup.hpp"

namespace ketenpoort::storage {

constexpr std::string_view manifest_name = "manifest.json";

std::string format_manifest(const Manifest& manifest);
Result<Manifest> parse_manifest(std::string_view json);

// Size and SHA-256 of a file, read in pieces.
Result<BackupFile> measure_file(const std::filesystem::path& folder, const std::string& path);

}  // namespace ketenpoort::storage
