#include "adapters/simulator/token_server.hpp"

#include <algorithm>
#include <optional>
#include <sstream>

#include "gateway/base/bytes.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::simulator {
namespace {

using std::chrono::sys_seconds;

constexpr std::string_view assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr std::chrono::seconds longest_assertion{600};
constexpr std::chrono::seconds leeway{30};
constexpr std::size_t longest_id = 64;

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  const char small = static_cast<char>(c | 0x20);
  if (small >= 'a' && small <= 'f') return static_cast<unsigned>(small - 'a' + 10);
  return std::nullopt;
}

std::optional<std::string> form_decoded(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      out += text[at] == '+' ? ' ' : text[at];
      continue;
    }
    if (text.size() - at < 3) return std::nullopt;
    const auto high = hex_digit(text[at + 1]);
    const auto low = hex_digit(text[at + 2]);
    if (!high || !low) return std::nullopt;
    out += static_cast<char>(*high * 16 + *low);
    at += 2;
  }
  return out;
}

// Nothing when it is no form, or a field stands twice (RFC 6749, 3.2).
std::optional<std::map<std::string, std::string, std::less<>>> read_form(std::string_view body) {
  std::map<std::string, std::string, std::less<>> form;
  while (!body.empty()) {
    const auto field = body.substr(0, body.find('&'));
    body.remove_prefix(std::min(field.size() + 1, body.size()));
    const auto equals = field.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    auto name = form_decoded(field.substr(0, equals));
    auto value = form_decoded(field.substr(equals + 1));
    if (!name || !value || !form.emplace(std::move(*name), std::move(*value)).second) return std::nullopt;
  }
  return form;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  return {std::istream_iterator<std::string>(stream), {}};
}

std::optional<sys_seconds> time_of(const formats::JsonView& claims, std::string_view name) {
  const auto seconds = claims.find(name).as_int();
  if (!seconds) return std::nullopt;
  return sys_seconds(std::chrono::seconds(*seconds));
}

// One text, or a list of one.
std::string_view audience_of(const formats::JsonView& claims) {
  const auto audience = claims.find("aud");
  if (audience.size() == 1) return audience.at(0).as_string().value_or("");
  return audience.as_string().value_or("");
}

struct Parts {
  std::string_view signed_text;
  std::string header, claims;
  Bytes signature;
};

std::optional<Parts> split(std::string_view assertion) {
  const auto first = assertion.find('.');
  const auto last = assertion.rfind('.');
  if (first == last || assertion.find('.', first + 1) != last) return std::nullopt;
  const auto header = from_base64url(assertion.substr(0, first));
  const auto claims = from_base64url(assertion.substr(first + 1, last - first - 1));
  auto signature = from_base64url(assertion.substr(last + 1));
  if (!header || !claims || !signature) return std::nullopt;
  return Parts{assertion.substr(0, last), std::string(as_text(*header)), std::string(as_text(*claims)),
               std::move(*signature)};
}

std::string_view value_of(const std::map<std::string, std::string, std::less<>>& form, std::string_view name) {
  const auto found = form.find(name);
  return found == form.end() ? std::string_view{} : std::string_view{found->second};
}

}  // namespace

// An error of RFC 6749, 5.2, and what is wrong in words, without values.
struct TokenServer::Refusal {
  std::string_view error;
  std::string_view reason;
};

Reaction TokenServer::take(const api::Request& request, std::chrono::system_clock::time_point now) {
  if (request.method == "GET" && request.path == "/health")
    return {.reply = api::Reply{
                .status = 200, .content_type = "application/json", .body = R"({"status":"UP"})", .headers = {}}};
  const auto fate = dice_.draw();
  if (fate == Fate::unavailable) return {.reply = unavailable()};
  auto reply = answer(request, std::chrono::floor<std::chrono::seconds>(now));
  if (fate == Fate::torn) return {.reply = std::nullopt};
  if (options_.mode == Mode::garbage && reply.status == 200) return {.reply = garbage()};
  return {.reply = std::move(reply),
          .delay = options_.mode == Mode::slow ? options_.slow : std::chrono::milliseconds{0}};
}

api::Reply TokenServer::answer(const api::Request& request, sys_seconds now) {
  const auto form = read_form(request.body);
  const auto refusal = form ? find_refusal(request, *form, now)
                            : std::optional{Refusal{"invalid_request", "the body is no form, or a field stands twice"}};
  if (!refusal) return grant(std::string(value_of(*form, "scope")), now);
  std::string body;
  formats::JsonWriter(body)
      .begin_object()
      .member("error", refusal->error)
      .member("error_description", refusal->reason)
      .end_object();
  return {.status = refusal->error == "invalid_client" ? 401 : 400,
          .content_type = "application/json",
          .body = std::move(body),
          .headers = {{"Cache-Control", "no-store"}}};
}

