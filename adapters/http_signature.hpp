// HTTP message signatures (RFC 9421) with Ed25519: a partner can show later that the gateway sent exactly this message.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/ed25519.hpp"
#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/domain/call.hpp"

namespace ketenpoort::adapters {

// An Ed25519 private key.
class SigningKey {
 public:
  static SigningKey generate();
  static Result<SigningKey> from_pem(std::string_view pem);  // PKCS #8; ErrorCode::crypto for anything but Ed25519

  [[nodiscard]] std::string private_pem() const;                   // PKCS #8
  [[nodiscard]] std::string public_pem() const;                    // SubjectPublicKeyInfo: what a partner is given
  [[nodiscard]] std::string sign(std::string_view message) const;  // 64 bytes

 private:
  explicit SigningKey(EvpKey key) : signer_(std::move(key)) {}
  Ed25519Signer signer_;
};

// An Ed25519 public key.
class VerifyingKey {
 public:
  static Result<VerifyingKey> from_pem(std::string_view pem);  // SubjectPublicKeyInfo
  [[nodiscard]] bool verify(std::string_view message, std::string_view signature) const;

 private:
  explicit VerifyingKey(EvpKey key) : verifier_(std::move(key)) {}
  Ed25519Verifier verifier_;
};

// What a request's signature covers. Header names in any case; `path` without the query.
struct SignedMessage {
  std::string_view method;
  std::string_view path;
  const Headers& headers;
};

// Section 2.5: the text that is signed. `components` are "@method", "@path", "@authority" or lower-case header names;
// `parameters` is the serialised @signature-params. ErrorCode::malformed when a component is missing, unknown or
// repeated.
Result<std::string> signature_base(const SignedMessage& message, const std::vector<std::string>& components,
                                   std::string_view parameters);

// Adds Signature-Input and Signature over @method, @path, content-digest, content-type and idempotency-key. `call.path`
// must be the path as it goes out, with that of the partner's base URL in front. `created` comes from the real clock,
// never an offset one: partners refuse old signatures. A call that lacks a covered header is a broken invariant of the
// adapter: throws.
void sign(Call& call, const SigningKey& key, std::string_view key_id, Timestamp created);

struct SignatureFacts {
  std::string key_id;
  Timestamp created;
  std::vector<std::string> components;
};

// Checks the one signature of a request against `key`. ErrorCode::malformed when there is none or it is not readable,
// ErrorCode::crypto when it does not verify. What must be covered and how old it may be is the caller's to decide.
Result<SignatureFacts> verify(const SignedMessage& message, const VerifyingKey& key);

// As `verify`, and the five components that `sign` covers must all be there.
Result<SignatureFacts> verify_call(const SignedMessage& message, const VerifyingKey& key);

}  // namespace ketenpoort::adapters
