// Any bytes as what strangers hand to a verifier or ask a gateway for: a proof, the head of an export, a checkpoint,
// the path of a tile. Refused, or read as something that has just one spelling.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gateway/ledger/checkpoint/checkpoint.hpp"
#include "gateway/ledger/checkpoint/note.hpp"
#include "gateway/ledger/published/export.hpp"
#include "gateway/ledger/tree/proof.hpp"
#include "gateway/ledger/tree/tiles.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ketenpoort::ledger;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto insist = [](bool holds) {
    if (!holds) std::abort();
  };

  if (const auto proof = parse_tlog_proof(bytes)) {
    const auto again = parse_tlog_proof(format_tlog_proof(*proof));
    insist(again && again->index == proof->index && again->path == proof->path && again->extra == proof->extra &&
           again->checkpoint == proof->checkpoint);
  }
  if (const auto header = parse_export_header(bytes)) insist(format_export_header(*header) == bytes);
  if (const auto checkpoint = parse_checkpoint(bytes)) insist(format_checkpoint(*checkpoint) == bytes);
  if (const auto note = split_note(bytes))
    insist(bytes == std::string(note->text) + "\n" + std::string(note->signatures));
  if (const auto name = parse_tile_path(bytes)) {
    insist(bytes == (name->level ? tile_path(*name->level, name->index, name->width)
                                 : entry_bundle_path(name->index, name->width)));
    insist(name->index * tile_width / tile_width == name->index);  // its hashes can be counted
  }
  return 0;
}
