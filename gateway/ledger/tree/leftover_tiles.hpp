// Tiles that a process left which ended between writing them and signing them.
#pragma once

#include <cstdint>
#include <filesystem>

#include "gateway/base/result.hpp"
#include "gateway/ledger/files/file_system.hpp"

namespace ketenpoort::ledger {

// Removes every tile that goes beyond a tree of `size`, also where a power cut kept later ones and not earlier ones.
Status remove_tiles_beyond(FileSystem& files, const std::filesystem::path& ledger, std::uint64_t size);

}  // namespace ketenpoort::ledger
