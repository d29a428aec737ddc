// The tree's hashes on disk (C2SP tlog-tiles): tile/<level>/<index>[.p/<width>], 256 hashes to a full tile.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/base/digest.hpp"
#include "gateway/base/result.hpp"
#include "gateway/ledger/tree/tree.hpp"

namespace ketenpoort::ledger {

constexpr unsigned tile_height = 8;
constexpr std::uint64_t tile_width = 256;

// Relative to the ledger folder: "tile/0/x001/234" or, narrower than 256, "tile/0/x001/234.p/17".
std::string tile_path(unsigned level, std::uint64_t index, std::uint64_t width = tile_width);

// Of the entries themselves: "tile/entries/x001/234", "tile/entries/x001/234.p/17".
std::string entry_bundle_path(std::uint64_t index, std::uint64_t width = tile_width);

// Which tile or bundle a path is about; of a path there is exactly one spelling.
struct TileName {
  std::optional<unsigned> level;  // 0 to 63; none: an entry bundle
  std::uint64_t index = 0;
  std::uint64_t width = tile_width;
};
std::optional<TileName> parse_tile_path(std::string_view path);  // "tile/0/x001/234.p/17"

// How many hashes a tree of `size` leaves has at a level of tiles; of entries: `size`.
std::uint64_t hashes_at(unsigned level, std::uint64_t size);

// A tile to be written: its path and its hashes.
struct Tile {
  std::string path;
  std::string hashes;
};

// Grows a log's tiles leaf by leaf. Keeps the rightmost tile of every level in memory and nothing else.
class TileBuilder {
 public:
  // The right edge of a tree of `size` leaves, from the tiles of one of `of_size` that begins with it.
  static Result<TileBuilder> load(const std::filesystem::path& ledger, std::uint64_t size, std::uint64_t of_size);

  void append(const Digest& leaf);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] Digest root() const;

  // The tiles a tree of this size needs beyond those of the last call: those that became full, and the partial ones
  // that changed.
  [[nodiscard]] std::vector<Tile> take_new_tiles();
  void forget_new_tiles();  // they stand on disk already

 private:
  struct Level {
    std::uint64_t index = 0;  // of the rightmost tile
    std::string hashes;       // of it, fewer than 256
    bool changed = false;
  };
  void append_to(unsigned level, const Digest& hash);

  std::uint64_t size_ = 0;
  std::vector<Level> levels_;
  std::vector<Tile> full_;
};

// Hashes of a tree of a given size, read from the tiles in a ledger folder.
class TileReader {
 public:
  TileReader(std::filesystem::path ledger, std::uint64_t size) : ledger_(std::move(ledger)), size_(size) {}

  // Of the perfect subtree over leaves [index << level, (index + 1) << level), which must lie within the tree.
  [[nodiscard]] Result<Digest> subtree_hash(unsigned level, std::uint64_t index) const;

  // As many hashes as the tree has for this tile, one at least; a reader of a running log may get more.
  [[nodiscard]] Result<std::string> read_tile(unsigned level, std::uint64_t index) const;

  // The same, held to the root of the tree: its hash stands in the tile above, that one's in the one above it, and so
  // on to the right edge, which makes the root. ErrorCode::malformed naming the file that does not fit.
  [[nodiscard]] Result<std::string> read_checked_tile(unsigned level, std::uint64_t index, const Digest& root) const;

  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  std::filesystem::path ledger_;
  std::uint64_t size_;
};

}  // namespace ketenpoort::ledger
