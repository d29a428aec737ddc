#include "gateway/ledger/writer/recovery.hpp"

#include <fmt/format.h>

#include <utility>

#include "gateway/base/bytes.hpp"
#include "gateway/ledger/checkpoint/checkpoint.hpp"
#include "gateway/ledger/entry/entry.hpp"
#include "gateway/ledger/history/key_history.hpp"
#include "gateway/ledger/history/snapshot.hpp"
#include "gateway/ledger/tree/leftover_tiles.hpp"
#include "gateway/ledger/tree/tree.hpp"

namespace ketenpoort::ledger {
namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> stop(ErrorCode code, const fs::path& where, std::string_view what, std::string_view advice) {
  return fail(code, fmt::format("{}: {}. {}", where.string(), what, advice));
}

constexpr std::string_view put_vault_back =
    "Put the right vault.sqlite back, or restore the state folder from a backup (ketenpoort restore)";
constexpr std::string_view restore =
    "Nothing was changed. Restore the state folder from a copy, or keep it for examination";

// Its signature waits until the log's own keys are known.
Result<Checkpoint> read_checkpoint_note(const FileSystem& files, const fs::path& file, const std::string& origin,
                                        std::string& note) {
  auto content = read_whole(files, file, 1U << 16);
  if (!content && content.error().code == ErrorCode::not_found) return Checkpoint{origin, 0, empty_root()};
  if (!content) return fail(content.error());
  const auto parts = split_note(*content);
  const auto checkpoint = parts ? parse_checkpoint(parts->text) : fail(parts.error());
  if (!checkpoint) return stop(checkpoint.error().code, file, checkpoint.error().message, restore);
  note = std::move(*content);
  return checkpoint;
}

// The checkpoint is signed by the key that the log says signs that size.
Status check_signature(const fs::path& file, const std::string& note, const History& history) {
  if (note.empty()) return {};
  const auto opened = open_checkpoint(note, history.keys());
  if (!opened) return stop(opened.error().code, file, opened.error().message, restore);
  return {};
}

// History, tree and segments as of a snapshot, and the offset where it ends; nothing when none fits.
std::optional<std::uint64_t> take_up_snapshot(const fs::path& state, const VerifierKey& key,
                                              const std::shared_ptr<FileSystem>& files, const Checkpoint& checkpoint,
                                              Recovered& out) {
  const auto ledger = state / "ledger";
  auto snapshot = read_snapshot(*files, state, key, out.snapshot_problem);
  if (!snapshot) return std::nullopt;
  out.snapshot_problem = "it does not fit the ledger folder";
  if (snapshot->size == 0 || snapshot->size > checkpoint.size) return std::nullopt;
  if (measure_segments(*files, ledger, snapshot->size) != snapshot->segment_sizes) return std::nullopt;
  const auto leaf = TileReader(ledger, checkpoint.size).subtree_hash(0, snapshot->size - 1);
  if (!leaf || *leaf != snapshot->leaf) return std::nullopt;
  auto tiles = TileBuilder::load(ledger, snapshot->size, checkpoint.size);
  if (!tiles) return std::nullopt;
  auto history = History::load(snapshot->history());
  if (!history || history->size() != snapshot->size) return std::nullopt;
  out.history = std::move(*history);
  out.tiles = std::move(*tiles);
  out.segments->take_as_read(snapshot->size);
  out.snapshot_size = snapshot->size;
  out.snapshot_problem.clear();
  return snapshot->offset;
}

// Tiles that a replay made and the folder does not hold as it should: they are derived from the entries, so they are
// written again once the root has shown that the entries are right.
class TileCheck {
 public:
  TileCheck(const FileSystem& files, const fs::path& ledger) : files_(files), ledger_(ledger) {}

