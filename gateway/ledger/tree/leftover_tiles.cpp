#include "gateway/ledger/tree/leftover_tiles.hpp"

#include <charconv>
#include <optional>

#include "gateway/ledger/tree/tiles.hpp"

namespace ketenpoort::ledger {
namespace {

namespace fs = std::filesystem;

constexpr unsigned levels = 8;
constexpr std::uint64_t tiles_in_folder = 1000;
// Folders without a tile after which no more are looked for: what one publication writes reaches less far.
constexpr int empty_folders = 4;

std::optional<std::uint64_t> number_of(std::string_view name) {
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (fault != std::errc{} || end != name.data() + name.size()) return std::nullopt;
  return number;
}

// The partial tiles of the tree's last tile that are wider than the tree has hashes for.
Status remove_wider(FileSystem& files, const fs::path& folder, std::uint64_t width) {
  const auto names = files.list(folder);
  if (!names) return fail(names.error());
  for (const auto& name : *names)
    if (number_of(name).value_or(0) > width)
      if (auto done = files.remove(folder / name); !done) return done;
  return {};
}

// In one folder of up to a thousand tiles, of which the first is number `first`. `hashes` is what the level has.
Status clean_folder(FileSystem& files, const fs::path& folder, const std::vector<std::string>& names,
                    std::uint64_t first, std::uint64_t hashes) {
  const auto edge = hashes / tile_width;
  for (const auto& name : names) {
    const bool partial = name.ends_with(".p");
    const auto number = number_of(std::string_view(name).substr(0, name.size() - (partial ? 2 : 0)));
    if (!number || first + *number < edge) continue;
    const auto width = first + *number == edge ? hashes % tile_width : 0;
    if (auto done = partial && width > 0 ? remove_wider(files, folder / name, width) : files.remove(folder / name);
        !done)
      return done;
  }
  return {};
}

Status clean_level(FileSystem& files, const fs::path& ledger, unsigned level, std::uint64_t hashes) {
  auto first = hashes / tile_width / tiles_in_folder * tiles_in_folder;
  for (int empty = 0; empty < empty_folders; first += tiles_in_folder) {
    const auto folder = (ledger / tile_path(level, first)).parent_path();
    const auto names = files.list(folder);
    if (!names) return fail(names.error());
    empty = names->empty() ? empty + 1 : 0;
    if (auto done = clean_folder(files, folder, *names, first, hashes); !done) return done;
  }
  return {};
}

}  // namespace

Status remove_tiles_beyond(FileSystem& files, const fs::path& ledger, std::uint64_t size) {
  for (unsigned level = 0; level < levels; ++level)
    if (auto done = clean_level(files, ledger, level, level * tile_height >= 64 ? 0 : size >> (level * tile_height));
        !done)
      return done;
  return {};
}

}  // namespace ketenpoort::ledger
