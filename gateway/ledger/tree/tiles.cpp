#include "gateway/ledger/tree/tiles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "gateway/base/bytes.hpp"
#include "gateway/base/files.hpp"

namespace ketenpoort::ledger {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t hash_size = 32;
constexpr std::size_t full_size = tile_width * hash_size;

Digest hash_at(std::string_view hashes, std::size_t index) {
  Digest out;
  const auto bytes = as_bytes(hashes.substr(index * hash_size, hash_size));
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

// The root over `count` (a power of two) neighbouring hashes.
Digest reduce(std::string_view hashes, std::size_t first, std::size_t count) {
  TreeEdge edge;
  for (std::size_t i = 0; i < count; ++i) edge.append(hash_at(hashes, first + i));
  return edge.root();
}

std::string number_path(std::uint64_t index, std::uint64_t width) {
  std::string number = fmt::format("{:03}", index % 1000);
  for (index /= 1000; index > 0; index /= 1000) number = fmt::format("x{:03}/{}", index % 1000, number);
  return width == tile_width ? number : fmt::format("{}.p/{}", number, width);
}

constexpr unsigned highest_level = 63;
constexpr int most_groups = 5;  // of three digits: more tiles than anybody has, and few enough to count their hashes

// What stands before the next '/' or the end; nothing when nothing is left.
std::optional<std::string_view> take_segment(std::string_view& path) {
  if (path.empty()) return std::nullopt;
  const auto end = path.find('/');
  const auto segment = path.substr(0, end);
  path = end == std::string_view::npos ? std::string_view{} : path.substr(end + 1);
  return segment;
}

// Digits alone; leading zeros are for the caller to judge.
std::optional<std::uint64_t> decimal(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string tile_path(unsigned level, std::uint64_t index, std::uint64_t width) {
  return fmt::format("tile/{}/{}", level, number_path(index, width));
}

std::string entry_bundle_path(std::uint64_t index, std::uint64_t width) {
  return "tile/entries/" + number_path(index, width);
}

std::optional<TileName> parse_tile_path(std::string_view path) {
  const auto whole = path;
  const auto kind = take_segment(path);
  const auto level = take_segment(path);
  if (kind != "tile" || !level) return std::nullopt;
  TileName name;
  if (level != "entries") {
    const auto number = decimal(*level);
    if (!number || *number > highest_level) return std::nullopt;
    name.level = static_cast<unsigned>(*number);
  }
  if (const auto at = path.find(".p/"); at != std::string_view::npos) {
    const auto width = decimal(path.substr(at + 3));
    if (!width || *width == 0 || *width >= tile_width) return std::nullopt;
    name.width = *width;
    path = path.substr(0, at);
  }
  for (int groups = 0; const auto group = take_segment(path); ++groups) {
    const auto number = decimal(group->substr(group->starts_with('x') ? 1 : 0));
    if (!number || *number >= 1000 || groups == most_groups) return std::nullopt;
    name.index = name.index * 1000 + *number;
  }
  // Whatever else is spelled in another way than we would is not the path of anything.
  const auto spelled =
      name.level ? tile_path(*name.level, name.index, name.width) : entry_bundle_path(name.index, name.width);
  return spelled == whole ? std::optional(name) : std::nullopt;
}

std::uint64_t hashes_at(unsigned level, std::uint64_t size) {
  const auto shift = level * tile_height;
  return shift >= 64 ? 0 : size >> shift;
}

Result<TileBuilder> TileBuilder::load(const fs::path& ledger, std::uint64_t size, std::uint64_t of_size) {
  TileBuilder out;
  out.size_ = size;
  const TileReader tiles(ledger, of_size);
  for (unsigned level = 0; hashes_at(level, size) > 0; ++level) {
    const auto hashes = hashes_at(level, size);
    auto& here = out.levels_.emplace_back();
    here.index = hashes / tile_width;
    if (hashes % tile_width == 0) continue;
    auto tile = tiles.read_tile(level, here.index);
    if (!tile) return fail(std::move(tile.error()));
    tile->resize(hashes % tile_width * hash_size);
    here.hashes = std::move(*tile);
  }
  return out;
}

void TileBuilder::append(const Digest& leaf) {
  append_to(0, leaf);
  ++size_;
}

void TileBuilder::append_to(unsigned level, const Digest& hash) {
  if (levels_.size() == level) levels_.emplace_back();
  auto& here = levels_[level];
  here.hashes += as_text(hash);
  here.changed = true;
  if (here.hashes.size() < full_size) return;
  const auto root = reduce(here.hashes, 0, tile_width);
  full_.push_back({tile_path(level, here.index), std::move(here.hashes)});
  here = {.index = here.index + 1};
  append_to(level + 1, root);
}

Digest TileBuilder::root() const {
  TreeEdge edge;
  for (auto level = static_cast<unsigned>(levels_.size()); level-- > 0;) {
    const auto& hashes = levels_[level].hashes;
    for (std::size_t i = 0; i < hashes.size() / hash_size; ++i)
      edge.append_subtree(level * tile_height, hash_at(hashes, i));
  }
  return edge.root();
}

std::vector<Tile> TileBuilder::take_new_tiles() {
  auto tiles = std::move(full_);
  full_.clear();
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    auto& level = levels_[i];
    if (level.changed && !level.hashes.empty())
      tiles.push_back(
          {tile_path(static_cast<unsigned>(i), level.index, level.hashes.size() / hash_size), level.hashes});
    level.changed = false;
  }
  return tiles;
}

void TileBuilder::forget_new_tiles() {
  full_.clear();
  for (auto& level : levels_) level.changed = false;
}

Result<std::string> TileReader::read_tile(unsigned level, std::uint64_t index) const {
  const auto hashes = hashes_at(level, size_);
  const auto width = std::min(tile_width, hashes - index * tile_width);
  auto content = read_file(ledger_ / tile_path(level, index, width), full_size);
  // The partial tile may be gone once the full one stands, which begins with the same hashes.
  if (!content && width < tile_width)
    if (auto full = read_file(ledger_ / tile_path(level, index), full_size)) content = std::move(full);
  if (content && content->size() < width * hash_size)
    return fail(ErrorCode::malformed,
                fmt::format("{} is too short", (ledger_ / tile_path(level, index, width)).string()));
  return content;
}

Result<std::string> TileReader::read_checked_tile(unsigned level, std::uint64_t index, const Digest& root) const {
  auto tile = read_tile(level, index);
  if (!tile) return tile;
  const auto width = std::min(tile_width, hashes_at(level, size_) - index * tile_width);
  tile->resize(width * hash_size);
  const auto damaged = [&] {
    return fail(ErrorCode::malformed, fmt::format("{} does not lead to the root that is signed",
                                                  (ledger_ / tile_path(level, index, width)).string()));
  };
  if (width < tile_width) {
    const auto edge = TileBuilder::load(ledger_, size_, size_);
    if (!edge) return fail(edge.error());
    if (edge->root() != root) return damaged();
    return tile;
  }
  const auto above = read_checked_tile(level + 1, index / tile_width, root);
  if (!above) return fail(above.error());
  if (hash_at(*above, static_cast<std::size_t>(index % tile_width)) != reduce(*tile, 0, tile_width)) return damaged();
  return tile;
}

Result<Digest> TileReader::subtree_hash(unsigned level, std::uint64_t index) const {
  const auto end = (index + 1) << level;
  if (end > size_)
    return fail(ErrorCode::invalid_input, fmt::format("leaf {} is not in a tree of size {}", end - 1, size_));
  const auto within = level % tile_height;
  const auto first = index << within;
  const auto tile = read_tile(level / tile_height, first / tile_width);
  if (!tile) return fail(tile.error());
  return reduce(*tile, first % tile_width, std::size_t{1} << within);
}

}  // namespace ketenpoort::ledger
