// The steps of a backup: each part of a state folder copied so that it stands by itself.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "gateway/ledger/checkpoint/checkpoint.hpp"
#include "gateway/storage/backup/backup.hpp"

namespace ketenpoort::storage {

// vault.sqlite as it was at one moment, whatever is written meanwhile. The number of the last batch in it.
Result<std::uint64_t> copy_vault(const std::filesystem::path& from, const std::filesystem::path& to,
                                 const BackupProgress& progress);

// A published ledger folder at one size: the entries and the tiles that a tree of it has. Works on a log that grows.
Status copy_ledger(const std::filesystem::path& from, const std::filesystem::path& to, std::uint64_t size,
                   std::string_view checkpoint, const BackupProgress& progress);

struct JournalCopy {
  std::uint64_t entries = 0;     // of the log with those of the journal
  std::uint64_t last_batch = 0;  // 0: there was nothing to copy
};
// The batches that a vault at `vault_batch` and a ledger of `size` entries lack, in one file.
Result<JournalCopy> copy_journal(const std::filesystem::path& from, const std::filesystem::path& to,
                                 std::uint64_t vault_batch, std::uint64_t size);

// A folder of the state whose files are replaced whole; not what is on its way into its place just now.
Status copy_folder(const std::filesystem::path& from, const std::filesystem::path& to);

Status write_whole_file(const std::filesystem::path& file, std::string_view content);

}  // namespace ketenpoort::storage
