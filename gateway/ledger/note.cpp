#include "gateway/ledger/note.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "gateway/base/digest.hpp"
#include "gateway/base/utf8.hpp"

namespace ketenpoort::ledger {
namespace {

constexpr std::uint8_t ed25519 = 0x01;
constexpr std::string_view secret_prefix = "PRIVATE+KEY+";
constexpr std::string_view signature_start = "\xE2\x80\x94 ";  // em dash, space
constexpr std::size_t most_signatures = 64;

// Every Unicode space, so that a key name cannot look like two words of a signature line.
constexpr std::array<std::string_view, 21> spaces = {" ",
                                                     "\xC2\x85",
                                                     "\xC2\xA0",
                                                     "\xE1\x9A\x80",
                                                     "\xE2\x80\x80",
                                                     "\xE2\x80\x81",
                                                     "\xE2\x80\x82",
                                                     "\xE2\x80\x83",
                                                     "\xE2\x80\x84",
                                                     "\xE2\x80\x85",
                                                     "\xE2\x80\x86",
                                                     "\xE2\x80\x87",
                                                     "\xE2\x80\x88",
                                                     "\xE2\x80\x89",
                                                     "\xE2\x80\x8A",
                                                     "\xE2\x80\xA8",
                                                     "\xE2\x80\xA9",
                                                     "\xE2\x80\xAF",
                                                     "\xE2\x81\x9F",
                                                     "\xE3\x80\x80",
                                                     "+"};

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20;
}

bool is_key_name(std::string_view name) {
  if (name.empty() || !is_valid_utf8(name) || std::any_of(name.begin(), name.end(), is_control)) return false;
  return std::none_of(spaces.begin(), spaces.end(),
                      [&](auto space) { return name.find(space) != std::string_view::npos; });
}

std::uint32_t key_id(std::string_view name, const std::array<std::uint8_t, 32>& point) {
  static constexpr std::array<std::uint8_t, 2> separator = {'\n', ed25519};
  const auto hash = sha256({as_bytes(name), ByteView(separator), ByteView(point)});
  return std::uint32_t{hash[0]} << 24 | std::uint32_t{hash[1]} << 16 | std::uint32_t{hash[2]} << 8 | hash[3];
}

struct KeyText {
  std::string_view name;
  std::string_view id;
  std::array<std::uint8_t, 32> bytes{};
};

// "name+id+base64(0x01 || 32 bytes)". Base64 may hold a plus itself, so the text is cut from the left.
std::optional<KeyText> split_key(std::string_view text) {
  const auto first = text.find('+');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = text.find('+', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  KeyText out{.name = text.substr(0, first), .id = text.substr(first + 1, second - first - 1)};
  const auto raw = from_base64(text.substr(second + 1));
  if (!is_key_name(out.name) || !raw || raw->size() != 33 || raw->front() != ed25519) return std::nullopt;
  std::copy(raw->begin() + 1, raw->end(), out.bytes.begin());
  return out;
}

std::string join_key(std::string_view name, std::uint32_t id, const std::array<std::uint8_t, 32>& bytes) {
  Bytes raw = {ed25519};
  raw.insert(raw.end(), bytes.begin(), bytes.end());
  return fmt::format("{}+{:08x}+{}", name, id, to_base64(raw));
}

struct Signature {
  std::string_view name;
  std::uint32_t id = 0;
  Bytes bytes;
};

std::optional<Signature> parse_signature(std::string_view line) {
  if (!line.starts_with(signature_start)) return std::nullopt;
  line.remove_prefix(signature_start.size());
  const auto space = line.find(' ');
  if (space == std::string_view::npos || !is_key_name(line.substr(0, space))) return std::nullopt;
  const auto raw = from_base64(line.substr(space + 1));
  if (!raw || raw->size() < 5) return std::nullopt;
  const auto& r = *raw;
  const auto id = std::uint32_t{r[0]} << 24 | std::uint32_t{r[1]} << 16 | std::uint32_t{r[2]} << 8 | r[3];
  return Signature{line.substr(0, space), id, Bytes(r.begin() + 4, r.end())};
}

// Calls `each` for every signature line; false when a line is not one.
template <class F>
bool for_each_signature(std::string_view lines, F each) {
  std::size_t count = 0;
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    if (end == std::string_view::npos || ++count > most_signatures) return false;
    const auto signature = parse_signature(lines.substr(0, end));
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
    : name_(std::move(name)), point_(point), id_(key_id(name_, point_)) {}

Result<VerifierKey> VerifierKey::parse(std::string_view vkey) {
  const auto parts = split_key(vkey);
  if (!parts) return fail(ErrorCode::malformed, "not a verifier key: name+id+base64 with an Ed25519 key is expected");
  VerifierKey key(std::string(parts->name), parts->bytes);
  if (fmt::format("{:08x}", key.id()) != parts->id)
    return fail(ErrorCode::malformed, "not a verifier key: its id is not that of its key");
  return key;
}

std::string VerifierKey::text() const {
  return join_key(name_, id_, point_);
}

bool VerifierKey::verifies(std::string_view message, ByteView signature) const {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, point_.data(), point_.size()), &EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (!key || EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1) return false;
  const auto bytes = as_bytes(message);
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(), bytes.data(), bytes.size()) == 1;
}

SigningKey::SigningKey(VerifierKey verifier, std::shared_ptr<void> key, const std::array<std::uint8_t, 32>& seed)
    : verifier_(std::move(verifier)), key_(std::move(key)), seed_(seed) {}

Result<SigningKey> SigningKey::generate(std::string_view name) {
  return from_seed(name, random_bytes<32>());
}

Result<SigningKey> SigningKey::from_seed(std::string_view name, const std::array<std::uint8_t, 32>& seed) {
  if (!is_key_name(name)) return fail(ErrorCode::config, "a key name must be text without spaces and plus signs");
  const std::shared_ptr<EVP_PKEY> key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()),
                                      &EVP_PKEY_free);
  std::array<std::uint8_t, 32> point{};
  std::size_t size = point.size();
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), point.data(), &size) != 1)
    return fail(ErrorCode::crypto, "cannot make an Ed25519 key");
  return SigningKey(VerifierKey(std::string(name), point), key, seed);
}

