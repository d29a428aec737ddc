#include "gateway/ledger/prove.hpp"

#include <fmt/format.h>

#include "gateway/base/files.hpp"
#include "gateway/ledger/segments.hpp"
#include "gateway/ledger/tiles.hpp"

namespace ketenpoort::ledger {

namespace {
constexpr std::size_t largest_checkpoint = 1U << 16;
}

Result<Checkpoint> read_checkpoint(const std::filesystem::path& ledger, const VerifierKey& key, std::string* note) {
  const auto file = ledger / "checkpoint";
  auto content = read_file(file, largest_checkpoint);
  if (!content) return fail(content.error());
  auto checkpoint = open_checkpoint(*content, key);
  if (!checkpoint)
    return fail(checkpoint.error().code, fmt::format("{}: {}", file.string(), checkpoint.error().message));
  if (note != nullptr) *note = std::move(*content);
  return checkpoint;
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
  TlogProof proof{.index = seq, .path = {}, .extra = std::string(entry), .checkpoint = {}};
  const auto checkpoint = read_checkpoint(ledger, key, &proof.checkpoint);
  if (!checkpoint) return fail(checkpoint.error());
  if (seq >= checkpoint->size)
    return fail(ErrorCode::not_found,
                fmt::format("the checkpoint of {} entries does not cover entry {}", checkpoint->size, seq));
  const TileReader tiles(ledger, checkpoint->size);
  auto path = prove_inclusion(seq, checkpoint->size,
                              [&](unsigned level, std::uint64_t index) { return tiles.subtree_hash(level, index); });
  if (!path) return fail(path.error());
  proof.path = std::move(*path);
  return proof;
}

}  // namespace ketenpoort::ledger
