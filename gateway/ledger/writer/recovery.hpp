// What a start makes of a state folder: everything checked against the signed checkpoint, replayed, and cut where a
// crash left something half done.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/ledger/checkpoint/note.hpp"
#include "gateway/ledger/files/file_system.hpp"
#include "gateway/ledger/history/history.hpp"
#include "gateway/ledger/tree/segments.hpp"
#include "gateway/ledger/tree/tiles.hpp"
#include "gateway/ledger/writer/journal.hpp"
#include "gateway/ledger/writer/vault_change.hpp"

namespace ketenpoort::ledger {

struct Recovered {
  History history;
  std::unique_ptr<Segments> segments;
  TileBuilder tiles;
  std::unique_ptr<Journal> journal;
  std::string checkpoint;                 // the signed note, empty before the first
  std::vector<JournalBatch> unpublished;  // batches beyond the checkpoint
  std::vector<Tile> damaged_tiles;        // that a replay of the whole log found, and wrote again
  std::uint64_t last_changes = 0;         // the last batch that carried vault changes
  std::uint64_t snapshot_size = 0;        // entries that a snapshot told of, and were not read
  std::string snapshot_problem;           // why there is one that was not used
};

// Verifies signature and root of the ledger folder, replays it and the journal into the history, and hands the sink the
// changes it lacks. Where a snapshot of the history fits, only what follows it is replayed: the sizes of the segments
// before it must be as they were, and the tree's right edge, grown by what follows, must have the root that is signed.
// The key that signs the log now must be among `at_hand`, of which the first opens a new log. Errors
// name file, offset and what to do; on an error nothing of value was changed.
Result<Recovered> recover(const std::filesystem::path& state, std::span<const VerifierKey> at_hand,
                          const std::shared_ptr<FileSystem>& files, Sink& sink,
                          std::uint64_t journal_part_bytes = usual_part_bytes);

}  // namespace ketenpoort::ledger
