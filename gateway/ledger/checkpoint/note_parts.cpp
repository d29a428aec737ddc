#include "gateway/ledger/checkpoint/note_parts.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <stdexcept>

#include "gateway/base/digest.hpp"
#include "gateway/base/owned.hpp"
#include "gateway/base/utf8.hpp"

namespace ketenpoort::ledger {
namespace {

constexpr std::string_view signature_start = "\xE2\x80\x94 ";  // em dash, space

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

std::uint32_t read_id(ByteView bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | bytes[3];
}

}  // namespace

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20;
}

bool is_key_name(std::string_view name) {
  if (name.empty() || !is_valid_utf8(name) || std::any_of(name.begin(), name.end(), is_control)) return false;
  return std::none_of(spaces.begin(), spaces.end(),
                      [&](auto space) { return name.find(space) != std::string_view::npos; });
}

std::uint32_t key_id(std::string_view name, SignatureType type, const std::array<std::uint8_t, 32>& point) {
  const std::array<std::uint8_t, 2> separator = {'\n', static_cast<std::uint8_t>(type)};
  return read_id(sha256({as_bytes(name), ByteView(separator), ByteView(point)}));
}

// Base64 may hold a plus itself, so the text is cut from the left.
std::optional<KeyText> split_key(std::string_view text, SignatureType type) {
  const auto first = text.find('+');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = text.find('+', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  KeyText out{.name = text.substr(0, first), .id = text.substr(first + 1, second - first - 1)};
  const auto raw = from_base64(text.substr(second + 1));
  if (!is_key_name(out.name) || !raw || raw->size() != 33 || raw->front() != static_cast<std::uint8_t>(type))
    return std::nullopt;
  std::copy(raw->begin() + 1, raw->end(), out.bytes.begin());
  return out;
}

std::string join_key(std::string_view name, std::uint32_t id, SignatureType type,
                     const std::array<std::uint8_t, 32>& bytes) {
  Bytes raw = {static_cast<std::uint8_t>(type)};
  raw.insert(raw.end(), bytes.begin(), bytes.end());
  return fmt::format("{}+{:08x}+{}", name, id, to_base64(raw));
}

std::optional<SignatureLine> parse_signature_line(std::string_view line) {
  if (!line.starts_with(signature_start)) return std::nullopt;
  line.remove_prefix(signature_start.size());
  const auto space = line.find(' ');
  if (space == std::string_view::npos || !is_key_name(line.substr(0, space))) return std::nullopt;
  const auto raw = from_base64(line.substr(space + 1));
  if (!raw || raw->size() < 5) return std::nullopt;
  return SignatureLine{line.substr(0, space), read_id(*raw), Bytes(raw->begin() + 4, raw->end())};
}

std::string format_signature_line(std::string_view name, std::uint32_t id, ByteView signature) {
  Bytes raw;
  for (int shift = 24; shift >= 0; shift -= 8) raw.push_back(static_cast<std::uint8_t>(id >> shift));
  raw.insert(raw.end(), signature.begin(), signature.end());
  return fmt::format("{}{} {}", signature_start, name, to_base64(raw));
}

bool verify_ed25519(const std::array<std::uint8_t, 32>& point, std::string_view message, ByteView signature) {
  const Owned<EVP_PKEY, EVP_PKEY_free> key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, point.data(), point.size()));
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  if (!key || EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1) return false;
  const auto bytes = as_bytes(message);
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(), bytes.data(), bytes.size()) == 1;
}

Result<Ed25519Key> Ed25519Key::from_seed(const std::array<std::uint8_t, 32>& seed) {
  const std::shared_ptr<EVP_PKEY> key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()),
                                      &EVP_PKEY_free);
  Ed25519Key out;
  std::size_t size = out.point_.size();
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), out.point_.data(), &size) != 1)
    return fail(ErrorCode::crypto, "cannot make an Ed25519 key");
  out.key_ = key;
  out.seed_ = seed;
  return out;
}

std::array<std::uint8_t, 64> Ed25519Key::sign(std::string_view message) const {
  std::array<std::uint8_t, 64> signature{};
  std::size_t size = signature.size();
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  const auto bytes = as_bytes(message);
  if (EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, static_cast<EVP_PKEY*>(key_.get())) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, bytes.data(), bytes.size()) != 1)
    throw std::runtime_error("OpenSSL failed: Ed25519");
  return signature;
}

}  // namespace ketenpoort::ledger