Result<SigningKey> SigningKey::parse(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  const auto parts = text.starts_with(secret_prefix) ? split_key(text.substr(secret_prefix.size())) : std::nullopt;
  if (!parts)
    return fail(ErrorCode::malformed, "not a signing key: PRIVATE+KEY+name+id+base64 with an Ed25519 key is expected");
  auto key = from_seed(parts->name, parts->bytes);
  if (key && fmt::format("{:08x}", key->verifier().id()) != parts->id)
    return fail(ErrorCode::malformed, "not a signing key: its id is not that of its key");
  return key;
}

std::string SigningKey::secret_text() const {
  return std::string(secret_prefix) + join_key(verifier_.name(), verifier_.id(), seed_);
}

std::array<std::uint8_t, 64> SigningKey::sign(std::string_view message) const {
  std::array<std::uint8_t, 64> signature{};
  std::size_t size = signature.size();
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  const auto bytes = as_bytes(message);
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, static_cast<EVP_PKEY*>(key_.get())) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, bytes.data(), bytes.size()) != 1)
    throw std::runtime_error("OpenSSL failed: Ed25519");
  return signature;
}

Result<std::string> sign_note(std::string_view text, const SigningKey& key) {
  const bool clean = std::none_of(text.begin(), text.end(), [](char c) { return is_control(c) && c != '\n'; });
  if (!text.ends_with('\n') || !clean || !is_valid_utf8(text))
    return fail(ErrorCode::invalid_input, "a note's text is UTF-8 lines without control characters");
  const auto& verifier = key.verifier();
  const auto id = verifier.id();
  Bytes signature;
  for (int shift = 24; shift >= 0; shift -= 8) signature.push_back(static_cast<std::uint8_t>(id >> shift));
  const auto raw = key.sign(text);
  signature.insert(signature.end(), raw.begin(), raw.end());
  return fmt::format("{}\n{}{} {}\n", text, signature_start, verifier.name(), to_base64(signature));
}

Result<Note> split_note(std::string_view note) {
  if (!is_valid_utf8(note)) return not_a_note("it is not UTF-8");
  if (std::any_of(note.begin(), note.end(), [](char c) { return is_control(c) && c != '\n'; }))
    return not_a_note("it holds a control character");
  const auto blank = note.rfind("\n\n");
  if (blank == std::string_view::npos) return not_a_note("no blank line ends its text");
  const Note parts{note.substr(0, blank + 1), note.substr(blank + 2)};
  if (!for_each_signature(parts.signatures, [](const Signature&) {}))
    return not_a_note("a signature line is malformed or missing");
  return parts;
}

Result<std::string_view> open_note(std::string_view note, std::span<const VerifierKey> keys) {
  const auto parts = split_note(note);
  if (!parts) return fail(parts.error());
  bool signed_by_known = false;
  bool false_signature = false;
  for_each_signature(parts->signatures, [&](const Signature& signature) {
    for (const auto& key : keys) {
      if (key.name() != signature.name || key.id() != signature.id) continue;
      (key.verifies(parts->text, signature.bytes) ? signed_by_known : false_signature) = true;
    }
  });
  if (false_signature) return fail(ErrorCode::crypto, "a signature of the note does not verify");
  if (!signed_by_known) return fail(ErrorCode::crypto, "the note carries no signature by a known key");
  return parts->text;
}

}  // namespace ketenpoort::ledger
