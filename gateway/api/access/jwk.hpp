// The public keys of a JWKS document (RFC 7517), each with the one algorithm it is for.
#pragma once

#include <openssl/evp.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/bytes.hpp"
#include "gateway/base/owned.hpp"
#include "gateway/base/result.hpp"

namespace ketenpoort::api {

enum class Algorithm { es256, rs256, ps256, eddsa };
// By its name in JOSE. Of Ed25519 both are taken: RFC 9864 replaces EdDSA by the name of the curve.
std::optional<Algorithm> parse_algorithm(std::string_view name);

using PublicKeyPtr = Owned<EVP_PKEY, EVP_PKEY_free>;

class VerificationKey {
 public:
  VerificationKey(Algorithm algorithm, PublicKeyPtr key) : algorithm_(algorithm), key_(std::move(key)) {}
  [[nodiscard]] Algorithm algorithm() const { return algorithm_; }
  [[nodiscard]] bool verifies(std::string_view signed_text, ByteView signature) const;

 private:
  Algorithm algorithm_;
  PublicKeyPtr key_;
};

using KeySet = std::map<std::string, VerificationKey, std::less<>>;  // by kid

// Keys for other uses and algorithms are passed over. ErrorCode::config when the document is wrong, two keys share a
// kid, an RSA key names no algorithm or is below 2048 bits, or nothing usable is left.
Result<KeySet> parse_jwks(std::string_view document);

}  // namespace ketenpoort::api
