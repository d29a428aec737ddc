// The access token a call must carry (RFC 6750), checked as the partner's gateway would: against the public keys of the
// authorization server it trusts.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "gateway/api/access/jwt.hpp"
#include "gateway/api/http/http.hpp"

namespace ketenpoort::simulator {

struct TokenDemand {
  std::unique_ptr<api::TokenVerifier> verifier;
  std::string scope;  // that a token must have
};

struct TokenFault {
  int status;             // 401, or 403 when it is good for something else
  std::string reason;     // never the token
  std::string challenge;  // WWW-Authenticate
};

std::optional<TokenFault> find_token_fault(const api::Request& request, const TokenDemand& demand);

}  // namespace ketenpoort::simulator
