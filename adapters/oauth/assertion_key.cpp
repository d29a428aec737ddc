#include "adapters/oauth/assertion_key.hpp"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <array>
#include <limits>
#include <optional>

#include "gateway/base/bytes.hpp"
#include "gateway/base/owned.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::adapters {
namespace {

constexpr int least_rsa_bits = 2048;
constexpr int curve_bits = 256;
constexpr std::size_t coordinate_bytes = 32;

EvpKey read_private_key(std::string_view pem) {
  if (pem.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return nullptr;
  const Owned<BIO, BIO_free> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  // An empty passphrase instead of OpenSSL's prompt on the terminal.
  auto no_passphrase = [](char*, int, int, void*) { return 0; };
  return EvpKey(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
}

bool is_on_p256(const EVP_PKEY* key) {
  std::array<char, 32> group{};
  std::size_t size = 0;
  return EVP_PKEY_get_bits(key) == curve_bits && EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1 &&
         std::string_view(group.data(), size) == "prime256v1";
}

// r || s of a DER signature, 32 bytes each (RFC 7518 3.4).
std::string to_jose(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const Owned<ECDSA_SIG, ECDSA_SIG_free> pair(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  Bytes out(2 * coordinate_bytes);
  if (!pair || BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), out.data(), coordinate_bytes) != coordinate_bytes ||
      BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), out.data() + coordinate_bytes, coordinate_bytes) != coordinate_bytes)
    return {};
  return std::string(as_text(out));
}

bool use_pss(EVP_PKEY_CTX* context) {
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

std::string header_of(std::string_view algorithm, const std::string& key_id) {
  std::string header;
  formats::JsonWriter json(header);
  json.begin_object().member("alg", algorithm).member("typ", "JWT");
  if (!key_id.empty()) json.member("kid", key_id);
  json.end_object();
  return to_base64url(as_bytes(header));
}

}  // namespace

Result<AssertionKey> AssertionKey::from_pem(std::string_view pem, std::string_view algorithm, std::string key_id) {
  struct Kind {
    std::string_view name;
    Algorithm algorithm;
    std::string_view needs;
    bool (*fits)(const EVP_PKEY*);
  };
  const auto is_rsa = [](const EVP_PKEY* key) {
    return EVP_PKEY_is_a(key, "RSA") == 1 && EVP_PKEY_get_bits(key) >= least_rsa_bits;
  };
  const auto is_ec = [](const EVP_PKEY* key) { return EVP_PKEY_is_a(key, "EC") == 1 && is_on_p256(key); };
  const auto is_ed = [](const EVP_PKEY* key) { return EVP_PKEY_is_a(key, "ED25519") == 1; };
  const std::array<Kind, 4> kinds{{{"RS256", Algorithm::rs256, "an RSA key of 2048 bits at least", is_rsa},
                                   {"PS256", Algorithm::ps256, "an RSA key of 2048 bits at least", is_rsa},
                                   {"ES256", Algorithm::es256, "a key on the curve P-256", is_ec},
                                   {"EdDSA", Algorithm::eddsa, "an Ed25519 key", is_ed}}};
  for (const auto& kind : kinds) {
    if (kind.name != algorithm) continue;
    auto key = read_private_key(pem);
    if (!key || !kind.fits(key.get()))
      return fail(ErrorCode::crypto,
                  fmt::format("{} needs {}, private, in PEM without a passphrase", kind.name, kind.needs));
    return AssertionKey(std::move(key), kind.algorithm, header_of(algorithm, key_id));
  }
  return fail(ErrorCode::crypto, fmt::format("`{}` signs no assertion: use RS256, PS256, ES256 or EdDSA", algorithm));
}

std::string AssertionKey::signature_over(std::string_view text) const {
  const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;  // owned by `context`
  const auto* digest = algorithm_ == Algorithm::eddsa ? nullptr : EVP_sha256();
  if (!context || EVP_DigestSignInit(context.get(), &key_context, digest, nullptr, key_.get()) != 1) return {};
  if (algorithm_ == Algorithm::ps256 && !use_pss(key_context)) return {};
  const auto bytes = as_bytes(text);
  std::size_t size = 0;
  if (EVP_DigestSign(context.get(), nullptr, &size, bytes.data(), bytes.size()) != 1) return {};
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes.data(),
                     bytes.size()) != 1)
    return {};
  signature.resize(size);
  return algorithm_ == Algorithm::es256 ? to_jose(signature) : signature;
}

Result<std::string> AssertionKey::sign(std::string_view claims) const {
  auto token = header_ + "." + to_base64url(as_bytes(claims));
  const auto signature = signature_over(token);
  if (signature.empty()) return fail(ErrorCode::crypto, "the assertion could not be signed");
  return token + "." + to_base64url(as_bytes(signature));
}

}  // namespace ketenpoort::adapters