  // Partial tiles change on the way; only those of the end are looked at.
  Status look_at(std::vector<Tile> tiles, bool is_end) {
    for (auto& tile : tiles) {
      if (!is_end && tile.hashes.size() != full_tile) continue;
      const auto whole = stands(tile);
      if (!whole) return fail(whole.error());
      if (!*whole) damaged_.push_back(std::move(tile));
    }
    return {};
  }
  [[nodiscard]] std::vector<Tile> take_damaged() { return std::move(damaged_); }

 private:
  static constexpr std::size_t full_tile = tile_width * sizeof(Digest);
  // A disk that cannot be read is another matter than a file that is not as it was.
  [[nodiscard]] Result<bool> stands(const Tile& tile) const {
    const auto content = read_whole(files_, ledger_ / tile.path, full_tile);
    if (content) return *content == tile.hashes;
    if (content.error().code == ErrorCode::not_found || content.error().code == ErrorCode::too_large) return false;
    return fail(content.error());
  }

  const FileSystem& files_;
  fs::path ledger_;
  std::vector<Tile> damaged_;
};

Status write_tile_again(FileSystem& files, const fs::path& state, const Tile& tile) {
  const auto path = state / "ledger" / tile.path;
  const auto temporary = state / "tmp" / "tile-again";
  auto file = files.open(temporary);
  if (!file) return fail(file.error());
  if (auto done = (*file)->resize(0); !done) return done;
  if (auto done = (*file)->write(0, tile.hashes); !done) return done;
  if (auto done = (*file)->sync(); !done) return done;
  if (auto done = files.make_folders(path.parent_path()); !done) return done;
  if (auto done = files.rename(temporary, path); !done) return done;
  return files.sync_folder(path.parent_path());
}

// Replays the segments up to the signed size, from where the history ends, and gives the offset where that ends.
Result<std::uint64_t> replay_segments(const fs::path& ledger, const std::shared_ptr<FileSystem>& files,
                                      const Checkpoint& checkpoint, std::uint64_t from, Recovered& out) {
  auto opened = SegmentReader::at(ledger, out.history.size(), from, files);
  if (!opened) return fail(opened.error());
  auto& reader = *opened;
  const bool whole = out.tiles.size() == 0;  // else the tiles before a snapshot are taken as they stand
  TileCheck check(*files, ledger);
  Entry entry;
  while (reader.next_seq() < checkpoint.size) {
    const auto file = reader.file();
    const auto offset = reader.next_seq() % segment_entries == 0 ? 0 : reader.offset();
    const auto bytes = reader.next();
    if (!bytes) return stop(bytes.error().code, file, bytes.error().message, restore);
    if (!*bytes)
      return stop(ErrorCode::malformed, file,
                  fmt::format("the log ends at byte {}, before entry {}, and its checkpoint signs {}", offset,
                              reader.next_seq(), checkpoint.size),
                  restore);
    const auto where = fmt::format("entry {} at byte {}", reader.next_seq() - 1, offset);
    if (auto done = decode_with_body(**bytes, entry); !done)
      return stop(done.error().code, file, where + " - " + done.error().message, restore);
    if (auto done = out.history.apply(entry); !done)
      return stop(done.error().code, file, where + " - " + done.error().message, restore);
    out.segments->note(offset);
    out.tiles.append(leaf_hash(as_bytes(**bytes)));
    if (whole && reader.next_seq() % segment_entries == 0)
      if (auto done = check.look_at(out.tiles.take_new_tiles(), false); !done) return fail(done.error());
  }
  if (out.tiles.root() != checkpoint.root)
    return stop(ErrorCode::malformed, ledger / "segments", "the entries do not have the root that the checkpoint signs",
                restore);
  if (whole)
    if (auto done = check.look_at(out.tiles.take_new_tiles(), true); !done) return fail(done.error());
  out.damaged_tiles = check.take_damaged();
  out.tiles.forget_new_tiles();
  return reader.offset();
}

// What the journal no longer has, the vault must have. A vault that is behind is another state's, or was lost: whom it
// knew would be strangers, whatever they forbade.
Status check_vault(const fs::path& journal, std::uint64_t first_batch, const Sink& sink) {
  if (!sink.counts_batches() || first_batch <= sink.applied_through() + 1) return {};
  return stop(
      ErrorCode::malformed, journal.parent_path() / "vault.sqlite",
      fmt::format("it has what came up to batch {}, and the journal begins at batch {}: the vault is missing, or "
                  "older than the log",
                  sink.applied_through(), first_batch),
      put_vault_back);
}

// One batch of the journal: its entries that the segments do not have, and its changes that the sink does not have.
Status replay_batch(const fs::path& journal, const JournalBatch& batch, Sink& sink, Recovered& out) {
  if (batch.first_seq > out.history.size() && out.checkpoint.empty())
    return stop(ErrorCode::malformed, journal.parent_path() / "ledger" / "checkpoint",
                fmt::format("it is missing, and the journal begins only at entry {}", batch.first_seq), restore);
  if (batch.first_seq > out.history.size())
    return stop(ErrorCode::malformed, journal,
                fmt::format("it begins at entry {}, but the ledger folder ends before entry {}", batch.first_seq,
                            out.history.size()),
                restore);
  const bool unpublished = batch.first_seq + batch.entries > out.history.size();
  std::string_view records = batch.records;
  Entry entry;
  for (auto seq = batch.first_seq; seq < batch.first_seq + batch.entries; ++seq) {
    const auto bytes = take_record(records);
    const auto where = fmt::format("entry {} of batch {}", seq, batch.number);
    if (!bytes) return stop(ErrorCode::malformed, journal, where + " is cut off", restore);
    if (seq < out.history.size()) continue;
    if (auto done = decode_with_body(*bytes, entry); !done)
      return stop(done.error().code, journal, where + " - " + done.error().message, restore);
    if (auto done = out.history.apply(entry); !done)
      return stop(done.error().code, journal, where + " - " + done.error().message, restore);
  }
  if (!batch.changes.empty()) {
    out.last_changes = batch.number;
    if (batch.number > sink.applied_through()) sink.on_durable(batch.number, batch.changes);
  }
  if (unpublished) out.unpublished.push_back(batch);
  return {};
}

Status check_key(const fs::path& ledger, std::span<const VerifierKey> at_hand, const History& history) {
  if (history.size() == 0) return {};
  const auto wanted = history.keys().current().text();
  for (const auto& key : at_hand)
    if (key.text() == wanted) return {};
  return stop(ErrorCode::config, ledger, fmt::format("this log is signed by the key {}", wanted),
              "Start with that key");
}

// Everything below the state folder that is written to, itself durable.
Status make_folders(FileSystem& files, const fs::path& state) {
  const auto ledger = state / "ledger";
  for (const auto& folder : {ledger / "segments", ledger / "tile", state / "journal", state / "tmp"})
    if (auto done = files.make_folders(folder); !done) return done;
  for (const auto& folder : {ledger, state})
    if (auto done = files.sync_folder(folder); !done) return done;
  return {};
}

// The journal goes at least as far as the checkpoint and the vault, which were made from it; and what stands beyond the
// checkpoint stands in the journal too, so that it may be cut and written again.
Status check_ends(const fs::path& state, const Checkpoint& checkpoint, std::uint64_t end, const Sink& sink,
                  bool begun_journal, const Recovered& out) {
  const auto journal = state / "journal";
  const auto next = out.journal->next_seq();
  if (next && *next < checkpoint.size)
    return stop(ErrorCode::malformed, journal,
                fmt::format("it ends before entry {}, but the checkpoint signs {}: its end is lost or damaged", *next,
                            checkpoint.size),
                restore);
  const auto applied = sink.applied_through();
  if (sink.counts_batches() && !begun_journal && applied == 0 && out.history.counts().subjects > 0)
    return stop(ErrorCode::malformed, state / "vault.sqlite",
                fmt::format("it is empty, and the log knows {} data subjects", out.history.counts().subjects),
                put_vault_back);
  if (out.journal->last_batch() > 0 && applied > out.journal->last_batch())
    return stop(ErrorCode::malformed, journal,
                fmt::format("it ends at batch {}, but the vault has batch {}", out.journal->last_batch(), applied),
                "The journal and the vault are not of one state folder: restore both from one copy");
  const auto beyond = out.segments->bytes_beyond(end);
  if (!beyond) return fail(beyond.error());
  std::uint64_t journalled = 0;
  for (const auto& batch : out.unpublished) journalled += batch.records.size();
  if (*beyond > journalled)
    return stop(
        ErrorCode::malformed, state / "ledger" / segment_path(checkpoint.size),
        fmt::format("{} bytes follow the {} entries that the checkpoint signs, and the journal has {} of them: a "
                    "newer checkpoint or the journal is missing",
                    *beyond, checkpoint.size, journalled),
        restore);
  return {};
}

}  // namespace

