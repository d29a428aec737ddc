#include "gateway/ledger/checkpoint/note.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "gateway/base/digest.hpp"
#include "gateway/base/utf8.hpp"

namespace ketenpoort::ledger {
namespace {

constexpr auto note_type = SignatureType::ed25519;
constexpr std::size_t most_signatures = 64;

// Calls `each` for every signature line; false when a line is not one.
template <class F>
bool for_each_signature(std::string_view lines, F each) {
  std::size_t count = 0;
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    if (end == std::string_view::npos || ++count > most_signatures) return false;
    const auto signature = parse_signature_line(lines.substr(0, end));
    if (!signature) return false;
    each(*signature);
    lines.remove_prefix(end + 1);
  }
  return count > 0;
}

tl::unexpected<Error> not_a_note(std::string_view why) {
  return fail(ErrorCode::malformed, fmt::format("not a signed note: {}", why));
}

}  // namespace

VerifierKey::VerifierKey(std::string name, std::array<std::uint8_t, 32> point)
    : name_(std::move(name)), point_(point), id_(key_id(name_, note_type, point_)) {}

Result<VerifierKey> VerifierKey::parse(std::string_view vkey) {
  const auto parts = split_key(vkey, note_type);
  if (!parts) return fail(ErrorCode::malformed, "not a verifier key: name+id+base64 with an Ed25519 key is expected");
  VerifierKey key(std::string(parts->name), parts->bytes);
  if (fmt::format("{:08x}", key.id()) != parts->id)
    return fail(ErrorCode::malformed, "not a verifier key: its id is not that of its key");
  return key;
}

std::string VerifierKey::text() const {
  return join_key(name_, id_, note_type, point_);
}

bool VerifierKey::verifies(std::string_view message, ByteView signature) const {
  return verify_ed25519(point_, message, signature);
}

SigningKey::SigningKey(VerifierKey verifier, Ed25519Key key) : verifier_(std::move(verifier)), key_(std::move(key)) {}

Result<SigningKey> SigningKey::generate(std::string_view name) {
  return from_seed(name, random_bytes<32>());
}

Result<SigningKey> SigningKey::from_seed(std::string_view name, const std::array<std::uint8_t, 32>& seed) {
  if (!is_key_name(name)) return fail(ErrorCode::config, "a key name must be text without spaces and plus signs");
  auto key = Ed25519Key::from_seed(seed);
  if (!key) return fail(key.error());
  VerifierKey verifier(std::string(name), key->point());
  return SigningKey(std::move(verifier), std::move(*key));
}

Result<SigningKey> SigningKey::parse(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  const auto parts =
      text.starts_with(secret_prefix) ? split_key(text.substr(secret_prefix.size()), note_type) : std::nullopt;
  if (!parts)
    return fail(ErrorCode::malformed, "not a signing key: PRIVATE+KEY+name+id+base64 with an Ed25519 key is expected");
  auto key = from_seed(parts->name, parts->bytes);
  if (key && fmt::format("{:08x}", key->verifier().id()) != parts->id)
    return fail(ErrorCode::malformed, "not a signing key: its id is not that of its key");
  return key;
}

std::string SigningKey::secret_text() const {
  return std::string(secret_prefix) + join_key(verifier_.name(), verifier_.id(), note_type, key_.seed());
}

std::array<std::uint8_t, 64> SigningKey::sign(std::string_view message) const {
  return key_.sign(message);
}

Result<std::string> sign_note(std::string_view text, const SigningKey& key) {
  const bool clean = std::none_of(text.begin(), text.end(), [](char c) { return is_control(c) && c != '\n'; });
  if (!text.ends_with('\n') || !clean || !is_valid_utf8(text))
    return fail(ErrorCode::invalid_input, "a note's text is UTF-8 lines without control characters");
  const auto& verifier = key.verifier();
  return fmt::format("{}\n{}\n", text, format_signature_line(verifier.name(), verifier.id(), key.sign(text)));
}

Result<Note> split_note(std::string_view note) {
  if (!is_valid_utf8(note)) return not_a_note("it is not UTF-8");
  if (std::any_of(note.begin(), note.end(), [](char c) { return is_control(c) && c != '\n'; }))
    return not_a_note("it holds a control character");
  const auto blank = note.rfind("\n\n");
  if (blank == std::string_view::npos) return not_a_note("no blank line ends its text");
  const Note parts{note.substr(0, blank + 1), note.substr(blank + 2)};
  if (!for_each_signature(parts.signatures, [](const SignatureLine&) {}))
    return not_a_note("a signature line is malformed or missing");
  return parts;
}

Result<std::string_view> open_note(std::string_view note, std::span<const VerifierKey> keys) {
  const auto parts = split_note(note);
  if (!parts) return fail(parts.error());
  bool signed_by_known = false;
  bool false_signature = false;
  for_each_signature(parts->signatures, [&](const SignatureLine& line) {
    for (const auto& key : keys) {
      if (key.name() != line.name || key.id() != line.id) continue;
      (key.verifies(parts->text, line.signature) ? signed_by_known : false_signature) = true;
    }
  });
  if (false_signature) return fail(ErrorCode::crypto, "a signature of the note does not verify");
  if (!signed_by_known) return fail(ErrorCode::crypto, "the note carries no signature by a known key");
  return parts->text;
}

}  // namespace ketenpoort::ledger
