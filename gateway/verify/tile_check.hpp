// Grows the tree of RFC 6962 leaf by leaf and compares every tile file with it on the way.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/digest.hpp"
#include "gateway/verify/flaw.hpp"

namespace ketenpoort::verify {

// A tile that differs does not end the check: only the signed root can tell whether the tile or an entry is wrong. The
// first difference is kept. Memory: one tile per level.
class TileCheck {
 public:
  // Tiles within `required` leaves must be there; later ones may be.
  TileCheck(std::filesystem::path ledger, std::uint64_t required) : ledger_(std::move(ledger)), required_(required) {}

  // `tile_root`: over this leaf and the 255 before it, if somebody has made it already.
  void append(const Digest& leaf, const std::optional<Digest>& tile_root = {});
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] Digest root() const;

  // Compares what is not full yet. `signed_now`: the tree has the size of the checkpoint, whose partial tiles must be
  // there.
  void compare_partial(bool signed_now);

  // Compares the leaves of the tile being filled with whatever stands for it, wider or not: to tell which entry is
  // wrong when the check cannot go on.
  void compare_pending_leaves();

  // The first tile that differs or is missing.
  [[nodiscard]] const std::optional<Flaw>& tile_flaw() const { return tile_flaw_; }
  // The first entry whose hash is not the one in its tile, as far as entries were compared.
  [[nodiscard]] std::optional<std::uint64_t> first_wrong_entry() const { return first_wrong_entry_; }

 private:
  struct Level {
    std::uint64_t index = 0;  // of the tile being filled
    std::string hashes;
  };

  void append_to(unsigned level, const Digest& hash, const std::optional<Digest>& tile_root);
  void compare_widths(unsigned level, const Level& tile);
  [[nodiscard]] bool full_tile_begins_with(unsigned level, std::uint64_t index, std::string_view expected) const;
  void compare(unsigned level, const Level& tile, std::uint64_t width, bool required);
  void compare_leaves(const std::filesystem::path& file);
  void keep(const std::string& path, std::string what);

  std::filesystem::path ledger_;
  std::uint64_t required_;
  std::uint64_t size_ = 0;
  std::vector<Level> levels_;
  std::optional<Flaw> tile_flaw_;
  std::optional<std::uint64_t> first_wrong_entry_;
};

}  // namespace ketenpoort::verify
