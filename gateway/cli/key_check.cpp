#include "gateway/cli/key_check.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "adapters/http_signature.hpp"
#include "gateway/api/access/jwt.hpp"
#include "gateway/base/files.hpp"
#include "gateway/base/url.hpp"
#include "gateway/ledger/checkpoint/cosignature.hpp"
#include "gateway/ledger/writer/key_rotation.hpp"
#include "gateway/net/base_url.hpp"
#include "gateway/net/tls_check.hpp"
#include "gateway/storage/master_key.hpp"

namespace ketenpoort::cli {
namespace {

namespace fs = std::filesystem;

// What reads a key from a file's text; its error is told with the file.
template <class Read>
Status check_file(const fs::path& file, Read read) {
  const auto text = read_file(file);
  if (!text) return fail(text.error());
  if (const auto key = read(*text); !key) return fail(ErrorCode::config, file.string() + ": " + key.error().message);
  return {};
}

Status check_tokens(const config::Settings& settings) {
  if (!settings.tokens || !settings.tokens->jwks_url.empty()) return {};  // keys at an address may come later
  const auto opened =
      api::TokenVerifier::open({settings.tokens->jwks, settings.tokens->issuer, settings.tokens->audience});
  return opened ? Status{} : fail(opened.error());
}

Status check_address(std::string_view base_url) {
  const auto parsed = net::parse_base_url(base_url);
  return parsed ? Status{} : fail(parsed.error());
}

class Finder {
 public:
  void look_at(const std::string& where, const Status& status) {
    if (!status) issues_.push_back({ErrorCode::config, where, status.error().message});
  }

  void look_at_channel(const std::string& where, const config::Channel& channel) {
    look_at(where, check_address(channel.url));
    look_at(where, net::check_client_tls(channel.ca, channel.certificate, channel.key));
    const auto& authorization = channel.authorization;
    if (!authorization) return;
    look_at(where + ", authorization", check_address(split_url(authorization->token_url).base));
    look_at(where + ", authorization",
            net::check_client_tls(authorization->ca, authorization->certificate, authorization->certificate_key));
  }

  void look_at_settings(const config::Settings& settings) {
    const auto& server = settings.server;
    look_at("server", net::check_server_tls(
                          {server.certificate, server.key, server.client_authorities, server.client_revocations}));
    look_at("tokens", check_tokens(settings));
    if (settings.tokens && !settings.tokens->jwks_url.empty())
      look_at("tokens", check_address(split_url(settings.tokens->jwks_url).base));
    if (const auto key = storage::load_master_key(settings.master_key); !key) look_at("masterKey", fail(key.error()));
    if (const auto keys = ledger::load_signing_keys(settings.ledger.signing_key, settings.ledger.origin); !keys)
      look_at("ledger.signingKey", fail(keys.error()));
    if (settings.ledger.witness)
      look_at("ledger.witness", check_file(settings.ledger.witness->key, ledger::WitnessSigner::parse));
    look_at("outbound.signingKey", check_file(settings.outbound_signing_key, adapters::SigningKey::from_pem));
    for (const auto& [name, file] : settings.policy_owners)
      look_at("policyOwners, " + name, check_file(file, adapters::VerifyingKey::from_pem));
  }

  std::vector<Issue> take() && { return std::move(issues_); }

 private:
  std::vector<Issue> issues_;
};

bool lies_in(const fs::path& file, const fs::path& folder) {
  std::error_code ignored;
  const auto place = fs::weakly_canonical(fs::absolute(file, ignored), ignored);
  const auto outer = fs::weakly_canonical(fs::absolute(folder, ignored), ignored);
  return std::mismatch(outer.begin(), outer.end(), place.begin(), place.end()).first == outer.end();
}

}  // namespace

std::vector<Issue> find_misplaced_keys(const config::Settings& settings) {
  std::vector<Issue> issues;
  for (const auto& [where, file] :
       {std::pair{"masterKey", settings.master_key}, std::pair{"ledger.signingKey", settings.ledger.signing_key}})
    if (lies_in(file, settings.state))
      issues.push_back(
          {ErrorCode::config, where,
           file.string() + " lies in the state folder: keep it elsewhere, for whoever copies that has it"});
  return issues;
}

std::vector<Issue> find_bad_keys(const config::Configuration& configuration) {
  Finder finder;
  finder.look_at_settings(configuration.settings);
  for (const auto& partner : configuration.partners) {
    if (partner.has_address()) finder.look_at_channel("partner " + partner.id, partner.channel);
    for (const auto& [name, channel] : partner.channels)
      finder.look_at_channel("partner " + partner.id + ", channel " + name, channel);
  }
  for (const auto& client : configuration.clients) {
    if (!client.webhook) continue;
    const auto where = "client " + client.id + ", webhook";
    finder.look_at(where, check_address(split_url(client.webhook->url).base));
    finder.look_at(where, net::check_client_tls(client.webhook->ca, client.webhook->certificate, client.webhook->key));
  }
  return std::move(finder).take();
}

}  // namespace ketenpoort::cli
