#include "gateway/verify/tile_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <system_error>

#include "gateway/base/files.hpp"
#include "gateway/ledger/tree/tiles.hpp"
#include "gateway/ledger/tree/tree.hpp"

namespace ketenpoort::verify {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t hash_size = 32;

Digest hash_at(std::string_view hashes, std::size_t index) {
  Digest out;
  const auto bytes = as_bytes(hashes.substr(index * hash_size, hash_size));
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

// The root over `count` neighbouring hashes, a power of two.
Digest subtree_root(std::string_view hashes, std::size_t first, std::size_t count) {
  std::array<Digest, ledger::tile_width> nodes;
  for (std::size_t i = 0; i < count; ++i) nodes[i] = hash_at(hashes, first + i);
  for (; count > 1; count /= 2)
    for (std::size_t i = 0; i < count / 2; ++i) nodes[i] = ledger::node_hash(nodes[2 * i], nodes[2 * i + 1]);
  return nodes[0];
}

}  // namespace

void TileCheck::append(const Digest& leaf, const std::optional<Digest>& tile_root) {
  ++size_;
  append_to(0, leaf, tile_root);
}

void TileCheck::append_to(unsigned level, const Digest& hash, const std::optional<Digest>& tile_root) {
  if (levels_.size() == level) levels_.push_back({0, {}});
  auto& tile = levels_[level];
  tile.hashes.append(as_text(hash));
  if (tile.hashes.size() < ledger::tile_width * hash_size) return;
  const std::uint64_t end = (tile.index + 1) << (ledger::tile_height * (level + 1));  // of the tile, in leaves
  compare(level, tile, ledger::tile_width, end <= required_);
  compare_widths(level, tile);
  const auto root = tile_root ? *tile_root : subtree_root(tile.hashes, 0, ledger::tile_width);
  ++tile.index;
  tile.hashes.clear();
  append_to(level + 1, root, std::nullopt);
}

// The right edge, smallest subtree first: RFC 6962 section 2.1 splits at the largest power of two below the size.
Digest TileCheck::root() const {
  std::optional<Digest> root;
  for (const auto& tile : levels_) {
    std::size_t left = tile.hashes.size() / hash_size;
    while (left > 0) {
      const std::size_t peak = left & (~left + 1);
      left -= peak;
      const auto hash = subtree_root(tile.hashes, left, peak);
      root = root ? ledger::node_hash(hash, *root) : hash;
    }
  }
  return root.value_or(ledger::empty_root());
}

void TileCheck::compare_partial(bool signed_now) {
  for (unsigned level = 0; level < levels_.size(); ++level) {
    const auto& tile = levels_[level];
    if (tile.hashes.empty()) continue;
    if (signed_now) compare(level, tile, tile.hashes.size() / hash_size, true);
    compare_widths(level, tile);
  }
}

// Every partial tile of this tile that stands there, as far as its hashes are known.
void TileCheck::compare_widths(unsigned level, const Level& tile) {
  const auto folder = ledger_ / (ledger::tile_path(level, tile.index) + ".p");
  std::error_code fault;
  for (fs::directory_iterator at(folder, fault), end; !fault && at != end; at.increment(fault)) {
    const auto name = at->path().filename().string();
    std::uint64_t width = 0;
    std::from_chars(name.data(), name.data() + name.size(), width);  // the survey has seen to the names
    if (width > 0 && width * hash_size <= tile.hashes.size()) compare(level, tile, width, false);
  }
}

// A gateway that runs on removes a partial tile once the full one stands, also one that the checkpoint read before
// still names.
bool TileCheck::full_tile_begins_with(unsigned level, std::uint64_t index, std::string_view expected) const {
  const auto full = read_file(ledger_ / ledger::tile_path(level, index), ledger::tile_width * hash_size);
  return full && full->starts_with(expected);
}

void TileCheck::compare(unsigned level, const Level& tile, std::uint64_t width, bool required) {
  const auto path = ledger::tile_path(level, tile.index, width);
  const auto expected = std::string_view(tile.hashes).substr(0, width * hash_size);
  const auto found = read_file(ledger_ / path, ledger::tile_width * hash_size);
  std::error_code fault;
  if (!found && !fs::exists(ledger_ / path, fault)) {
    if (required && !full_tile_begins_with(level, tile.index, expected)) keep(path, "is missing");
    return;
  }
  if (!found) return keep(path, found.error().message);
  if (*found == expected) return;
  if (found->size() != expected.size()) return keep(path, fmt::format("must hold {} hashes", width));
  const auto differ =
      static_cast<std::size_t>(std::ranges::mismatch(*found, expected).in1 - found->begin()) / hash_size;
  keep(path, fmt::format("hash {} is not what the entries give", differ));
  const auto entry = tile.index * ledger::tile_width + differ;
  if (level == 0) first_wrong_entry_ = std::min(entry, first_wrong_entry_.value_or(entry));
}

void TileCheck::compare_pending_leaves() {
  if (levels_.empty()) return;
  const auto full = ledger_ / ledger::tile_path(0, levels_[0].index);
  compare_leaves(full);
  std::error_code fault;
  for (fs::directory_iterator at(full.string() + ".p", fault), end; !fault && at != end; at.increment(fault))
    compare_leaves(at->path());
}

void TileCheck::compare_leaves(const fs::path& file) {
  const auto found = read_file(file, ledger::tile_width * hash_size);
  if (!found) return;
  const auto& tile = levels_[0];
  const auto [here, there] = std::mismatch(tile.hashes.begin(), tile.hashes.end(), found->begin(), found->end());
  if (here == tile.hashes.end() || there == found->end()) return;
  const auto entry = tile.index * ledger::tile_width + static_cast<std::size_t>(here - tile.hashes.begin()) / hash_size;
  first_wrong_entry_ = std::min(entry, first_wrong_entry_.value_or(entry));
}

void TileCheck::keep(const std::string& path, std::string what) {
  if (!tile_flaw_) tile_flaw_ = Flaw{path, "tiles", std::move(what), false, {}, path};
}

}  // namespace ketenpoort::verify
