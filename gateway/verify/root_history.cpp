#include "gateway/verify/root_history.hpp"

#include <algorithm>

#include "gateway/ledger/tree/tiles.hpp"
#include "gateway/ledger/tree/tree.hpp"

namespace ketenpoort::verify {
namespace {

constexpr std::size_t hash_size = 32;

Digest hash_at(std::string_view hashes, std::size_t index) {
  Digest out;
  const auto bytes = as_bytes(hashes.substr(index * hash_size, hash_size));
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return out;
}

Digest root_over(std::string_view leaves, std::size_t count) {
  ledger::TreeEdge edge;
  for (std::size_t i = 0; i < count; ++i) edge.append(hash_at(leaves, i));
  return edge.root();
}

}  // namespace

void RootHistory::append(const Digest& leaf, const std::optional<Digest>& tile_root) {
  ++size_;
  pending_.append(as_text(leaf));
  if (pending_.size() < ledger::tile_width * hash_size) return;
  Digest root = tile_root ? *tile_root : root_over(pending_, ledger::tile_width);
  pending_.clear();
  for (std::size_t level = 0;; ++level) {
    if (levels_.size() == level) levels_.emplace_back();
    auto& hashes = levels_[level];
    hashes.push_back(root);
    if (hashes.size() % 2 == 1) return;
    root = ledger::node_hash(hashes[hashes.size() - 2], hashes.back());
  }
}

std::optional<Digest> RootHistory::root(std::uint64_t size) const {
  if (size == 0) return ledger::empty_root();
  std::optional<Digest> root;
  const auto tile = size / ledger::tile_width;
  if (const auto rest = static_cast<std::size_t>(size % ledger::tile_width); rest > 0) {
    const bool is_pending = tile == size_ / ledger::tile_width;
    const auto leaves = is_pending ? std::optional(pending_) : leaves_(tile);
    if (!leaves || leaves->size() < rest * hash_size) return std::nullopt;
    root = root_over(*leaves, rest);
  }
  // From the right, one perfect subtree per bit of the number of whole tiles.
  std::uint64_t left = tile;
  for (std::size_t level = 0; left > 0; ++level, left /= 2) {
    if (left % 2 == 0) continue;
    const auto& hash = levels_[level][static_cast<std::size_t>(left - 1)];
    root = root ? ledger::node_hash(hash, *root) : hash;
  }
  return root;
}

}  // namespace ketenpoort::verify
