// Files: read whole, replaced whole, locked.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace ketenpoort {

// Fails with ErrorCode::io naming the file and the system's reason; ErrorCode::too_large beyond `limit` bytes.
Result<std::string> read_file(const std::filesystem::path& file, std::size_t limit = 64U << 20);

// Writes beside it, syncs, renames over it and syncs the folder: after a crash the old or the new content stands, never
// a mix.
Status replace_file(const std::filesystem::path& file, std::string_view content, bool secret = false);

// Makes a rename or a new file in a folder durable.
Status sync_folder(const std::filesystem::path& folder);

// Makes the file, for its owner alone, unless it is there; that it is there is durable.
Status make_private_file(const std::filesystem::path& file);

// Makes every file and folder in a folder durable, and the folder itself.
Status sync_tree(const std::filesystem::path& folder);

// "<what> <file>: <system's reason>" for errno.
Error io_error(std::string_view what, const std::filesystem::path& file, int error_number);

}  // namespace ketenpoort
