#include "gateway/ledger/tree/proof.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <optional>

#include "gateway/base/bytes.hpp"
#include "gateway/ledger/checkpoint/checkpoint.hpp"

namespace ketenpoort::ledger {
namespace {

constexpr std::string_view first_line = "c2sp.org/tlog-proof@v1";
constexpr std::size_t longest_path = 64;

std::uint64_t split(std::uint64_t size) {
  return std::bit_floor(size - 1);
}  // the largest power of two below

// RFC 6962 section 2.1 over leaves [first, first + size). `first` is a multiple of every power of two that `size` falls
// apart in.
Result<Digest> range_hash(std::uint64_t first, std::uint64_t size, const SubtreeHash& hash) {
  if (std::has_single_bit(size)) {
    const auto level = static_cast<unsigned>(std::countr_zero(size));
    return hash(level, first >> level);
  }
  const auto k = split(size);
  const auto left = range_hash(first, k, hash);
  if (!left) return left;
  const auto right = range_hash(first + k, size - k, hash);
  if (!right) return right;
  return node_hash(*left, *right);
}

Status push(Proof& proof, const Result<Digest>& hash) {
  if (!hash) return fail(hash.error());
  proof.push_back(*hash);
  return {};
}

// PATH of RFC 6962 section 2.1.1.
Status inclusion_path(Proof& proof, std::uint64_t index, std::uint64_t first, std::uint64_t size,
                      const SubtreeHash& hash) {
  if (size == 1) return {};
  const auto k = split(size);
  if (index < k) {
    if (auto done = inclusion_path(proof, index, first, k, hash); !done) return done;
    return push(proof, range_hash(first + k, size - k, hash));
  }
  if (auto done = inclusion_path(proof, index - k, first + k, size - k, hash); !done) return done;
  return push(proof, range_hash(first, k, hash));
}

// SUBPROOF of RFC 6962 section 2.1.2; `whole` while the older tree is a whole left part.
Status consistency_path(Proof& proof, std::uint64_t from, std::uint64_t first, std::uint64_t size, bool whole,
                        const SubtreeHash& hash) {
  if (from == size) return whole ? Status{} : push(proof, range_hash(first, size, hash));
  const auto k = split(size);
  if (from <= k) {
    if (auto done = consistency_path(proof, from, first, k, whole, hash); !done) return done;
    return push(proof, range_hash(first + k, size - k, hash));
  }
  if (auto done = consistency_path(proof, from - k, first + k, size - k, false, hash); !done) return done;
  return push(proof, range_hash(first, k, hash));
}

// Of the largest perfect subtree that begins at leaf `first` and ends at `end` at the latest.
unsigned level_at(std::uint64_t first, std::uint64_t end) {
  const auto longest = static_cast<unsigned>(std::bit_width(end - first)) - 1;
  return first == 0 ? longest : std::min(longest, static_cast<unsigned>(std::countr_zero(first)));
}

Status refuse(std::string_view why) {
  return fail(ErrorCode::invalid_input, fmt::format("the proof does not hold: {}", why));
}

std::optional<std::string_view> take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

tl::unexpected<Error> not_a_proof(std::string_view why) {
  return fail(ErrorCode::malformed, fmt::format("not a tlog-proof: {}", why));
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end != text.data() + text.size() || fmt::format("{}", value) != text) return std::nullopt;
  return value;
}

}  // namespace

Result<Proof> prove_inclusion(std::uint64_t index, std::uint64_t size, const SubtreeHash& hash) {
  if (index >= size)
    return fail(ErrorCode::invalid_input, fmt::format("entry {} is not in a tree of size {}", index, size));
  Proof proof;
  if (auto done = inclusion_path(proof, index, 0, size, hash); !done) return fail(done.error());
  return proof;
}

Result<Proof> prove_consistency(std::uint64_t from, std::uint64_t to, const SubtreeHash& hash) {
  if (from > to)
    return fail(ErrorCode::invalid_input, fmt::format("a tree of size {} does not grow into one of size {}", from, to));
  Proof proof;
  if (from == 0) return proof;
  if (auto done = consistency_path(proof, from, 0, to, true, hash); !done) return fail(done.error());
  return proof;
}

