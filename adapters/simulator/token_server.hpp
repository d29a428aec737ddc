// A simulated authorization server: gives short-lived access tokens to the one client it knows, when that proves with a
// signed assertion who it is (RFC 6749 4.4, RFC 7523).
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "adapters/simulator/mode.hpp"
#include "adapters/simulator/reaction.hpp"
#include "gateway/api/access/jwk.hpp"
#include "gateway/api/access/jwt.hpp"

namespace ketenpoort::simulator {

constexpr std::string_view token_path = "/op/v1/token";

struct TokenServerOptions {
  Mode mode = Mode::ok;
  std::chrono::milliseconds slow{2000};
  std::uint32_t seed = 1;
  std::string client_id;
  std::shared_ptr<const api::VerificationKey> client_key;  // with the one algorithm it signs by
  std::string audience;                                    // our own name: what an assertion must be meant for
  std::string scope;                                       // what may be asked for, words between spaces
  std::string issuer;                                      // of tokens
  std::string resource;                                    // whom tokens are meant for
  api::SigningKey key;
  std::chrono::seconds life{300};
};

// Thread-safe.
class TokenServer {
 public:
  explicit TokenServer(TokenServerOptions options)
      : options_(std::move(options)), dice_(options_.mode, options_.seed) {}

  // `now` is a parameter for tests alone.
  Reaction take(const api::Request& request,
                std::chrono::system_clock::time_point now = std::chrono::system_clock::now());

 private:
  struct Refusal;
  using Form = std::map<std::string, std::string, std::less<>>;
  api::Reply answer(const api::Request& request, std::chrono::sys_seconds now);
  std::optional<Refusal> find_refusal(const api::Request& request, const Form& form, std::chrono::sys_seconds now);
  std::optional<Refusal> find_assertion_fault(std::string_view assertion, std::chrono::sys_seconds now);
  bool remember(const std::string& id, std::chrono::sys_seconds until, std::chrono::sys_seconds now);
  [[nodiscard]] api::Reply grant(const std::string& scope, std::chrono::sys_seconds now) const;

  const TokenServerOptions options_;
  Dice dice_;
  std::mutex mutex_;
  std::map<std::string, std::chrono::sys_seconds> seen_;  // assertions by jti, until they expire
};

}  // namespace ketenpoort::simulator
