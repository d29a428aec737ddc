#include "gateway/cli/reach.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "adapters/oauth/assertion_key.hpp"
#include "adapters/oauth/token_call.hpp"
#include "gateway/base/files.hpp"
#include "gateway/base/url.hpp"
#include "gateway/net/blocking_client.hpp"

namespace ketenpoort::cli {
namespace {

constexpr std::chrono::seconds patience{10};

struct Address {
  std::string url;
  std::filesystem::path ca, certificate, key;
};

Result<net::BlockingClient> open(const Address& address) {
  net::ClientOptions options;
  options.base_url = split_url(address.url).base;
  options.ca_file = address.ca;
  options.certificate_chain = address.certificate;
  options.private_key = address.key;
  options.answer_timeout = patience;
  options.max_connections = 1;
  return net::BlockingClient::open(std::move(options));
}

std::string_view what_to_look_at(CallFailure::Kind kind) {
  using Kind = CallFailure::Kind;
  switch (kind) {
    case Kind::resolve:
      return "the host's name, and the name servers of this machine";
    case Kind::connect:
      return "address and port, and the firewalls between";
    case Kind::tls:
      return "`ca`, the name in the other side's certificate, whether it knows ours, and whether TLS is spoken there";
    case Kind::timeout:
      return "the firewalls between, and the other side";
    case Kind::write:
    case Kind::read:
    case Kind::protocol:
    case Kind::too_large:
      break;
  }
  return "whether an HTTPS/1.1 service is there";
}

std::string tell(const CallFailure& failure) {
  return fmt::format("{}. Look at {}", failure.detail, what_to_look_at(failure.kind));
}

void reach_address(Reached& out, const Address& address) {
  auto client = open(address);
  if (!client) {
    out.detail = client.error().message;
    return;
  }
  Call call;
  call.method = "GET";
  call.path = "/";
  const auto answered = client->call_for_failure(std::move(call));
  // A page longer than any message of theirs is an answer too.
  out.ok = answered || answered.error().kind == CallFailure::Kind::too_large;
  out.detail = answered ? fmt::format("answers (HTTP {})", answered->status)
               : out.ok ? "answers"
                        : tell(answered.error());
}

Result<std::string> ask_token(const config::Authorization& authorization) {
  const auto pem = read_file(authorization.key);
  if (!pem) return fail(pem.error());
  const auto key = adapters::AssertionKey::from_pem(*pem, authorization.algorithm, authorization.key_id);
  if (!key) return fail(key.error());
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  auto call = adapters::ask_for_token(
      {split_url(authorization.token_url).path, authorization.client_id, authorization.audience, authorization.scope},
      *key, now);
  if (!call) return fail(call.error());
  auto client =
      open({authorization.token_url, authorization.ca, authorization.certificate, authorization.certificate_key});
  if (!client) return fail(client.error());
  const auto answered = client->call_for_failure(std::move(*call));
  if (!answered) return fail(ErrorCode::unavailable, tell(answered.error()));
  const auto token = adapters::read_token(*answered);
  if (!token)
    return fail(
        ErrorCode::unavailable,
        fmt::format("gives no token ({}). Look at `clientId`, `audience`, `scope`, and whether it knows the key",
                    token.error().failure_class));
  return fmt::format("gives a token for {} s", token->lifetime.count());
}

class Reacher {
 public:
  void reach(std::string where, const Address& address) {
    reach_address(begin(std::move(where), address.url), address);
  }

  void reach_channel(const std::string& where, const config::Channel& channel) {
    if (channel.authorization) {
      auto& out = begin(where + ", authorization", channel.authorization->token_url);
      auto told = ask_token(*channel.authorization);
      out.ok = told.has_value();
      out.detail = told ? std::move(*told) : told.error().message;
    }
    reach(where, {channel.url, channel.ca, channel.certificate, channel.key});
  }

  std::vector<Reached> take() && { return std::move(all_); }

 private:
  Reached& begin(std::string where, const std::string& url) {
    return all_.emplace_back(Reached{std::move(where), split_url(url).base, false, {}});
  }

  std::vector<Reached> all_;
};

}  // namespace

std::vector<Reached> reach_all(const config::Configuration& configuration) {
  Reacher reacher;
  for (const auto& partner : configuration.partners) {
    if (partner.has_address()) reacher.reach_channel("partner " + partner.id, partner.channel);
    for (const auto& [name, channel] : partner.channels)
      reacher.reach_channel("partner " + partner.id + ", channel " + name, channel);
  }
  const auto& settings = configuration.settings;
  if (settings.tokens && !settings.tokens->jwks_url.empty())
    reacher.reach("tokens", {settings.tokens->jwks_url, settings.tokens->ca, {}, {}});
  if (const auto& anchors = settings.ledger.anchors) {
    for (const auto& one : anchors->timestamps) reacher.reach("ledger.anchors, " + one.name, {one.url, one.ca, {}, {}});
    for (const auto& one : anchors->witnesses) reacher.reach("ledger.anchors, " + one.name, {one.url, one.ca, {}, {}});
  }
  for (const auto& client : configuration.clients)
    if (client.webhook)
      reacher.reach("client " + client.id + ", webhook",
                    {client.webhook->url, client.webhook->ca, client.webhook->certificate, client.webhook->key});
  return std::move(reacher).take();
}

}  // namespace ketenpoort::cli
