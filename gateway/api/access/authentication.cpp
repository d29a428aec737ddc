#include "gateway/api/access/authentication.hpp"

#include <algorithm>

namespace ketenpoort::api {
namespace {

tl::unexpected<AccessFailure> refuse(AccessFault fault, std::string_view detail) {
  return tl::make_unexpected(AccessFailure{fault, std::string(detail)});
}

bool equals_ignoring_case(std::string_view text, std::string_view lower_case) {
  return text.size() == lower_case.size() &&
         std::equal(text.begin(), text.end(), lower_case.begin(), [](char a, char b) { return (a | 0x20) == b; });
}

// The token of "Authorization: Bearer <token>"; nothing for another scheme.
std::optional<std::string_view> bearer_token(std::string_view authorization) {
  constexpr std::size_t scheme_size = 6;
  if (authorization.size() < scheme_size + 2 || authorization[scheme_size] != ' ' ||
      !equals_ignoring_case(authorization.substr(0, scheme_size), "bearer"))
    return std::nullopt;
  return authorization.substr(scheme_size + 1);
}

bool has_certificate(const ClientConfig& client) {
  return client.certificate_subject.has_value() || client.certificate_thumbprint.has_value();
}

bool matches(const ClientConfig& client, const ClientCertificate& certificate) {
  return has_certificate(client) &&
         (!client.certificate_subject || *client.certificate_subject == certificate.common_name) &&
         (!client.certificate_thumbprint || *client.certificate_thumbprint == certificate.thumbprint);
}

// Whether one certificate could be both clients'.
bool overlap(const ClientConfig& a, const ClientConfig& b) {
  if (!has_certificate(a) || !has_certificate(b)) return false;
  if (a.certificate_thumbprint && b.certificate_thumbprint)
    return *a.certificate_thumbprint == *b.certificate_thumbprint;
  if (a.certificate_subject && b.certificate_subject) return *a.certificate_subject == *b.certificate_subject;
  return false;
}

Status check_clients(const std::vector<ClientConfig>& clients) {
  for (auto one = clients.begin(); one != clients.end(); ++one) {
    if (!has_certificate(*one) && !one->token_subject)
      return fail(ErrorCode::config, "client " + one->id + " has neither a certificate nor a token subject");
    if (one->certificate_subject && one->certificate_subject->empty())
      return fail(ErrorCode::config, "client " + one->id + " has an empty certificate name");
    for (auto other = std::next(one); other != clients.end(); ++other) {
      if (one->id == other->id) return fail(ErrorCode::config, "two clients are called " + one->id);
      if (overlap(*one, *other))
        return fail(ErrorCode::config, "clients " + one->id + " and " + other->id + " share a certificate");
      if (one->token_subject && one->token_subject == other->token_subject)
        return fail(ErrorCode::config, "clients " + one->id + " and " + other->id + " share a token subject");
    }
  }
  return {};
}

const ClientConfig* find_by_certificate(const std::vector<ClientConfig>& clients,
                                        const ClientCertificate& certificate) {
  const auto found = std::find_if(clients.begin(), clients.end(),
                                  [&](const ClientConfig& client) { return matches(client, certificate); });
  return found == clients.end() ? nullptr : &*found;
}

const ClientConfig* find_by_subject(const std::vector<ClientConfig>& clients, std::string_view subject) {
  const auto found = std::find_if(clients.begin(), clients.end(),
                                  [&](const ClientConfig& client) { return client.token_subject == subject; });
  return found == clients.end() ? nullptr : &*found;
}

Identity identity_of(const ClientConfig& client, const TokenClaims* claims) {
  Identity identity{client.id, client.organisation, {}, client.recipient};
  if (claims == nullptr || !claims->scopes) {
    identity.scopes = client.scopes;
    return identity;
  }
  for (const auto& scope : *claims->scopes)
    if (client.scopes.contains(scope)) identity.scopes.insert(scope);
  return identity;
}

}  // namespace

Result<std::unique_ptr<Authenticator>> Authenticator::make(std::vector<ClientConfig> clients,
                                                           const TokenVerifier* tokens) {
  if (auto checked = check_clients(clients); !checked) return fail(checked.error());
  return std::unique_ptr<Authenticator>(new Authenticator(std::move(clients), tokens));
}

Authenticator::Authenticator(std::vector<ClientConfig> clients, const TokenVerifier* tokens)
    : clients_(std::move(clients)), tokens_(tokens) {}

Status Authenticator::check(const std::vector<ClientConfig>& clients) {
  return check_clients(clients);
}

void Authenticator::use(std::vector<ClientConfig> clients) {
  clients_.put(std::make_shared<const std::vector<ClientConfig>>(std::move(clients)));
}

tl::expected<Identity, AccessFailure> Authenticator::authenticate(const Request& request) const {
  const auto clients = clients_.get();
  const auto& certificate = request.certificate;
  const auto* by_certificate = certificate ? find_by_certificate(*clients, *certificate) : nullptr;
  const auto authorization = request.header("authorization");
  if (authorization.empty()) {
    if (by_certificate != nullptr) return identity_of(*by_certificate, nullptr);
    return refuse(AccessFault::no_token, certificate ? "the client certificate belongs to no configured client"
                                                     : "a client certificate or a bearer token is needed");
  }
  const auto token = bearer_token(authorization);
  if (!token || tokens_ == nullptr)
    return refuse(AccessFault::invalid_token, "only bearer tokens of a configured issuer are taken");
  const auto claims = tokens_->verify(*token);
  if (!claims) {
    const auto expired = claims.error() == TokenFault::expired;
    return refuse(expired ? AccessFault::expired_token : AccessFault::invalid_token, to_text(claims.error()));
  }
  const auto& bound_to = claims->certificate_thumbprint;
  if (bound_to && (!certificate || certificate->thumbprint != *bound_to))
    return refuse(AccessFault::invalid_token, "the token is bound to a client certificate that was not used");
  const auto* by_token = find_by_subject(*clients, claims->subject);
  if (by_token == nullptr) return refuse(AccessFault::invalid_token, "the token's subject is no configured client");
  const bool certificate_agrees = !certificate || by_certificate == by_token || (by_certificate == nullptr && bound_to);
  if (!certificate_agrees)
    return refuse(AccessFault::invalid_token, "the client certificate and the token do not belong to the same client");
  return identity_of(*by_token, &*claims);
}

std::optional<AccessFailure> check_scope(const Identity& identity, std::string_view scope) {
  if (identity.may(scope)) return std::nullopt;
  return AccessFailure{AccessFault::missing_scope, "this client may not make this call", {std::string(scope)}};
}

}  // namespace ketenpoort::api
