#include "gateway/verify/log_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/base/files.hpp"
#include "gateway/ledger/tree/tiles.hpp"
#include "gateway/verify/batches.hpp"
#include "gateway/verify/checkpoint_check.hpp"
#include "gateway/verify/folder_entries.hpp"
#include "gateway/verify/folder_survey.hpp"
#include "gateway/verify/log_end.hpp"
#include "gateway/verify/tile_check.hpp"

namespace ketenpoort::verify {
namespace {

constexpr std::size_t largest_checkpoint = 64 << 10;

class LogChecker {
 public:
  explicit LogChecker(const LogCheck& check) : check_(check), rules_(check.anchors) {}

  Checked<LogReport> run();

 private:
  Checked<void> read_checkpoints();
  Checked<std::optional<std::string>> read_note(const std::string& name) const;
  Checked<void> read_cosigned();
  Checked<void> check_cosigned();
  Checked<void> read_entries(FolderEntries& entries);
  Checked<void> check_entry(const ReadEntry& entry, const std::optional<Digest>& tile_root);
  Checked<void> check_roots();
  Checked<void> check_root();
  Checked<void> check_extents(const Survey& survey) const;
  [[nodiscard]] std::optional<std::string> read_leaves(std::uint64_t tile) const;
  [[nodiscard]] Flaw blame_entry(Flaw flaw);

