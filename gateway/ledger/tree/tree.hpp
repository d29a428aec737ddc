// The Merkle tree of RFC 6962 section 2.1: hashes, and the right edge from which a log grows.
#pragma once

#include <cstdint>
#include <vector>

#include "gateway/base/bytes.hpp"
#include "gateway/base/digest.hpp"

namespace ketenpoort::ledger {

Digest empty_root();                                        // SHA-256 of nothing
Digest leaf_hash(ByteView entry);                           // SHA-256(0x00 || entry)
Digest node_hash(const Digest& left, const Digest& right);  // SHA-256(0x01 || left || right)

// The roots of the perfect subtrees a tree of any size consists of: all that is needed to append and to know the root.
class TreeEdge {
 public:
  void append(const Digest& leaf) { append_subtree(0, leaf); }
  void append_subtree(unsigned level, const Digest& root);  // of 2^level leaves; the size must be a multiple of that
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] Digest root() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<Digest> peaks_;  // largest first: one per set bit of size_
};

}  // namespace ketenpoort::ledger