std::optional<TokenServer::Refusal> TokenServer::find_refusal(const api::Request& request, const Form& form,
                                                              sys_seconds now) {
  if (request.method != "POST" || request.path != token_path || !request.query.empty())
    return Refusal{"invalid_request", "tokens are given by POST /op/v1/token"};
  if (request.header("content-type") != "application/x-www-form-urlencoded")
    return Refusal{"invalid_request", "Content-Type: not application/x-www-form-urlencoded"};
  if (!request.header("authorization").empty() || form.contains("client_secret"))
    return Refusal{"invalid_request", "one way to say who asks, not two"};
  if (value_of(form, "grant_type") != "client_credentials")
    return Refusal{"unsupported_grant_type", "grant_type: not client_credentials"};
  if (options_.mode == Mode::reject) return Refusal{"invalid_client", "this simulator rejects everybody"};
  if (value_of(form, "client_assertion_type") != assertion_type)
    return Refusal{"invalid_client", "client_assertion_type: not a JWT's"};
  if (form.contains("client_id") && value_of(form, "client_id") != options_.client_id)
    return Refusal{"invalid_client", "client_id: nobody we know"};
  const auto allowed = words_of(options_.scope);
  const auto asked = words_of(std::string(value_of(form, "scope")));
  const bool may = !asked.empty() && std::ranges::all_of(asked, [&](const std::string& word) {
    return std::ranges::find(allowed, word) != allowed.end();
  });
  if (!may) return Refusal{"invalid_scope", "scope: missing, or not this client's"};
  return find_assertion_fault(value_of(form, "client_assertion"), now);
}

std::optional<TokenServer::Refusal> TokenServer::find_assertion_fault(std::string_view assertion, sys_seconds now) {
  const auto wrong = [](std::string_view reason) { return Refusal{"invalid_client", reason}; };
  const auto parts = split(assertion);
  if (!parts) return wrong("client_assertion: not a signed JWT");
  const auto header = formats::parse_json(parts->header);
  const auto parsed = formats::parse_json(parts->claims);
  if (!header || !parsed || header->root().find("crit")) return wrong("client_assertion: header or claims unreadable");
  if (api::parse_algorithm(header->root().find("alg").as_string().value_or("")) != options_.client_key->algorithm())
    return wrong("client_assertion: alg is not this client's");
  if (!options_.client_key->verifies(parts->signed_text, parts->signature))
    return wrong("client_assertion: the signature is not this client's");
  const auto claims = parsed->root();
  if (claims.find("iss").as_string() != options_.client_id || claims.find("sub").as_string() != options_.client_id)
    return wrong("client_assertion: iss and sub must be the client's id");
  if (audience_of(claims) != options_.audience) return wrong("client_assertion: aud is not this server");
  const auto issued = time_of(claims, "iat");
  const auto expires = time_of(claims, "exp");
  if (!issued || !expires || *issued > now + leeway)
    return wrong("client_assertion: iat or exp missing, or iat to come");
  if (*expires <= now) return wrong("client_assertion: expired");
  if (*expires >= *issued + longest_assertion || *expires >= now + longest_assertion)
    return wrong("client_assertion: exp must be less than ten minutes away");
  const auto id = claims.find("jti").as_string().value_or("");
  if (id.empty() || id.size() > longest_id) return wrong("client_assertion: jti missing or too long");
  if (!remember(std::string(id), *expires, now)) return wrong("client_assertion: used before (jti)");
  return std::nullopt;
}

bool TokenServer::remember(const std::string& id, sys_seconds until, sys_seconds now) {
  const std::lock_guard lock(mutex_);
  std::erase_if(seen_, [&](const auto& entry) { return entry.second <= now; });
  return seen_.emplace(id, until).second;
}

api::Reply TokenServer::grant(const std::string& scope, sys_seconds now) const {
  const auto token = api::sign_jwt(options_.key, {.issuer = options_.issuer,
                                                  .audience = options_.resource,
                                                  .subject = options_.client_id,
                                                  .scopes = words_of(scope),
                                                  .not_before = now,
                                                  .expires = now + options_.life});
  if (!token) return unavailable();
  std::string body;
  formats::JsonWriter(body)
      .begin_object()
      .member("access_token", *token)
      .member("token_type", "Bearer")
      .member("expires_in", options_.life.count())
      .member("scope", scope)
      .end_object();
  return {.status = 200,
          .content_type = "application/json",
          .body = std::move(body),
          .headers = {{"Cache-Control", "no-store"}}};
}

}  // namespace ketenpoort::simulator
