#include "gateway/verify/export_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/ledger/tree/tree.hpp"
#include "gateway/verify/batches.hpp"
#include "gateway/verify/export_entries.hpp"
#include "gateway/verify/log_end.hpp"

namespace ketenpoort::verify {
namespace {

// What can be told of entries whose past is not there: invariant 1, and of that no body.
class PlaceRules {
 public:
  explicit PlaceRules(std::uint64_t from) : next_(from) {}

  Checked<void> apply(const ReadEntry& read) {
    const auto seq = next_++;
    const auto broken = [&](std::string what) {
      return tl::make_unexpected(entry_flaw(seq, "invariant 1", std::move(what)));
    };
    const auto& entry = read.entry;
    if (!read.read) return broken(read.read.error().message);
    if (entry.seq != seq) return broken(fmt::format("seq must be {}", seq));
    if (before_ && entry.time < before_->time) return broken("time is before the entry before");
    if (before_ && entry.id <= before_->id) return broken("id is not greater than the one before");
    if (std::ranges::any_of(entry.refs, [&](std::uint64_t ref) { return ref >= seq; }))
      return broken("a ref does not point back");
    before_ = {entry.time, entry.id};
    return {};
  }

 private:
  struct Place {
    Timestamp time;
    Uuid id;
  };
  std::uint64_t next_;
  std::optional<Place> before_;
};

class ExportChecker {
 public:
  explicit ExportChecker(const LogCheck& check) : check_(check), entries_(check.ledger), rules_(check.anchors) {}

  Checked<LogReport> run();

 private:
  Checked<void> read_head();
  Checked<void> read_entries();
  Checked<void> check_entry(const ReadEntry& entry, const std::optional<Digest>& tile_root);
  Checked<void> check_older() const;
  Checked<void> check_end_of_tree();

  const LogCheck& check_;
  ExportEntries entries_;
  ledger::ExportHeader header_;
  ReadCheckpoint checkpoint_;
  std::optional<OlderCheckpoint> older_;
  ledger::TreeEdge tree_;
  RootHistory roots_{[this](std::uint64_t tile) { return entries_.leaves(tile); }};
  EntryRules rules_;
  std::optional<PlaceRules> place_;
};

Checked<void> ExportChecker::read_head() {
  auto header = entries_.read_header();
  if (!header) return tl::make_unexpected(header.error());
  header_ = std::move(*header);
  auto checkpoint = read_checkpoint(header_.checkpoint, check_.keys, "checkpoint");
  if (!checkpoint) return tl::make_unexpected(checkpoint.error());
  checkpoint_ = std::move(*checkpoint);
  const auto size = checkpoint_.checkpoint.size;
  if (header_.to >= size) return flawed("export", "export", "has entries that its checkpoint does not cover");
  if (const auto left = ledger::append_cover(tree_, header_.from, header_.left); !left)
    return flawed("export", "export", "left: " + left.error().message);
  if (header_.from > 0) place_.emplace(header_.from);
  if (!check_.older_checkpoint) return {};
  auto older = OlderCheckpoint::read(*check_.older_checkpoint, check_.keys, checkpoint_.checkpoint);
  if (!older) return tl::make_unexpected(older.error());
  if (older->size() < header_.from || older->size() > header_.to + 1)
    return unreadable("older checkpoint",
                      fmt::format("covers {} entries; whether the log grew out of it can only be seen in an export "
                                  "that begins before entry {} and ends after it",
                                  older->size(), older->size()));
  older_ = std::move(*older);
  return {};
}

Checked<void> ExportChecker::check_entry(const ReadEntry& entry, const std::optional<Digest>& tile_root) {
  auto applied = place_ ? place_->apply(entry) : rules_.apply(entry, roots_);
  tree_.append(entry.leaf);
  if (!place_) roots_.append(entry.leaf, tile_root);
  return applied;
}

Checked<void> ExportChecker::check_older() const {
  if (older_ && older_->size() == tree_.size()) return older_->check(tree_.root(), rules_.history(), check_.keys);
  return {};
}

Checked<void> ExportChecker::read_entries() {
  Batches batches(entries_, header_.from, check_.threads);
  while (const auto* batch = batches.next()) {
    for (std::size_t i = 0; i < batch->count; ++i) {
      if (auto older = check_older(); !older) return older;
      const auto tile_root = i + 1 == batch->count ? batch->tile_root : std::nullopt;
      if (auto entry = check_entry(batch->entries[i], tile_root); !entry) return entry;
    }
    if (batch->flaw) return tl::make_unexpected(*batch->flaw);
    if (check_.on_progress) check_.on_progress(tree_.size() - header_.from, header_.to + 1 - header_.from);
  }
  return check_older();
}

Checked<void> ExportChecker::check_end_of_tree() {
  const auto& checkpoint = checkpoint_.checkpoint;
  if (const auto right = ledger::append_cover(tree_, checkpoint.size, header_.right); !right)
    return flawed("export", "export", "right: " + right.error().message);
  if (tree_.root() != checkpoint.root)
    return flawed("checkpoint", "tree",
                  fmt::format("entries {} to {} are not those that were signed: they do not lead to its root",
                              header_.from, header_.to));
  const bool all_seen = header_.from == 0 && header_.to + 1 == checkpoint.size;
  return check_end(rules_, checkpoint_, check_.keys, all_seen);
}

Checked<LogReport> ExportChecker::run() {
  if (auto head = read_head(); !head) return tl::make_unexpected(head.error());
  if (auto read = read_entries(); !read) return tl::make_unexpected(locate(read.error(), entries_));
  LogReport report;
  report.from = header_.from;
  report.entries = tree_.size() - header_.from;
  if (auto end = check_end_of_tree(); !end) return tl::make_unexpected(locate(end.error(), entries_));
  report.checkpoint = checkpoint_.checkpoint;
  if (older_) report.older_size = older_->size();
  return sum_up(std::move(report), rules_);
}

}  // namespace

Checked<LogReport> check_export(const LogCheck& check) {
  return ExportChecker(check).run();
}

}  // namespace ketenpoort::verify
