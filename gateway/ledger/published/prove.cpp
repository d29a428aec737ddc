#include "gateway/ledger/published/prove.hpp"

#include <fmt/format.h>

#include "gateway/base/bytes.hpp"
#include "gateway/base/files.hpp"
#include "gateway/ledger/tree/segments.hpp"
#include "gateway/ledger/tree/tiles.hpp"
#include "gateway/ledger/tree/tree.hpp"

namespace ketenpoort::ledger {

namespace {

constexpr std::size_t largest_checkpoint = 1U << 16;

template <class Key>
Result<Checkpoint> open_with(const std::filesystem::path& ledger, const Key& key, std::string* note) {
  const auto file = ledger / "checkpoint";
  auto content = read_file(file, largest_checkpoint);
  if (!content) return fail(content.error());
  auto checkpoint = open_checkpoint(*content, key);
  if (!checkpoint)
    return fail(checkpoint.error().code, fmt::format("{}: {}", file.string(), checkpoint.error().message));
  if (note != nullptr) *note = std::move(*content);
  return checkpoint;
}

template <class Key>
Result<TlogProof> prove_with(const std::filesystem::path& ledger, const Key& key, std::uint64_t seq,
                             std::string_view entry) {
  TlogProof proof{.index = seq, .path = {}, .extra = std::string(entry), .checkpoint = {}};
  const auto checkpoint = open_with(ledger, key, &proof.checkpoint);
  if (!checkpoint) return fail(checkpoint.error());
  if (seq >= checkpoint->size)
    return fail(ErrorCode::not_found,
                fmt::format("the checkpoint of {} entries does not cover entry {}", checkpoint->size, seq));
  const TileReader tiles(ledger, checkpoint->size);
  auto path = prove_inclusion(seq, checkpoint->size,
                              [&](unsigned level, std::uint64_t index) { return tiles.subtree_hash(level, index); });
  if (!path) return fail(path.error());
  proof.path = std::move(*path);
  // A tile that was damaged would make a proof that proves the opposite.
  if (!verify_inclusion(leaf_hash(as_bytes(entry)), seq, checkpoint->size, proof.path, checkpoint->root))
    return fail(ErrorCode::malformed,
                fmt::format("entry {} or the tiles in {} are damaged: ketenpoort-verify says which. "
                            "Tiles are made again at a start when the folder tile is moved away",
                            seq, ledger.string()));
  return proof;
}

}  // namespace

Result<Checkpoint> read_checkpoint(const std::filesystem::path& ledger, const VerifierKey& key, std::string* note) {
  return open_with(ledger, key, note);
}

Result<Checkpoint> read_checkpoint(const std::filesystem::path& ledger, const KeyHistory& keys, std::string* note) {
  return open_with(ledger, keys, note);
}

Result<std::string> read_entry(const std::filesystem::path& ledger, std::uint64_t seq) {
  SegmentReader reader(ledger, seq - seq % segment_entries);
  while (true) {
    const bool wanted = reader.next_seq() == seq;
    const auto entry = reader.next();
    if (!entry) return fail(entry.error());
    if (!*entry) return fail(ErrorCode::not_found, fmt::format("there is no entry {} in {}", seq, ledger.string()));
    if (wanted) return std::string(**entry);
  }
}

Result<TlogProof> prove_entry(const std::filesystem::path& ledger, const VerifierKey& key, std::uint64_t seq,
                              std::string_view entry) {
  return prove_with(ledger, key, seq, entry);
}

Result<TlogProof> prove_entry(const std::filesystem::path& ledger, const KeyHistory& keys, std::uint64_t seq,
                              std::string_view entry) {
  return prove_with(ledger, keys, seq, entry);
}

// The whole log is read only when it was rotated.
Result<VerifierKey> find_checkpoint_key(const std::filesystem::path& ledger,
                                        const std::optional<VerifierKey>& trusted) {
  const auto first = read_key_history(ledger, 1);
  if (!first) return fail(first.error());
  const auto& likely = trusted ? *trusted : first->current();
  if (read_checkpoint(ledger, likely)) return likely;
  const auto note = read_file(ledger / "checkpoint", largest_checkpoint);
  if (!note) return fail(note.error());
  const auto parts = split_note(*note);
  if (!parts) return fail(parts.error());
  const auto checkpoint = parse_checkpoint(parts->text);
  if (!checkpoint) return fail(checkpoint.error());
  const auto keys = read_key_history(ledger, checkpoint->size);
  if (!keys) return fail(keys.error());
  if (!keys->holds(likely.text())) return fail(ErrorCode::crypto, "this log was never signed by the key given");
  return keys->at_size(checkpoint->size);
}

}  // namespace ketenpoort::ledger
