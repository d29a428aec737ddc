#include "adapters/simulator/token_check.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ketenpoort::simulator {
namespace {

constexpr std::string_view scheme = "Bearer ";

bool is_bearer(std::string_view header) {
  return header.size() > scheme.size() && std::equal(scheme.begin(), scheme.end(), header.begin(),
                                                     [](char a, char b) { return (a | 0x20) == (b | 0x20); });
}

}  // namespace

std::optional<TokenFault> find_token_fault(const api::Request& request, const TokenDemand& demand) {
  const auto header = request.header("authorization");
  if (!is_bearer(header)) return TokenFault{401, "Authorization: no bearer token", "Bearer"};
  const auto claims = demand.verifier->verify(header.substr(scheme.size()));
  if (!claims)
    return TokenFault{401, fmt::format("Authorization: {}", api::to_text(claims.error())),
                      R"(Bearer error="invalid_token")"};
  const bool allowed = claims->scopes && std::ranges::find(*claims->scopes, demand.scope) != claims->scopes->end();
  if (!allowed)
    return TokenFault{403, "Authorization: the token is for something else (scope)",
                      fmt::format(R"(Bearer error="insufficient_scope", scope="{}")", demand.scope)};
  return std::nullopt;
}

}  // namespace ketenpoort::simulator
