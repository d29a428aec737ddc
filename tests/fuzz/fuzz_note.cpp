// Signed notes with cosignatures: whatever is read back is what was written, and nothing verifies that nobody signed.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gateway/ledger/checkpoint/checkpoint.hpp"
#include "gateway/ledger/checkpoint/cosignature.hpp"
#include "gateway/ledger/checkpoint/note.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ketenpoort::ledger;
  static const auto log = SigningKey::from_seed("example.org/log", {}).value().verifier();
  static const std::array witnesses = {WitnessSigner::from_seed("witness.example.org", {}).value().key()};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parts = split_note(text);
  if (!parts) return 0;
  const auto rebuilt = std::string(parts->text) + "\n" + std::string(parts->signatures);
  if (rebuilt != text) std::abort();
  const auto opened = open_note(text, std::array{log});
  if (opened && *opened != parts->text) std::abort();
  const auto checkpoint = parse_checkpoint(parts->text);
  if (checkpoint && format_checkpoint(*checkpoint) != parts->text) std::abort();
  if (checkpoint && !parse_foreign_checkpoint(parts->text)) std::abort();
  const auto found = find_cosignatures(parts->text, parts->signatures, witnesses);
  if (found && found->size() > witnesses.size()) std::abort();
  return 0;
}
