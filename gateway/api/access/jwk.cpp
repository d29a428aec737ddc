#include "gateway/api/access/jwk.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <optional>

#include "gateway/base/owned.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::api {
namespace {

constexpr std::size_t coordinate_bytes = 32;
constexpr int least_rsa_bits = 2048;

using Number = Owned<BIGNUM, BN_free>;
using ParamBuilder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Params = Owned<OSSL_PARAM, OSSL_PARAM_free>;
using KeyContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;
using DigestContext = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using EcSignature = Owned<ECDSA_SIG, ECDSA_SIG_free>;

std::string text_of(const formats::JsonView& key, std::string_view member) {
  return std::string(key.find(member).as_string().value_or(""));
}

std::optional<Bytes> bytes_of(const formats::JsonView& key, std::string_view member) {
  return from_base64url(text_of(key, member));
}

PublicKeyPtr key_from(const char* type, const ParamBuilder& builder) {
  const Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  const KeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
    return nullptr;
  return PublicKeyPtr(key);
}

PublicKeyPtr ec_key(const formats::JsonView& key) {
  const auto x = bytes_of(key, "x");
  const auto y = bytes_of(key, "y");
  if (!x || !y || x->size() != coordinate_bytes || y->size() != coordinate_bytes) return nullptr;
  Bytes point = {POINT_CONVERSION_UNCOMPRESSED};
  point.insert(point.end(), x->begin(), x->end());
  point.insert(point.end(), y->begin(), y->end());
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1)
    return nullptr;
  return key_from("EC", builder);
}

PublicKeyPtr rsa_key(const formats::JsonView& key) {
  const auto n = bytes_of(key, "n");
  const auto e = bytes_of(key, "e");
  if (!n || !e || n->empty() || e->empty()) return nullptr;
  const Number modulus(BN_bin2bn(n->data(), static_cast<int>(n->size()), nullptr));
  const Number exponent(BN_bin2bn(e->data(), static_cast<int>(e->size()), nullptr));
  const ParamBuilder builder(OSSL_PARAM_BLD_new());
  if (OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1)
    return nullptr;
  auto made = key_from("RSA", builder);
  return made && EVP_PKEY_get_bits(made.get()) >= least_rsa_bits ? std::move(made) : nullptr;
}

PublicKeyPtr ed25519_key(const formats::JsonView& key) {
  const auto x = bytes_of(key, "x");
  if (!x) return nullptr;
  return PublicKeyPtr(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, x->data(), x->size()));
}

// What the key is for, by its own words. An elliptic key can only be for one thing; an RSA key that does not say is for
// RS256, which those sign with that leave it out (RFC 7517, 4.4: it is optional).
std::optional<Algorithm> algorithm_of(const formats::JsonView& key) {
  const auto type = text_of(key, "kty");
  const auto curve = text_of(key, "crv");
  const auto name = text_of(key, "alg");
  const auto declared = parse_algorithm(name);
  const auto is_for = [&](Algorithm one) { return name.empty() || declared == one; };
  if (type == "EC" && curve == "P-256" && is_for(Algorithm::es256)) return Algorithm::es256;
  if (type == "OKP" && curve == "Ed25519" && is_for(Algorithm::eddsa)) return Algorithm::eddsa;
  if (type == "RSA" && is_for(Algorithm::rs256)) return Algorithm::rs256;
  if (type == "RSA" && declared == Algorithm::ps256) return Algorithm::ps256;
  return std::nullopt;
}

PublicKeyPtr public_key(const formats::JsonView& key, Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::es256:
      return ec_key(key);
    case Algorithm::eddsa:
      return ed25519_key(key);
    case Algorithm::rs256:
    case Algorithm::ps256:
      break;
  }
  return rsa_key(key);
}

// JOSE writes r || s (RFC 7518 3.4), OpenSSL reads DER.
std::optional<Bytes> to_der(ByteView signature) {
  if (signature.size() != 2 * coordinate_bytes) return std::nullopt;
  Number r(BN_bin2bn(signature.data(), coordinate_bytes, nullptr));
  Number s(BN_bin2bn(signature.data() + coordinate_bytes, coordinate_bytes, nullptr));
  const EcSignature pair(ECDSA_SIG_new());
  if (!pair || ECDSA_SIG_set0(pair.get(), r.get(), s.get()) != 1) return std::nullopt;
  static_cast<void>(r.release());  // the pair's now
  static_cast<void>(s.release());
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair.get(), &der);
  if (size <= 0) return std::nullopt;
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

bool use_pss(EVP_PKEY_CTX* context) {
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

}  // namespace

std::optional<Algorithm> parse_algorithm(std::string_view name) {
  if (name == "ES256") return Algorithm::es256;
  if (name == "RS256") return Algorithm::rs256;
  if (name == "PS256") return Algorithm::ps256;
  if (name == "EdDSA" || name == "Ed25519") return Algorithm::eddsa;
  return std::nullopt;
}

bool VerificationKey::verifies(std::string_view signed_text, ByteView signature) const {
  Bytes der;
  if (algorithm_ == Algorithm::es256) {
    auto converted = to_der(signature);
    if (!converted) return false;
    der = std::move(*converted);
    signature = der;
  }
  const DigestContext context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;  // owned by `context`
  const auto* digest = algorithm_ == Algorithm::eddsa ? nullptr : EVP_sha256();
  if (!context || EVP_DigestVerifyInit(context.get(), &key_context, digest, nullptr, key_.get()) != 1) return false;
  if (algorithm_ == Algorithm::ps256 && !use_pss(key_context)) return false;
  const auto text = as_bytes(signed_text);
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(), text.data(), text.size()) == 1;
}

Result<KeySet> parse_jwks(std::string_view document) {
  const auto parsed = formats::parse_json(document);
  if (!parsed) return fail(ErrorCode::config, "the key set is not JSON: " + parsed.error().message);
  KeySet keys;
  for (const auto key : parsed->root().find("keys").elements()) {
    const auto use = text_of(key, "use");
    if (!use.empty() && use != "sig") continue;
    const auto id = text_of(key, "kid");
    const auto algorithm = algorithm_of(key);
    if (!algorithm) continue;
    if (id.empty()) return fail(ErrorCode::config, key.where() + ": a key needs a kid");
    auto made = public_key(key, *algorithm);
    if (!made)
      return fail(ErrorCode::config, key.where() + ": not a valid public key of its kind (RSA: 2048 bits at least)");
    if (!keys.try_emplace(id, *algorithm, std::move(made)).second)
      return fail(ErrorCode::config, key.where() + ": two keys share a kid");
  }
  if (keys.empty())
    return fail(ErrorCode::config, "the key set holds no key for ES256, RS256, PS256 or EdDSA signatures");
  return keys;
}

}  // namespace ketenpoort::api
