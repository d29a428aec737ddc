// Who is calling: a client certificate or an access token, matched with the configured clients. Either alone
// authenticates; when both are present they must name the same client.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/api/access/jwt.hpp"
#include "gateway/api/http/http.hpp"
#include "gateway/api/http/problem.hpp"
#include "gateway/base/in_use.hpp"

namespace ketenpoort::api {

// One entry of config/clients.yaml.
struct ClientConfig {
  std::string id;
  std::string organisation;  // KBO number
  std::set<std::string, std::less<>> scopes;
  std::optional<std::string> certificate_subject{};  // common name
  std::optional<Digest> certificate_thumbprint{};    // SHA-256 of the DER; when given it must match too
  std::optional<std::string> token_subject{};        // sub
  std::optional<std::string> recipient{};            // the partner this client is, for its own transfers
};

struct Identity {
  std::string client;
  std::string organisation;
  std::set<std::string, std::less<>> scopes;
  std::optional<std::string> recipient;

  [[nodiscard]] bool may(std::string_view scope) const { return scopes.contains(scope); }
};

class Authenticator {
 public:
  // Fails with ErrorCode::config as check() does.
  // `tokens` may be null: certificates only. It must outlive the authenticator.
  static Result<std::unique_ptr<Authenticator>> make(std::vector<ClientConfig> clients, const TokenVerifier* tokens);

  // ErrorCode::config when two clients share an id, a certificate or a token subject, or one has neither.
  static Status check(const std::vector<ClientConfig>& clients);
  // From the next request on, whatever connection or token it comes by; `clients` have passed check().
  void use(std::vector<ClientConfig> clients);

  [[nodiscard]] tl::expected<Identity, AccessFailure> authenticate(const Request& request) const;

 private:
  Authenticator(std::vector<ClientConfig> clients, const TokenVerifier* tokens);

  InUse<std::vector<ClientConfig>> clients_;
  const TokenVerifier* tokens_;
};

// missing_scope naming the scope, or nothing.
std::optional<AccessFailure> check_scope(const Identity& identity, std::string_view scope);

}  // namespace ketenpoort::api
