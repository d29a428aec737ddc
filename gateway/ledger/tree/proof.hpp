// Proofs over the tree: that an entry is in it (RFC 6962 section 2.1.1) and that one tree grew out of another (2.1.2);
// how they are made, checked (RFC 9162 sections 2.1.3.2 and 2.1.4.2) and written down (C2SP tlog-proof).
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/digest.hpp"
#include "gateway/base/result.hpp"
#include "gateway/ledger/tree/tree.hpp"

namespace ketenpoort::ledger {

using Proof = std::vector<Digest>;

// The hash of the perfect subtree over leaves [index << level, (index + 1) << level).
using SubtreeHash = std::function<Result<Digest>(unsigned level, std::uint64_t index)>;

// ErrorCode::invalid_input when the entry is not in a tree of that size, or the older tree is not smaller or equal.
Result<Proof> prove_inclusion(std::uint64_t index, std::uint64_t size, const SubtreeHash& hash);
Result<Proof> prove_consistency(std::uint64_t from, std::uint64_t to, const SubtreeHash& hash);

// ErrorCode::invalid_input with a sentence when the proof does not hold. Consistency with the empty tree says nothing,
// so `from` = 0 is refused unless both trees are empty.
Status verify_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size, std::span<const Digest> proof,
                        const Digest& root);
Status verify_consistency(std::uint64_t from, std::uint64_t to, const Digest& root_from, const Digest& root_to,
                          std::span<const Digest> proof);

// The fewest perfect subtrees that leaves [first, end) fall apart in, left to right: at each place the largest one that
// begins there and does not go beyond the end. What stands for the leaves left and right of an exported range.
Result<Proof> cover(std::uint64_t first, std::uint64_t end, const SubtreeHash& hash);
// Appends such a cover of [edge.size(), end). ErrorCode::invalid_input when it has too many or too few hashes.
Status append_cover(TreeEdge& edge, std::uint64_t end, std::span<const Digest> hashes);

// One entry's place in the log, to be checked without the log: C2SP tlog-proof. `extra` carries the entry's bytes, from
// which the checker computes the leaf; it proves nothing by itself.
struct TlogProof {
  std::uint64_t index = 0;
  Proof path;
  std::string extra;       // empty: no extra line
  std::string checkpoint;  // the signed note, verbatim
};
std::string format_tlog_proof(const TlogProof& proof);
Result<TlogProof> parse_tlog_proof(std::string_view text);  // strict; does not verify anything

// Checks the checkpoint's signature, then that `entry` stands at the proof's index. `vkey` as C2SP writes verifier
// keys.
struct VerifiedProof {
  std::uint64_t index = 0;
  std::uint64_t size = 0;  // of the tree it was proven in
  std::string origin;
};
Result<VerifiedProof> verify_tlog_proof(const TlogProof& proof, std::string_view entry, std::string_view vkey);

}  // namespace ketenpoort::ledger
