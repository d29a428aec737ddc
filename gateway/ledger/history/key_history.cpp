#include "gateway/ledger/history/key_history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "gateway/base/bytes.hpp"
#include "gateway/ledger/entry/entry.hpp"
#include "gateway/ledger/tree/segments.hpp"

namespace ketenpoort::ledger {
namespace {

constexpr std::string_view algorithm = "Ed25519";
constexpr std::string_view kind_in_entry = R"("kind":"ledger.key-rotated")";

std::string rotation_text(std::string_view origin, std::uint64_t seq, std::string_view old_vkey,
                          std::string_view new_vkey) {
  return fmt::format("ketenpoort key rotation v1\n{}\n{}\n{}\n{}\n", origin, seq, old_vkey, new_vkey);
}

tl::unexpected<Error> refuse(std::string_view why) {
  return fail(ErrorCode::malformed, fmt::format("the key rotation does not hold: {}", why));
}

bool signed_by(const VerifierKey& key, std::string_view text, std::string_view signature) {
  const auto raw = from_base64(signature);
  return raw && key.verifies(text, *raw);
}

}  // namespace

void KeyHistory::restore(const std::vector<std::uint64_t>& from_sizes, const std::vector<std::string>& vkeys) {
  periods_.clear();
  for (std::size_t i = 0; i < std::min(from_sizes.size(), vkeys.size()); ++i) {
    auto key = VerifierKey::parse(vkeys[i]);
    if (!key) return periods_.clear();
    periods_.push_back({from_sizes[i], std::move(*key)});
  }
}

Status KeyHistory::open(std::string_view origin, std::string_view vkey) {
  auto key = VerifierKey::parse(vkey);
  if (!key) return fail(key.error());
  if (key->name() != origin) return fail(ErrorCode::malformed, "the log's first key does not bear its origin's name");
  periods_ = {{0, std::move(*key)}};
  return {};
}

Status KeyHistory::rotate(std::uint64_t seq, const KeyRotated& body) {
  if (body.algorithm != algorithm) return refuse("its algorithm is unknown");
  if (periods_.empty() || body.old_vkey != current().text()) return refuse("the old key is not the one in use");
  if (holds(body.new_vkey)) return refuse("the new key was used before");
  auto next = VerifierKey::parse(body.new_vkey);
  if (!next) return fail(next.error());
  if (next->name() != current().name()) return refuse("the new key bears another name");
  const auto text = rotation_text(next->name(), seq, body.old_vkey, body.new_vkey);
  if (!signed_by(current(), text, body.old_signature))
    return fail(ErrorCode::crypto, "the old key's signature on the rotation does not verify");
  if (!signed_by(*next, text, body.new_signature))
    return fail(ErrorCode::crypto, "the new key's signature on the rotation does not verify");
  periods_.push_back({seq + 1, std::move(*next)});
  return {};
}

const VerifierKey& KeyHistory::at_size(std::uint64_t size) const {
  const auto next = std::ranges::upper_bound(periods_, size, {}, &Period::from_size);
  return std::prev(next)->key;
}

bool KeyHistory::holds(std::string_view vkey) const {
  return std::ranges::any_of(periods_, [&](const Period& period) { return period.key.text() == vkey; });
}

KeyRotated make_rotation(std::uint64_t seq, const SigningKey& old_key, const SigningKey& new_key) {
  KeyRotated body;
  body.algorithm = algorithm;
  body.old_vkey = old_key.verifier().text();
  body.new_vkey = new_key.verifier().text();
  const auto text = rotation_text(old_key.verifier().name(), seq, body.old_vkey, body.new_vkey);
  body.old_signature = to_base64(old_key.sign(text));
  body.new_signature = to_base64(new_key.sign(text));
  return body;
}

// The bytes are canonical JSON: outside a string they stand only where the key does, inside one the quotes would be
// escaped.
bool is_key_rotation(std::string_view entry) {
  // Every entry that is published comes by here; string_view::find stops at each of its many quotes.
  return ::memmem(entry.data(), entry.size(), kind_in_entry.data(), kind_in_entry.size()) != nullptr;
}

Result<RotationEntry> read_key_rotation(std::string_view bytes) {
  const auto entry = decode_entry(bytes);
  if (!entry) return fail(entry.error());
  auto body = decode_body<KeyRotated>(entry->body);
  if (!body) return fail(body.error());
  return RotationEntry{entry->seq, std::move(*body)};
}

Result<KeyHistory> read_key_history(const std::filesystem::path& ledger, std::uint64_t size) {
  KeyHistory keys;
  SegmentReader reader(ledger);
  while (reader.next_seq() < size) {
    const auto seq = reader.next_seq();
    const auto bytes = reader.next();
    if (!bytes) return fail(bytes.error());
    if (!*bytes) return fail(ErrorCode::malformed, fmt::format("{} ends before entry {}", reader.file().string(), seq));
    if (seq > 0 && !is_key_rotation(**bytes)) continue;
    if (seq > 0) {
      const auto rotation = read_key_rotation(**bytes);
      if (!rotation) return fail(rotation.error());
      if (auto done = keys.rotate(seq, rotation->body); !done) return fail(done.error());
      continue;
    }
    const auto entry = decode_entry(**bytes);
    if (!entry) return fail(entry.error());
    const auto opened = decode_body<LedgerOpened>(entry->body);
    if (!opened) return fail(opened.error());
    if (auto done = keys.open(opened->origin, opened->vkey); !done) return fail(done.error());
  }
  if (keys.periods().empty()) return fail(ErrorCode::not_found, "an empty log names no key");
  return keys;
}

Result<Checkpoint> open_checkpoint(std::string_view note, const KeyHistory& keys) {
  const auto parts = split_note(note);
  if (!parts) return fail(parts.error());
  const auto said = parse_checkpoint(parts->text);
  if (!said) return said;
  if (keys.periods().empty()) return fail(ErrorCode::crypto, "a log without entries has signed nothing");
  return open_checkpoint(note, keys.at_size(said->size));
}

}  // namespace ketenpoort::ledger
