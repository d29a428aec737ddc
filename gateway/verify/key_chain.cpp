#include "gateway/verify/key_chain.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gateway/base/bytes.hpp"

namespace ketenpoort::verify {
namespace {

tl::unexpected<Flaw> broken(std::uint64_t seq, std::string what) {
  return tl::make_unexpected(entry_flaw(seq, "invariant 1", std::move(what)));
}

// What both keys sign: docs/ledger-format.md.
std::string rotation_text(std::string_view origin, std::uint64_t seq, const ledger::KeyRotated& rotation) {
  return fmt::format("ketenpoort key rotation v1\n{}\n{}\n{}\n{}\n", origin, seq, rotation.old_vkey, rotation.new_vkey);
}

bool signed_by(const ledger::VerifierKey& key, std::string_view text, std::string_view signature) {
  const auto bytes = from_base64(signature);
  return bytes && key.verifies(text, *bytes);
}

}  // namespace

Checked<void> KeyChain::open(const ledger::LedgerOpened& opened) {
  auto key = ledger::VerifierKey::parse(opened.vkey);
  if (!key) return broken(0, "the log was opened with a key that is none: " + key.error().message);
  if (key->name() != opened.origin)
    return broken(0, "the key the log was opened with has another name than its origin");
  origin_ = opened.origin;
  links_.push_back({0, std::move(*key)});
  return {};
}

Checked<void> KeyChain::rotate(std::uint64_t seq, const ledger::KeyRotated& rotation) {
  if (rotation.algorithm != "Ed25519") return broken(seq, "the new key is of an algorithm this verifier does not know");
  const auto& old = links_.back().key;
  if (rotation.old_vkey != old.text()) return broken(seq, "the key that is replaced is not the one in force");
  auto key = ledger::VerifierKey::parse(rotation.new_vkey);
  if (!key) return broken(seq, "the new key is none: " + key.error().message);
  if (key->name() != origin_) return broken(seq, "the new key has another name than the log's origin");
  if (contains(*key)) return broken(seq, "the new key was in force before");
  const auto text = rotation_text(origin_, seq, rotation);
  if (!signed_by(old, text, rotation.old_signature)) return broken(seq, "the old key did not sign the announcement");
  if (!signed_by(*key, text, rotation.new_signature)) return broken(seq, "the new key did not sign the announcement");
  links_.push_back({seq, std::move(*key)});
  return {};
}

const ledger::VerifierKey& KeyChain::key_at(std::uint64_t size) const {
  auto link = links_.rbegin();
  while (link->seq >= size && link + 1 != links_.rend()) ++link;
  return link->key;
}

bool KeyChain::contains(const ledger::VerifierKey& key) const {
  return std::ranges::any_of(links_, [&](const Link& link) { return link.key.text() == key.text(); });
}

}  // namespace ketenpoort::verify