Status verify_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size, std::span<const Digest> proof,
                        const Digest& root) {
  if (index >= size) return refuse("the entry lies beyond the tree");
  auto node = index;
  auto last = size - 1;
  Digest hash = leaf;
  for (const auto& sibling : proof) {
    if (last == 0) return refuse("it is too long");
    if ((node & 1) != 0 || node == last) {
      hash = node_hash(sibling, hash);
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      hash = node_hash(hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  if (last != 0) return refuse("it is too short");
  return hash == root ? Status{} : refuse("it leads to another root");
}

Status verify_consistency(std::uint64_t from, std::uint64_t to, const Digest& root_from, const Digest& root_to,
                          std::span<const Digest> proof) {
  if (from > to) return refuse("the older tree is larger");
  if (from == to) {
    if (!proof.empty()) return refuse("equal trees need none");
    if (from == 0 && root_from != empty_root()) return refuse("the root of an empty tree is wrong");
    return root_from == root_to ? Status{} : refuse("trees of one size have different roots");
  }
  if (from == 0) return refuse("the empty tree is consistent with everything");
  if (proof.empty()) return refuse("it is empty");
  auto node = from - 1;
  auto last = to - 1;
  while ((node & 1) != 0) {
    node >>= 1;
    last >>= 1;
  }
  // A tree whose size is a power of two is a node of the larger one: its root is known and left out of the proof.
  const bool starts_with_root = std::has_single_bit(from);
  Digest old_hash = starts_with_root ? root_from : proof.front();
  Digest new_hash = old_hash;
  for (const auto& sibling : proof.subspan(starts_with_root ? 0 : 1)) {
    if (last == 0) return refuse("it is too long");
    if ((node & 1) != 0 || node == last) {
      old_hash = node_hash(sibling, old_hash);
      new_hash = node_hash(sibling, new_hash);
      while ((node & 1) == 0 && node != 0) {
        node >>= 1;
        last >>= 1;
      }
    } else {
      new_hash = node_hash(new_hash, sibling);
    }
    node >>= 1;
    last >>= 1;
  }
  if (last != 0) return refuse("it is too short");
  if (old_hash != root_from) return refuse("it leads to another root for the older tree");
  return new_hash == root_to ? Status{} : refuse("it leads to another root for the newer tree");
}

Result<Proof> cover(std::uint64_t first, std::uint64_t end, const SubtreeHash& hash) {
  Proof hashes;
  while (first < end) {
    const auto level = level_at(first, end);
    if (auto done = push(hashes, hash(level, first >> level)); !done) return fail(done.error());
    first += std::uint64_t{1} << level;
  }
  return hashes;
}

Status append_cover(TreeEdge& edge, std::uint64_t end, std::span<const Digest> hashes) {
  for (const auto& hash : hashes) {
    if (edge.size() >= end) return refuse("it has too many hashes");
    edge.append_subtree(level_at(edge.size(), end), hash);
  }
  return edge.size() == end ? Status{} : refuse("it has too few hashes");
}

std::string format_tlog_proof(const TlogProof& proof) {
  std::string out = fmt::format("{}\n", first_line);
  if (!proof.extra.empty()) out += fmt::format("extra {}\n", to_base64(as_bytes(proof.extra)));
  out += fmt::format("index {}\n", proof.index);
  for (const auto& hash : proof.path) out += fmt::format("{}\n", to_base64(hash));
  return out + "\n" + proof.checkpoint;
}

Result<TlogProof> parse_tlog_proof(std::string_view text) {
  TlogProof proof;
  if (take_line(text) != first_line) return not_a_proof(fmt::format("the first line is not {}", first_line));
  auto line = take_line(text);
  if (line && line->starts_with("extra ")) {
    const auto extra = from_base64(line->substr(6));
    if (!extra) return not_a_proof("the extra line is not base64");
    proof.extra = as_text(*extra);
    line = take_line(text);
  }
  const auto index = line && line->starts_with("index ") ? parse_decimal(line->substr(6)) : std::nullopt;
  if (!index) return not_a_proof("there is no index line");
  proof.index = *index;
  for (line = take_line(text); line && !line->empty(); line = take_line(text)) {
    const auto hash = from_base64(*line);
    if (!hash || hash->size() != 32 || proof.path.size() == longest_path)
      return not_a_proof("a line of the path is not a SHA-256 hash");
    std::copy(hash->begin(), hash->end(), proof.path.emplace_back().begin());
  }
  if (!line) return not_a_proof("no checkpoint follows");
  proof.checkpoint = text;
  return proof;
}

Result<VerifiedProof> verify_tlog_proof(const TlogProof& proof, std::string_view entry, std::string_view vkey) {
  const auto key = VerifierKey::parse(vkey);
  if (!key) return fail(key.error());
  const auto checkpoint = open_checkpoint(proof.checkpoint, *key);
  if (!checkpoint) return fail(checkpoint.error());
  const auto verified =
      verify_inclusion(leaf_hash(as_bytes(entry)), proof.index, checkpoint->size, proof.path, checkpoint->root);
  if (!verified) return fail(verified.error());
  return VerifiedProof{proof.index, checkpoint->size, checkpoint->origin};
}

}  // namespace ketenpoort::ledger
