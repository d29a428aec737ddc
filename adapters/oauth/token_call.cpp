#include "adapters/oauth/token_call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "adapters/rest_push.hpp"
#include "gateway/base/uuid.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::adapters {
namespace {

constexpr std::string_view assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr std::size_t longest_token = 16U << 10;
constexpr std::chrono::seconds unsaid_lifetime{60};
constexpr std::chrono::seconds longest_lifetime = std::chrono::hours{24};

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// application/x-www-form-urlencoded (RFC 6749, appendix B).
std::string form_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '*')
      out += c;
    else if (c == ' ')
      out += '+';
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string claims_of(const TokenClient& client, Timestamp now) {
  const auto issued = std::chrono::floor<std::chrono::seconds>(now);
  std::string claims;
  formats::JsonWriter json(claims);
  json.begin_object().member("iss", client.client_id).member("sub", client.client_id).member("aud", client.audience);
  json.member("jti", new_uuid_v4().text()).member("iat", issued.time_since_epoch().count());
  json.member("exp", (issued + assertion_lifetime).time_since_epoch().count()).end_object();
  return claims;
}

// RFC 6750, 2.1.
bool is_bearer_token(std::string_view text) {
  if (text.empty() || text.size() > longest_token) return false;
  const auto padding = std::min(text.find('='), text.size());
  const auto body = text.substr(0, padding);
  return !body.empty() && text.find_first_not_of('=', padding) == std::string_view::npos &&
         std::ranges::all_of(body, [](char c) {
           return is_alphanumeric(c) || std::string_view{"-._~+/"}.find(c) != std::string_view::npos;
         });
}

bool is_bearer(std::string_view type) {
  return std::ranges::equal(type, std::string_view{"bearer"}, [](char a, char b) { return (a | 0x20) == b; });
}

// A number by RFC 6749; some servers write its digits as a text.
std::optional<std::int64_t> read_seconds(const formats::JsonView& stated) {
  if (const auto number = stated.as_int()) return number;
  const auto text = stated.as_string().value_or("");
  std::int64_t seconds = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  return fault == std::errc{} && end == text.data() + text.size() ? std::optional(seconds) : std::nullopt;
}

}  // namespace

Result<Call> ask_for_token(const TokenClient& client, const AssertionKey& key, Timestamp now) {
  const auto assertion = key.sign(claims_of(client, now));
  if (!assertion) return fail(assertion.error());
  Call call;
  call.path = client.path;
  call.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
  const std::array<std::pair<std::string_view, std::string_view>, 5> fields{{{"grant_type", "client_credentials"},
                                                                             {"scope", client.scope},
                                                                             {"client_id", client.client_id},
                                                                             {"client_assertion_type", assertion_type},
                                                                             {"client_assertion", *assertion}}};
  for (const auto& [name, value] : fields) {
    if (!call.body.empty()) call.body += '&';
    call.body.append(name).append("=").append(form_encoded(value));
  }
  return call;
}

tl::expected<AccessToken, TokenFailure> read_token(const Answer& answer) {
  if (answer.status != 200)
    return tl::make_unexpected(TokenFailure{fmt::format("token-http-{}", answer.status), read_retry_after(answer)});
  const auto document = formats::parse_json(without_mark(answer.body));
  const auto unreadable = tl::make_unexpected(TokenFailure{"token-unreadable"});
  if (!document) return unreadable;
  const auto token = document->root().find("access_token").as_string();
  const auto type = document->root().find("token_type").as_string();
  if (!token || !is_bearer_token(*token) || !type || !is_bearer(*type)) return unreadable;
  AccessToken read{std::string(*token), unsaid_lifetime};
  if (const auto stated = document->root().find("expires_in")) {
    const auto seconds = read_seconds(stated);
    if (!seconds || *seconds <= 0) return unreadable;
    read.lifetime = std::chrono::seconds{std::min<std::int64_t>(*seconds, longest_lifetime.count())};
  }
  return read;
}

}  // namespace ketenpoort::adapters
