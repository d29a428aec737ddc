// How a token is asked for, and what the authorization server's answer means: OAuth 2.0 client credentials (RFC 6749
// 4.4) with an assertion in the place of a secret (RFC 7521, RFC 7523). Pure: no I/O, no clock.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "adapters/oauth/assertion_key.hpp"
#include "gateway/base/time.hpp"
#include "gateway/domain/call.hpp"

namespace ketenpoort::adapters {

struct TokenClient {
  std::string path;  // of the token endpoint
  std::string client_id;
  std::string audience;
  std::string scope;
};

constexpr std::chrono::minutes assertion_lifetime{5};  // servers refuse ten minutes and more

// A POST of the form with a fresh assertion: its `jti` is a new UUID every time, so that nobody can send it again.
// `now` is the real time, never an offset one: the server compares.
Result<Call> ask_for_token(const TokenClient& client, const AssertionKey& key, Timestamp now);

struct AccessToken {
  std::string value;
  std::chrono::seconds lifetime{};
};

struct TokenFailure {
  std::string failure_class;                          // "token-http-503", "token-unreadable": no text of the server's
  std::optional<std::chrono::seconds> retry_after{};  // what it asked for
};

// Without expires_in a token counts as good for a minute: the server said nothing.
tl::expected<AccessToken, TokenFailure> read_token(const Answer& answer);

}  // namespace ketenpoort::adapters
