#include "adapters/simulator/token_arguments.hpp"

#include <fmt/format.h>
#include <openssl/pem.h>

#include <array>
#include <limits>

#include "gateway/base/files.hpp"
#include "gateway/base/owned.hpp"

namespace ketenpoort::simulator {
namespace {

constexpr int least_rsa_bits = 2048;

Result<std::shared_ptr<const api::VerificationKey>> read_client_key(const std::filesystem::path& file,
                                                                    const std::string& algorithm) {
  const auto pem = read_file(file);
  if (!pem) return fail(pem.error());
  const Owned<BIO, BIO_free> bio(BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())));
  api::PublicKeyPtr key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  struct Kind {
    api::Algorithm algorithm;
    const char* type;
    int least_bits;
  };
  constexpr std::array kinds = {Kind{api::Algorithm::rs256, "RSA", least_rsa_bits},
                                Kind{api::Algorithm::ps256, "RSA", least_rsa_bits},
                                Kind{api::Algorithm::es256, "EC", 256}, Kind{api::Algorithm::eddsa, "ED25519", 0}};
  for (const auto& kind : kinds) {
    if (api::parse_algorithm(algorithm) != kind.algorithm) continue;
    if (!key || EVP_PKEY_is_a(key.get(), kind.type) != 1 || EVP_PKEY_get_bits(key.get()) < kind.least_bits)
      return fail(ErrorCode::config, fmt::format("{} is no public key for {} in PEM", file.string(), algorithm));
    return std::make_shared<const api::VerificationKey>(kind.algorithm, std::move(key));
  }
  return fail(ErrorCode::not_found,
              fmt::format("no algorithm is called \"{}\": use RS256, ES256, PS256 or EdDSA", algorithm));
}

Result<api::SigningKey> signing_key(const TokenServerArguments& arguments) {
  auto key = api::make_signing_key("token-server");
  if (!arguments.signing_key.empty()) {
    auto pem = read_file(arguments.signing_key);
    if (!pem) return fail(pem.error());
    if (key) key->private_pem = std::move(*pem);
  }
  if (!key || arguments.jwks.empty()) return key;
  const auto jwks = api::jwks_of(*key);
  if (!jwks) return fail(jwks.error());
  if (auto written = replace_file(arguments.jwks, *jwks); !written) return fail(written.error());
  return key;
}

}  // namespace

void declare_token_server(CLI::App& app, TokenServerArguments& arguments) {
  auto* group = app.add_option_group("token", "the authorization server");
  group->add_option("--client-id", arguments.client_id, "the one client it knows");
  group->add_option("--client-key", arguments.client_key, "that client's public key, PEM");
  group->add_option("--algorithm", arguments.algorithm, "how that client signs: RS256, ES256, PS256 or EdDSA")
      ->capture_default_str();
  group->add_option("--audience", arguments.audience, "its own name: what an assertion must be meant for");
  group->add_option("--scope", arguments.scope, "what tokens may be asked for, words between spaces");
  group->add_option("--issuer", arguments.issuer, "of tokens (default: the audience)");
  group->add_option("--resource", arguments.resource, "whom tokens are meant for");
  group->add_option("--signing-key", arguments.signing_key, "signs tokens: P-256, PEM (default: a throw-away one)");
  group->add_option("--jwks", arguments.jwks, "where to leave its public key for those who check tokens");
  group->add_option("--life", arguments.life, "of a token, in seconds")
      ->check(CLI::Range(1L, 86'400L))
      ->capture_default_str();
}

Result<std::unique_ptr<TokenServer>> make_token_server(const TokenServerArguments& arguments, const std::string& mode,
                                                       std::chrono::milliseconds slow, std::uint32_t seed) {
  const std::array needed = {std::pair{"--client-id", &arguments.client_id},
                             std::pair{"--audience", &arguments.audience}, std::pair{"--scope", &arguments.scope},
                             std::pair{"--resource", &arguments.resource}};
  for (const auto& [name, value] : needed)
    if (value->empty()) return fail(ErrorCode::not_found, fmt::format("an authorization server needs {}", name));
  if (arguments.client_key.empty())
    return fail(ErrorCode::not_found, "an authorization server needs --client-key: the client's public key");
  const auto parsed = parse_mode(mode);
  if (!parsed) return fail(parsed.error());
  auto client_key = read_client_key(arguments.client_key, arguments.algorithm);
  if (!client_key) return fail(std::move(client_key.error()));
  auto key = signing_key(arguments);
  if (!key) return fail(std::move(key.error()));
  return std::make_unique<TokenServer>(
      TokenServerOptions{.mode = *parsed,
                         .slow = slow,
                         .seed = seed,
                         .client_id = arguments.client_id,
                         .client_key = std::move(*client_key),
                         .audience = arguments.audience,
                         .scope = arguments.scope,
                         .issuer = arguments.issuer.empty() ? arguments.audience : arguments.issuer,
                         .resource = arguments.resource,
                         .key = std::move(*key),
                         .life = std::chrono::seconds{arguments.life}});
}

}  // namespace ketenpoort::simulator
