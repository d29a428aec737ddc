// What signed notes of every signature type are made of (C2SP signed-note): key names, key ids, key texts, signature
// lines, and Ed25519 itself.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/bytes.hpp"
#include "gateway/base/result.hpp"

namespace ketenpoort::ledger {

// The signature type: the byte that key ids are hashed with and that key texts begin with.
enum class SignatureType : std::uint8_t {
  ed25519 = 0x01,         // over the note's text
  cosignature_v1 = 0x04,  // a witness's: over a time and the text
};

// What texts of signing keys begin with, of either type.
constexpr std::string_view secret_prefix = "PRIVATE+KEY+";

bool is_control(char c);  // of ASCII

bool is_key_name(std::string_view name);  // not empty, UTF-8, no space of any kind, no plus, no control character

std::uint32_t key_id(std::string_view name, SignatureType type, const std::array<std::uint8_t, 32>& point);

// "name+1a2b3c4d+base64 of type and 32 bytes". The id is not checked: it takes the public key to do that.
struct KeyText {
  std::string_view name;
  std::string_view id;
  std::array<std::uint8_t, 32> bytes{};
};
std::optional<KeyText> split_key(std::string_view text, SignatureType type);
std::string join_key(std::string_view name, std::uint32_t id, SignatureType type,
                     const std::array<std::uint8_t, 32>& bytes);

// "— name base64 of key id and signature", without its newline. `name` is a view into the line.
struct SignatureLine {
  std::string_view name;
  std::uint32_t id = 0;
  Bytes signature;
};
std::optional<SignatureLine> parse_signature_line(std::string_view line);
std::string format_signature_line(std::string_view name, std::uint32_t id, ByteView signature);

// RFC 8032.
bool verify_ed25519(const std::array<std::uint8_t, 32>& point, std::string_view message, ByteView signature);

class Ed25519Key {
 public:
  static Result<Ed25519Key> from_seed(const std::array<std::uint8_t, 32>& seed);

  [[nodiscard]] const std::array<std::uint8_t, 32>& seed() const { return seed_; }
  [[nodiscard]] const std::array<std::uint8_t, 32>& point() const { return point_; }
  [[nodiscard]] std::array<std::uint8_t, 64> sign(std::string_view message) const;

 private:
  Ed25519Key() = default;

  std::shared_ptr<void> key_;  // EVP_PKEY
  std::array<std::uint8_t, 32> seed_{};
  std::array<std::uint8_t, 32> point_{};
};

}  // namespace ketenpoort::ledger
