#include "gateway/ledger/tree/tree.hpp"

#include <algorithm>
#include <array>

namespace ketenpoort::ledger {

Digest empty_root() {
  return sha256(ByteView{});
}

Digest leaf_hash(ByteView entry) {
  static constexpr std::array<std::uint8_t, 1> prefix = {0x00};
  return sha256({ByteView(prefix), entry});
}

Digest node_hash(const Digest& left, const Digest& right) {
  std::array<std::uint8_t, 65> input;
  input[0] = 0x01;
  std::copy(left.begin(), left.end(), input.begin() + 1);
  std::copy(right.begin(), right.end(), input.begin() + 33);
  return sha256(ByteView(input));
}

void TreeEdge::append_subtree(unsigned level, const Digest& root) {
  Digest merged = root;
  for (auto left = size_ >> level; (left & 1) != 0; left >>= 1) {
    merged = node_hash(peaks_.back(), merged);
    peaks_.pop_back();
  }
  peaks_.push_back(merged);
  size_ += std::uint64_t{1} << level;
}

Digest TreeEdge::root() const {
  if (peaks_.empty()) return empty_root();
  Digest root = peaks_.back();
  for (std::size_t i = peaks_.size() - 1; i-- > 0;) root = node_hash(peaks_[i], root);
  return root;
}

}  // namespace ketenpoort::ledger
