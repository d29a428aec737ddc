// Access tokens: JSON Web Tokens (RFC 7519, RFC 8725) checked against the keys of a JWKS file (RFC 7517).
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/digest.hpp"
#include "gateway/base/result.hpp"

namespace ketenpoort::api {

struct TokenRules {
  std::filesystem::path jwks_file;
  std::string issuer;    // iss must equal it
  std::string audience;  // aud must be or contain it
  std::chrono::seconds leeway{30};
  std::function<void()>
      on_unknown_key{};  // a token names a key that the file has not: on the I/O thread, must be quick
};

// What a token says, after every check but the binding to a certificate.
struct TokenClaims {
  std::string subject;
  std::optional<std::vector<std::string>>
      scopes{};                                    // the `scope` claim; without it the client's configured scopes count
  std::optional<Digest> certificate_thumbprint{};  // cnf.x5t#S256 (RFC 8705): only with that client certificate
  std::chrono::sys_seconds expires{};
};

enum class TokenFault { malformed, unknown_key, wrong_signature, wrong_issuer, wrong_audience, expired, not_yet_valid };
std::string_view to_text(TokenFault fault);

// Verified tokens are remembered by their SHA-256 until they expire, so that only the first request pays for the
// signature. The algorithm is the one the key declares, whatever the token says: ES256, RS256, PS256 or EdDSA.
// Thread-safe.
class TokenVerifier {
 public:
  static Result<std::unique_ptr<TokenVerifier>> open(TokenRules rules);
  ~TokenVerifier();

  // Tokens live by the real clock: `now` is a parameter for tests alone.
  [[nodiscard]] tl::expected<TokenClaims, TokenFault> verify(
      std::string_view token, std::chrono::system_clock::time_point now = std::chrono::system_clock::now()) const;

  // Reads the JWKS file again; on failure the old keys stay. Forgets every remembered token. A file whose time stamp
  // changed is also noticed by itself, at most once a second, when a token names a key that is not known.
  Status reload();
  // The same in two steps: the file is read and checked now, and counts once the step that is handed back is taken. It
  // cannot fail, and must not outlive the verifier.
  Result<std::function<void()>> prepare_reload();

 private:
  struct State;
  explicit TokenVerifier(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Minting, for sandboxes and tests: an ES256 token under the given key, and the JWKS a verifier needs for it.
struct SigningKey {
  std::string id;           // kid
  std::string private_pem;  // P-256, PKCS#8
};
Result<SigningKey> make_signing_key(std::string id);
Result<std::string> jwks_of(const SigningKey& key);

struct TokenRequest {
  std::string issuer;
  std::string audience;
  std::string subject;
  std::vector<std::string> scopes{};  // empty: no scope claim
  std::optional<Digest> certificate_thumbprint{};
  std::chrono::sys_seconds not_before{};
  std::chrono::sys_seconds expires{};
};
Result<std::string> sign_jwt(const SigningKey& key, const TokenRequest& request);

}  // namespace ketenpoort::api