Result<Recovered> recover(const fs::path& state, std::span<const VerifierKey> at_hand,
                          const std::shared_ptr<FileSystem>& files, Sink& sink, std::uint64_t journal_part_bytes) {
  const auto ledger = state / "ledger";
  const auto journal = state / "journal";
  if (auto done = files->remove(state / "tmp"); !done) return fail(done.error());
  if (auto done = make_folders(*files, state); !done) return fail(done.error());

  Recovered out;
  out.segments = std::make_unique<Segments>(ledger, files);
  const auto checkpoint = read_checkpoint_note(*files, ledger / "checkpoint", at_hand.front().name(), out.checkpoint);
  if (!checkpoint) return fail(checkpoint.error());
  const auto snapshot_end = take_up_snapshot(state, at_hand.front(), files, *checkpoint, out);
  auto end = replay_segments(ledger, files, *checkpoint, snapshot_end.value_or(0), out);
  if (!end && snapshot_end) {
    // Whatever is wrong there, the whole log tells it better.
    Recovered anew;
    anew.segments = std::make_unique<Segments>(ledger, files);
    anew.checkpoint = std::move(out.checkpoint);
    anew.snapshot_problem = "what follows it does not fit";
    out = std::move(anew);
    end = replay_segments(ledger, files, *checkpoint, 0, out);
  }
  if (!end) return fail(end.error());
  if (auto done = check_signature(ledger / "checkpoint", out.checkpoint, out.history); !done) return fail(done.error());
  bool begun = false;
  auto opened = Journal::open(
      journal, files, {sink.applied_through(), checkpoint->size},
      [&](const JournalBatch& batch) -> Status {
        if (!std::exchange(begun, true))
          if (auto done = check_vault(journal, batch.number, sink); !done) return done;
        return replay_batch(journal, batch, sink, out);
      },
      journal_part_bytes);
  if (!opened) return fail(opened.error());
  out.journal = std::move(*opened);
  if (auto done = check_ends(state, *checkpoint, *end, sink, begun, out); !done) return fail(done.error());
  if (auto done = check_key(ledger, at_hand, out.history); !done) return fail(done.error());

  // From here on things are changed: what is derived is made anew, what a crash left half done goes.
  for (const auto& tile : out.damaged_tiles)
    if (auto done = write_tile_again(*files, state, tile); !done) return fail(done.error());
  std::vector<std::string_view> next_records;
  for (const auto& batch : out.unpublished) next_records.push_back(batch.records);
  if (auto done = out.segments->take_up(*end, next_records); !done) return fail(done.error());
  if (auto done = remove_tiles_beyond(*files, ledger, out.history.size()); !done) return fail(done.error());
  if (auto done = out.journal->start(); !done) return fail(done.error());
  if (out.journal->last_batch() == 0) out.journal->continue_from(sink.applied_through());
  return out;
}

}  // namespace ketenpoort::ledger
