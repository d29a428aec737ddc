// The key a client proves with who it is, where a partner's authorization server asks for it: a JWT signed with it
// (RFC 7515, RFC 7518).
#pragma once

#include <string>
#include <string_view>

#include "adapters/http_signature.hpp"
#include "gateway/base/result.hpp"

namespace ketenpoort::adapters {

class AssertionKey {
 public:
  // `algorithm`: RS256, PS256 (RSA of 2048 bits at least), ES256 (P-256) or EdDSA (Ed25519). `key_id` goes into the
  // header as `kid`; empty for none. ErrorCode::crypto when the PEM is not a private key of that kind.
  static Result<AssertionKey> from_pem(std::string_view pem, std::string_view algorithm, std::string key_id);

  // header.payload.signature, the payload being `claims` as they are.
  [[nodiscard]] Result<std::string> sign(std::string_view claims) const;

 private:
  enum class Algorithm : unsigned char { rs256, ps256, es256, eddsa };
  AssertionKey(EvpKey key, Algorithm algorithm, std::string header)
      : key_(std::move(key)), algorithm_(algorithm), header_(std::move(header)) {}
  [[nodiscard]] std::string signature_over(std::string_view text) const;  // empty: it failed

  EvpKey key_;
  Algorithm algorithm_;
  std::string header_;  // base64url
};

}  // namespace ketenpoort::adapters
