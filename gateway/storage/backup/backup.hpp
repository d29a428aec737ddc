// A copy of a state folder, taken while the gateway runs, and the way back.
//
// BACKUP/manifest.json, ledger/ (entries, tiles and checkpoint as published), vault.sqlite, journal/ (what the other
// two lack), test-clock where there is one. The master key and the ledger's signing key are not in it: who holds the
// backup reads nothing personal. The journal is kept from letting go of anything meanwhile (BackupHold); the vault is
// copied first, then the ledger, then the journal, so that the journal bridges whatever came in between.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/digest.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/ledger/checkpoint/note.hpp"
#include "gateway/storage/backup/lost_payloads.hpp"
#include "gateway/storage/master_key.hpp"

namespace ketenpoort::storage {

struct BackupFile {
  std::string path;  // within the backup
  std::uint64_t size = 0;
  Digest sha256{};
};

struct Manifest {
  std::string software;
  Timestamp made{};
  std::string origin;             // of the log
  std::uint64_t published = 0;    // entries under its checkpoint
  std::uint64_t entries = 0;      // with those of the journal: what a restore brings back
  std::uint64_t vault_batch = 0;  // the last batch whose changes the vault has
  std::uint64_t last_batch = 0;   // of the journal
  std::vector<BackupFile> files;
};

// What is being done ("vault", "ledger", "journal", "checking") and how far that is.
using BackupProgress = std::function<void(std::string_view what, std::uint64_t done, std::uint64_t total)>;

// `target` must not exist or be empty, and is so again after a failure. `software` is noted.
Result<Manifest> make_backup(const std::filesystem::path& state, const std::filesystem::path& target,
                             std::string_view software, Timestamp now, const BackupProgress& progress);

struct BackupCheck {
  Manifest manifest;
  std::string checkpoint;     // its signed note
  std::vector<Digest> roots;  // of the sizes asked for, in their order; empty where the log is shorter
};
// Every file against the manifest, every entry against the signed root, the journal whole. `sizes`: roots wanted.
// ErrorCode::malformed naming the file.
Result<BackupCheck> check_backup(const std::filesystem::path& backup, const ledger::VerifierKey& key,
                                 const std::vector<std::uint64_t>& sizes, const BackupProgress& progress);

// A signed note that somebody else kept, and the file it came in.
struct KeptCheckpoint {
  std::string note;
  std::string where = "a checkpoint given";
};
struct RestoreWishes {
  std::filesystem::path state;  // must not exist or be empty
  const ledger::VerifierKey& key;
  const SecretKey& master;
  std::vector<KeptCheckpoint> checkpoints;
  std::optional<std::filesystem::path> newer_ledger;  // a ledger folder that goes on where the backup ends
};
struct Restored {
  Manifest manifest;
  std::uint64_t entries = 0;  // of the log as it stands now
  LostPayloads lost{};        // by `newer_ledger`: what the log says and the vault has no content of
};
// Refuses, and changes nothing, when the log would be shorter than one of the checkpoints says it was, or another one.
// With `newer_ledger` the log is that one: what was erased after the backup is erased again at the next start.
Result<Restored> restore_backup(const std::filesystem::path& backup, const RestoreWishes& wishes,
                                const BackupProgress& progress);

}  // namespace ketenpoort::storage
