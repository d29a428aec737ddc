#include "gateway/verify/checkpoint_check.hpp"

#include <algorithm>

#include "gateway/ledger/checkpoint/note_parts.hpp"

namespace ketenpoort::verify {
namespace {

bool is_by(const ledger::SignatureLine& line, const ledger::VerifierKey& key) {
  return line.name == key.name() && line.id == key.id();
}

// One signature line: the log's own is checked, those of others are kept for who knows their keys.
Checked<bool> read_signature(std::string_view line, std::string_view text, std::span<const ledger::VerifierKey> keys,
                             const std::string& origin, const std::string& where) {
  const auto signature = ledger::parse_signature_line(line);
  if (!signature) return flawed(where, "checkpoint", "has a signature line that is none");
  if (signature->name != origin) return false;
  for (const auto& key : keys)
    if (is_by(*signature, key) && !key.verifies(text, signature->signature))
      return flawed(where, "checkpoint", "its signature does not verify");
  return true;
}

}  // namespace

Checked<ReadCheckpoint> read_checkpoint(std::string note, std::span<const ledger::VerifierKey> keys,
                                        const std::string& where) {
  const auto parts = ledger::split_note(note);
  if (!parts) return flawed(where, "checkpoint", parts.error().message);
  auto checkpoint = ledger::parse_checkpoint(parts->text);
  if (!checkpoint) return flawed(where, "checkpoint", checkpoint.error().message);
  for (const auto& key : keys)
    if (key.name() != checkpoint->origin)
      return flawed(where, "checkpoint", "its origin is not the name of the key that was given");
  ReadCheckpoint out{{}, std::move(*checkpoint), {}};
  std::size_t own = 0;
  for (auto rest = parts->signatures; !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    const auto is_own = read_signature(line, parts->text, keys, out.checkpoint.origin, where);
    if (!is_own) return tl::make_unexpected(is_own.error());
    if (*is_own)
      ++own;
    else
      out.cosignatures.append(line).append("\n");
  }
  if (own != 1) return flawed(where, "checkpoint", "must carry one signature under the name of its origin");
  out.note = std::move(note);
  return out;
}

Checked<void> check_cosigners(const ReadCheckpoint& checkpoint, std::span<const ledger::WitnessKey> witnesses,
                              const std::string& where) {
  std::string_view rest = checkpoint.cosignatures;
  while (!rest.empty()) {
    const auto signature = ledger::parse_signature_line(rest.substr(0, rest.find('\n')));
    rest.remove_prefix(rest.find('\n') + 1);
    const auto is_known = [&](const auto& key) { return signature->name == key.name() && signature->id == key.id(); };
    if (!signature || std::ranges::none_of(witnesses, is_known))
      return flawed(where, "checkpoint", "carries a signature that was not asked for: give --witness");
  }
  return {};
}

Checked<void> check_signer(const ReadCheckpoint& checkpoint, const ledger::VerifierKey& key, const std::string& where) {
  const auto opened = ledger::open_note(checkpoint.note, std::span(&key, 1));
  if (!opened) return flawed(where, "checkpoint", "the key in force did not sign it: " + opened.error().message);
  return {};
}

}  // namespace ketenpoort::verify
