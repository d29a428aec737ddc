// Ed25519 on raw keys: with libsodium, where the build has it, in half the time of OpenSSL's.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;  // OpenSSL's EVP_PKEY

namespace ketenpoort::adapters {

struct EvpKeyDeleter {
  void operator()(evp_pkey_st* key) const noexcept;
};
using EvpKey = std::unique_ptr<evp_pkey_st, EvpKeyDeleter>;

class Ed25519Signer {
 public:
  explicit Ed25519Signer(EvpKey key);
  Ed25519Signer(Ed25519Signer&&) noexcept = default;
  Ed25519Signer& operator=(Ed25519Signer&&) noexcept = default;
  ~Ed25519Signer() = default;

  [[nodiscard]] evp_pkey_st* key() const { return key_.get(); }
  [[nodiscard]] std::string sign(std::string_view message) const;  // 64 bytes

 private:
  struct Wipe {
    void operator()(std::array<unsigned char, 64>* secret) const noexcept;
  };
  EvpKey key_;
  std::unique_ptr<std::array<unsigned char, 64>, Wipe> secret_;  // as libsodium wants it: seed and public key
};

class Ed25519Verifier {
 public:
  explicit Ed25519Verifier(EvpKey key);
  [[nodiscard]] bool verify(std::string_view message, std::string_view signature) const;

 private:
  EvpKey key_;
  std::array<unsigned char, 32> raw_{};
};

}  // namespace ketenpoort::adapters
