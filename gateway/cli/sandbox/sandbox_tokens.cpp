#include "gateway/cli/sandbox/sandbox_tokens.hpp"

#include <fmt/format.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "gateway/api/access/jwt.hpp"
#include "gateway/base/files.hpp"
#include "gateway/base/owned.hpp"

namespace ketenpoort::cli {
namespace {

namespace fs = std::filesystem;

constexpr unsigned rsa_bits = 2048;
constexpr std::string_view client_id = "ketenpoort-sandbox";
constexpr std::string_view server_name = "https://tokens.sandbox.example/op";
constexpr std::string_view resource = "https://vdab.sandbox.example";
constexpr std::string_view scope = "vdab_klantvolgsysteem_write";

using Key = Owned<EVP_PKEY, EVP_PKEY_free>;

std::string to_pem(EVP_PKEY* key, bool is_private) {
  const Owned<BIO, BIO_free_all> bio(BIO_new(BIO_s_mem()));
  const int written = is_private ? PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr)
                                 : PEM_write_bio_PUBKEY(bio.get(), key);
  char* data = nullptr;
  const auto size = written == 1 ? BIO_get_mem_data(bio.get(), &data) : 0;
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

Status make_token_server_keys(const fs::path& keys) {
  if (!fs::exists(keys / "oauth-client.key")) {
    const Key key(EVP_RSA_gen(rsa_bits));
    if (!key) return fail(ErrorCode::crypto, "cannot make an RSA key");
    if (auto written = replace_file(keys / "oauth-client.pem", to_pem(key.get(), false)); !written) return written;
    if (auto written = replace_file(keys / "oauth-client.key", to_pem(key.get(), true), true); !written) return written;
  }
  if (!fs::exists(keys / "token-server.key")) {
    const auto key = api::make_signing_key("token-server");
    if (!key) return fail(key.error());
    const auto jwks = api::jwks_of(*key);
    if (!jwks) return fail(jwks.error());
    if (auto written = replace_file(keys / "token-server.jwks.json", *jwks); !written) return written;
    if (auto written = replace_file(keys / "token-server.key", key->private_pem, true); !written) return written;
  }
  return {};
}

std::vector<std::string> token_server_arguments(const fs::path& keys) {
  return {"--client-id", std::string(client_id),   "--client-key",  (keys / "oauth-client.pem").string(),
          "--audience",  std::string(server_name), "--scope",       std::string(scope),
          "--resource",  std::string(resource),    "--signing-key", (keys / "token-server.key").string()};
}

std::vector<std::string> token_demand_arguments(const fs::path& keys) {
  return {"--token-jwks",     (keys / "token-server.jwks.json").string(),
          "--token-issuer",   std::string(server_name),
          "--token-audience", std::string(resource),
          "--token-scope",    std::string(scope)};
}

std::string authorization_yaml(std::string_view server_url) {
  return fmt::format(R"(authorization:
  tokenUrl: {}/op/v1/token
  clientId: {}
  audience: {}
  scope: {}
  key: ../keys/oauth-client.key
  algorithm: RS256
)",
                     server_url, client_id, server_name, scope);
}

}  // namespace ketenpoort::cli
