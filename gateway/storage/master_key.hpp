// The key that wraps every other key of the vault. It lives outside the state folder (a file, a systemd credential).
#pragma once

#include <filesystem>
#include <string_view>

#include "gateway/base/aead.hpp"
#include "gateway/base/digest.hpp"
#include "gateway/base/result.hpp"

namespace ketenpoort::storage {

// A key that is wiped from memory when it goes. Movable so that it can be returned; what is left behind is wiped too.
class SecretKey {
 public:
  SecretKey() = default;
  explicit SecretKey(const AeadKey& bytes) : bytes_(bytes) {}
  SecretKey(const SecretKey& other) = default;
  SecretKey& operator=(const SecretKey& other) = default;
  ~SecretKey();

  [[nodiscard]] const AeadKey& bytes() const { return bytes_; }
  [[nodiscard]] AeadKey& bytes() { return bytes_; }

 private:
  AeadKey bytes_{};
};

// Reads 32 bytes, raw or in base64 (a line end may follow). Refuses a file that its group or others may read, write or
// run (ErrorCode::config, with the chmod to do), and anything else than 32 bytes.
Result<SecretKey> load_master_key(const std::filesystem::path& file);

// Overwrites secret bytes; the compiler may not leave it out.
void wipe(std::span<std::uint8_t> secret);

// RFC 5869 with SHA-256, no salt, 32 bytes: the keys the vault derives, one per `purpose`.
SecretKey derive_key(ByteView key, std::string_view purpose);

}  // namespace ketenpoort::storage