  const LogCheck& check_;
  LogReport report_;
  ReadCheckpoint checkpoint_;
  std::optional<ReadCheckpoint> cosigned_;
  std::optional<OlderCheckpoint> older_;
  std::optional<TileCheck> tiles_;
  RootHistory roots_{[this](std::uint64_t tile) { return read_leaves(tile); }};
  EntryRules rules_;
};

// Every full tile was compared with the entries when it became full.
std::optional<std::string> LogChecker::read_leaves(std::uint64_t tile) const {
  auto leaves = read_file(check_.ledger / ledger::tile_path(0, tile));
  return leaves ? std::optional(std::move(*leaves)) : std::nullopt;
}

Checked<std::optional<std::string>> LogChecker::read_note(const std::string& name) const {
  std::error_code fault;
  if (!std::filesystem::exists(check_.ledger / name, fault)) return std::nullopt;
  auto note = read_file(check_.ledger / name, largest_checkpoint);
  if (!note && note.error().code == ErrorCode::io) return unreadable(name, note.error().message);
  if (!note) return flawed(name, "checkpoint", note.error().message);
  return std::move(*note);
}

Checked<void> LogChecker::read_checkpoints() {
  if (auto cosigned = read_cosigned(); !cosigned) return cosigned;
  auto note = read_note("checkpoint");
  if (!note) return tl::make_unexpected(note.error());
  if (!*note) return flawed("checkpoint", "checkpoint", "is missing");
  auto checkpoint = read_checkpoint(std::move(**note), check_.keys, "checkpoint");
  if (!checkpoint) return tl::make_unexpected(checkpoint.error());
  checkpoint_ = std::move(*checkpoint);
  if (auto known = check_cosigners(checkpoint_, check_.anchors.witnesses, "checkpoint"); !known) return known;
  report_.checkpoint = checkpoint_.checkpoint;
  if (!check_.older_checkpoint) return {};
  auto older = OlderCheckpoint::read(*check_.older_checkpoint, check_.keys, report_.checkpoint);
  if (!older) return tl::make_unexpected(older.error());
  older_ = std::move(*older);
  return {};
}

// The last checkpoint that witnesses cosigned. It is published when the entry that says so is signed, so it is read
// first.
Checked<void> LogChecker::read_cosigned() {
  auto note = read_note("checkpoint.cosigned");
  if (!note) return tl::make_unexpected(note.error());
  if (!*note) return {};
  auto cosigned = read_checkpoint(std::move(**note), check_.keys, "checkpoint.cosigned");
  if (!cosigned) return tl::make_unexpected(cosigned.error());
  cosigned_ = std::move(*cosigned);
  rules_.anchors().watch(cosigned_->checkpoint.size);
  return {};
}

Checked<void> LogChecker::check_cosigned() {
  if (!cosigned_) return {};
  const std::string where = "checkpoint.cosigned";
  const auto& [note, checkpoint, lines] = *cosigned_;
  if (checkpoint.size > roots_.size()) return flawed(where, "checkpoint", "covers more entries than there are");
  if (roots_.root(checkpoint.size) != checkpoint.root)
    return flawed(where, "tree", "the entries it covers do not have its root");
  if (rules_.history().opened() == nullptr) return flawed(where, "checkpoint", "the log has no entries");
  const auto& key = rules_.history().keys().at_size(checkpoint.size);
  if (auto signer = check_signer(*cosigned_, key, where); !signer) return signer;
  std::string_view rest = lines;
  if (rest.empty()) return flawed(where, "checkpoint", "is cosigned by nobody");
  for (; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1))
    if (!rules_.anchors().has_seen(std::string(rest.substr(0, rest.find('\n')))))
      return flawed(where, "anchor", "carries a signature that no entry of the log speaks of");
  return rules_.anchors().check_checkpoint(where, ledger::format_checkpoint(checkpoint), lines, checkpoint.size);
}

// Where the check cannot go on: an entry before it may be the one that was changed.
Flaw LogChecker::blame_entry(Flaw flaw) {
  tiles_->compare_pending_leaves();
  const auto wrong = tiles_->first_wrong_entry();
  const auto at = tiles_->size() - 1;
  if (!wrong || *wrong > at) return flaw;
  if (*wrong == at) {
    flaw.what += "; nor is its hash the one in its tile";
    return flaw;
  }
  return entry_flaw(
      *wrong, "tree",
      fmt::format("its hash is not the one in its tile; and {} breaks {}: {}", flaw.where, flaw.rule, flaw.what));
}

Checked<void> LogChecker::check_entry(const ReadEntry& entry, const std::optional<Digest>& tile_root) {
  auto applied = rules_.apply(entry, roots_);
  tiles_->append(entry.leaf, tile_root);
  roots_.append(entry.leaf, tile_root);
  if (!applied) return tl::make_unexpected(blame_entry(std::move(applied.error())));
  return {};
}

Checked<void> LogChecker::check_root() {
  const bool holds = tiles_->root() == report_.checkpoint.root;
  tiles_->compare_partial(true);
  if (holds && tiles_->tile_flaw()) return tl::make_unexpected(*tiles_->tile_flaw());
  if (!holds) {
    if (const auto wrong = tiles_->first_wrong_entry())
      return tl::make_unexpected(
          entry_flaw(*wrong, "tree", "its hash is not the one in its tile, and the root is not the signed one"));
    return flawed("checkpoint", "tree",
                  fmt::format("the {} entries do not have the root that was signed; the tiles agree with the entries",
                              report_.checkpoint.size));
  }
  return check_end(rules_, checkpoint_, check_.keys, true);
}

// What must hold of the entries read so far, whenever they are as many as a checkpoint covers.
Checked<void> LogChecker::check_roots() {
  const auto size = tiles_->size();
  if (older_ && older_->size() == size)
    if (auto older = older_->check(tiles_->root(), rules_.history(), check_.keys); !older) return older;
  return size == report_.checkpoint.size ? check_root() : Checked<void>{};
}

Checked<void> LogChecker::read_entries(FolderEntries& entries) {
  const auto size = report_.checkpoint.size;
  Batches batches(entries, 0, check_.threads);
  while (const auto* batch = batches.next()) {
    for (std::size_t i = 0; i < batch->count; ++i) {
      if (auto roots = check_roots(); !roots) return roots;
      if (tiles_->size() >= size + longest_tail)
        return flawed("checkpoint", "segments",
                      fmt::format("more than {} entries beyond it are not signed", longest_tail));
      const auto tile_root = i + 1 == batch->count ? batch->tile_root : std::nullopt;
      if (auto entry = check_entry(batch->entries[i], tile_root); !entry) return entry;
    }
    if (batch->flaw) return tl::make_unexpected(*batch->flaw);
    if (check_.on_progress) check_.on_progress(tiles_->size(), size);
  }
  if (auto roots = check_roots(); !roots) return roots;
  if (tiles_->size() < size)
    return tl::make_unexpected(entry_flaw(
        tiles_->size(), "segments", fmt::format("is missing or cut off: the checkpoint covers {} entries", size)));
  return {};
}

// No tile speaks of entries that are not there.
Checked<void> LogChecker::check_extents(const Survey& survey) const {
  for (const auto& [level, extent] : survey.tiles) {
    const auto shift = 8 * level;
    if (extent.hashes > (tiles_->size() >> shift))
      return flawed(extent.file, "files", "goes beyond the entries of the log");
  }
  return {};
}

Checked<LogReport> LogChecker::run() {
  if (auto read = read_checkpoints(); !read) return tl::make_unexpected(read.error());
  const auto survey = survey_folder(check_.ledger);
  if (!survey) return tl::make_unexpected(survey.error());
  FolderEntries entries(check_.ledger, survey->segment_sizes);
  tiles_.emplace(check_.ledger, report_.checkpoint.size);
  if (auto read = read_entries(entries); !read) return tl::make_unexpected(locate(read.error(), entries));
  tiles_->compare_partial(false);
  if (tiles_->tile_flaw()) return tl::make_unexpected(*tiles_->tile_flaw());
  if (auto extents = check_extents(*survey); !extents) return tl::make_unexpected(extents.error());
  if (auto cosigned = check_cosigned(); !cosigned) return tl::make_unexpected(cosigned.error());
  report_.entries = tiles_->size();
  report_.unsigned_entries = tiles_->size() - report_.checkpoint.size;
  report_.torn_bytes = entries.torn_bytes();
  if (older_) report_.older_size = older_->size();
  return sum_up(std::move(report_), rules_);
}

}  // namespace

Checked<LogReport> check_log(const LogCheck& check) {
  return LogChecker(check).run();
}

}  // namespace ketenpoort::verify
