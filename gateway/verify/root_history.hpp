// The root the log had at every size it went through: what an anchor or a cosignature inside the log speaks of.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gateway/base/digest.hpp"

namespace ketenpoort::verify {

// Keeps the roots of perfect subtrees from one tile's width up (64 bytes for 256 entries) and the leaves of the last
// tiles; older leaves are asked for again.
class RootHistory {
 public:
  // The leaf hashes of a whole tile, 32 bytes each; nothing when they cannot be had any more.
  using Leaves = std::function<std::optional<std::string>(std::uint64_t tile)>;

  explicit RootHistory(Leaves leaves) : leaves_(std::move(leaves)) {}

  void append(const Digest& leaf, const std::optional<Digest>& tile_root);
  [[nodiscard]] std::uint64_t size() const { return size_; }

  // Of the first `size` entries, at most those appended. Nothing when their leaves are gone.
  [[nodiscard]] std::optional<Digest> root(std::uint64_t size) const;

 private:
  Leaves leaves_;
  std::uint64_t size_ = 0;
  std::string pending_;                      // the leaves of the tile being filled
  std::vector<std::vector<Digest>> levels_;  // [n]: roots over 256 << n leaves
};

}  // namespace ketenpoort::verify
