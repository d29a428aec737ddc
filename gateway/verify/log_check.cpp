#include "gateway/verify/log_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/base/files.hpp"
#include "gateway/ledger/entry.hpp"
#include "gateway/ledger/tree.hpp"
#include "gateway/verify/entry_stream.hpp"
#include "gateway/verify/folder_survey.hpp"
#include "gateway/verify/tile_check.hpp"

namespace ketenpoort::verify {
namespace {

constexpr std::size_t largest_checkpoint = 64 << 10;
constexpr std::uint64_t progress_step = 4096;

std::string entry_name(std::uint64_t seq) {
  return fmt::format("entry {}", seq);
}

// A checkpoint of this log carries one signature. Others (witnesses) would have to be asked for, or their bytes would
// go unchecked.
Checked<ledger::Checkpoint> open_strictly(const std::string& note, const ledger::VerifierKey& key,
                                          const std::string& where) {
  auto checkpoint = ledger::open_checkpoint(note, key);
  if (!checkpoint) return flawed(where, "checkpoint", checkpoint.error().message);
  const auto parts = ledger::split_note(note);
  if (std::ranges::count(parts->signatures, '\n') != 1)
    return flawed(where, "checkpoint", "carries a signature that was not asked for");
  return *checkpoint;
}

class LogChecker {
 public:
  explicit LogChecker(const LogCheck& check) : check_(check) {}

  Checked<LogReport> run();

 private:
  Checked<void> read_checkpoints();
  Checked<void> read_entries(EntryStream& entries);
  Checked<void> check_entry(std::string_view bytes);
  Checked<void> check_older();
  Checked<void> check_root();
  Checked<void> check_origin();
  Checked<void> check_extents(const Survey& survey) const;
  [[nodiscard]] Flaw blame_entry(Flaw flaw);

  const LogCheck& check_;
  LogReport report_;
  std::optional<ledger::Checkpoint> older_;
  std::optional<TileCheck> tiles_;
  ledger::History history_;
  ledger::Entry entry_;
};

Checked<void> LogChecker::read_checkpoints() {
  const auto file = check_.ledger / "checkpoint";
  if (!std::filesystem::exists(file)) return flawed("checkpoint", "checkpoint", "is missing");
  const auto note = read_file(file, largest_checkpoint);
  if (!note && note.error().code == ErrorCode::io) return unreadable("checkpoint", note.error().message);
  if (!note) return flawed("checkpoint", "checkpoint", note.error().message);
  const auto checkpoint = open_strictly(*note, check_.key, "checkpoint");
  if (!checkpoint) return tl::make_unexpected(checkpoint.error());
  report_.checkpoint = *checkpoint;
  if (!check_.older_checkpoint) return {};
  const auto older = ledger::open_checkpoint(*check_.older_checkpoint, check_.key);
  if (!older) return flawed("older checkpoint", "checkpoint", older.error().message);
  if (older->size > checkpoint->size)
    return flawed("checkpoint", "consistency",
                  fmt::format("the log was rolled back: it has {} entries and had {}", checkpoint->size, older->size));
  older_ = *older;
  report_.older_size = older->size;
  return {};
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
  return {entry_name(*wrong), "tree",
          fmt::format("its hash is not the one in its tile; and {} breaks {}: {}", flaw.where, flaw.rule, flaw.what),
          false};
}

Checked<void> LogChecker::check_entry(std::string_view bytes) {
  const auto seq = tiles_->size();
  tiles_->append(ledger::leaf_hash(as_bytes(bytes)));
  if (const auto read = ledger::decode_entry(bytes, entry_); !read)
    return tl::make_unexpected(blame_entry({entry_name(seq), "entry", read.error().message, false}));
  if (const auto applied = history_.apply(entry_); !applied) {
    const auto& issue = applied.error().issues.at(0);
    return tl::make_unexpected(blame_entry({entry_name(seq), issue.where, issue.detail, false}));
  }
  return {};
}

Checked<void> LogChecker::check_older() {
  if (older_ && tiles_->size() == older_->size && tiles_->root() != older_->root)
    return flawed("older checkpoint", "consistency",
                  fmt::format("the log was rewritten: its first {} entries are not those signed before", older_->size));
  return {};
}

Checked<void> LogChecker::check_root() {
  const bool holds = tiles_->root() == report_.checkpoint.root;
  tiles_->compare_partial(true);
  if (holds && !tiles_->tile_flaw()) return {};
  if (holds) return tl::make_unexpected(*tiles_->tile_flaw());
  if (const auto wrong = tiles_->first_wrong_entry())
    return flawed(entry_name(*wrong), "tree",
                  "its hash is not the one in its tile, and the root is not the signed one");
  return flawed("checkpoint", "tree",
                fmt::format("the {} entries do not have the root that was signed; the tiles agree with the entries",
                            report_.checkpoint.size));
}

Checked<void> LogChecker::check_origin() {
  const auto* opened = history_.opened();
  if (opened == nullptr) return {};
  if (opened->origin != report_.checkpoint.origin)
    return flawed(entry_name(0), "checkpoint", "the log was opened under another origin");
  if (opened->vkey != check_.key.text())
    return flawed(entry_name(0), "checkpoint", "the log was opened with another key");
  return {};
}

Checked<void> LogChecker::read_entries(EntryStream& entries) {
  const auto size = report_.checkpoint.size;
  for (;;) {
    if (auto older = check_older(); !older) return older;
    if (tiles_->size() == size)
      if (auto root = check_root(); !root) return root;
    const auto bytes = entries.next();
    if (!bytes) return tl::make_unexpected(bytes.error());
    if (!*bytes) break;
    if (tiles_->size() - std::min(tiles_->size(), size) >= longest_tail)
      return flawed("checkpoint", "segments",
                    fmt::format("more than {} entries beyond it are not signed", longest_tail));
    if (auto entry = check_entry(**bytes); !entry) return entry;
    if (check_.on_progress && tiles_->size() % progress_step == 0) check_.on_progress(tiles_->size(), size);
  }
  if (tiles_->size() < size)
    return flawed(entry_name(tiles_->size()), "segments",
                  fmt::format("is missing or cut off: the checkpoint covers {} entries", size));
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
  EntryStream entries(check_.ledger, survey->segment_sizes);
  tiles_.emplace(check_.ledger, report_.checkpoint.size);
  if (auto read = read_entries(entries); !read) return tl::make_unexpected(read.error());
  tiles_->compare_partial(false);
  if (tiles_->tile_flaw()) return tl::make_unexpected(*tiles_->tile_flaw());
  if (auto extents = check_extents(*survey); !extents) return tl::make_unexpected(extents.error());
  if (auto origin = check_origin(); !origin) return tl::make_unexpected(origin.error());
  report_.unsigned_entries = tiles_->size() - report_.checkpoint.size;
  report_.torn_bytes = entries.torn_bytes();
  report_.counts = history_.counts();
  for (std::uint64_t n = 0; n < history_.transfer_count(); ++n)
    ++report_.transfers[static_cast<std::size_t>(history_.state_by_number(n))];
  return report_;
}

}  // namespace

Checked<LogReport> check_log(const LogCheck& check) {
  return LogChecker(check).run();
}

}  // namespace ketenpoort::verify
