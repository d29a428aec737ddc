// A copy of the vault that stands by itself, taken while the gateway writes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "gateway/base/result.hpp"

namespace ketenpoort::storage {

// The database as it is at one moment, and the documents that it speaks of, close together. A document that is wiped
// meanwhile is left out with its row: that it was dropped stands in the journal, which is copied after. Returns the
// number of the last batch in it.
Result<std::uint64_t> copy_vault_files(const std::filesystem::path& from, const std::filesystem::path& to,
                                       const std::function<void(std::uint64_t done, std::uint64_t all)>& progress);

}  // namespace ketenpoort::storage
