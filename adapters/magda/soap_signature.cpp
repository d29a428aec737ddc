#include "adapters/magda/soap_signature.hpp"

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <xmlsec/keys.h>
#include <xmlsec/xmltree.h>

#include <utility>

#include "adapters/magda/answer.hpp"
#include "adapters/magda/xml_security.hpp"
#include "gateway/base/bytes.hpp"
#include "gateway/base/owned.hpp"

namespace ketenpoort::adapters::magda {
namespace {

constexpr std::chrono::minutes lifetime{5};  // of a message; what took longer was held up or sent again
constexpr int least_rsa_bits = 2048;

using Bio = Owned<BIO, BIO_free_all>;

Bio bio_of(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// An encrypted key is not asked a password for: nobody sits at the terminal.
int no_password(char*, int, int, void*) {
  return -1;
}

std::string base64_of(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  if (size <= 0) return {};
  auto text = to_base64({der, static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  return text;
}

std::string_view algorithm_for(const EVP_PKEY* key) {
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
    return EVP_PKEY_get_bits(key) >= least_rsa_bits ? rsa_sha256 : std::string_view{};
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC ? ecdsa_sha256 : std::string_view{};
}

std::string reference_to(std::string_view id) {
  return fmt::format(R"(<ds:Reference URI="#{}"><ds:Transforms><ds:Transform Algorithm="{}"/></ds:Transforms>)"
                     R"(<ds:DigestMethod Algorithm="{}"/><ds:DigestValue/></ds:Reference>)",
                     id, exclusive_c14n, sha256_digest);
}

// The signature with its values left open.
std::string signature_template(std::string_view algorithm) {
  return fmt::format(
      R"(<ds:Signature xmlns:ds="{}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{}"/>)"
      R"(<ds:SignatureMethod Algorithm="{}"/>{}{}{}</ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo>)"
      R"(<wsse:SecurityTokenReference><wsse:Reference URI="#token" ValueType="{}"/></wsse:SecurityTokenReference>)"
      R"(</ds:KeyInfo></ds:Signature>)",
      signature_namespace, exclusive_c14n, algorithm, reference_to("body"), reference_to("timestamp"),
      reference_to("token"), x509v3_token);
}

}  // namespace

struct SoapSigner::Keys {
  SecKey key;
  std::string before_timestamp;  // the envelope up to Created
  std::string after_timestamp;   // from Timestamp's end up to the message
};

SoapSigner::SoapSigner(std::unique_ptr<Keys> keys) : keys_(std::move(keys)) {}
SoapSigner::SoapSigner(SoapSigner&&) noexcept = default;
SoapSigner& SoapSigner::operator=(SoapSigner&&) noexcept = default;
SoapSigner::~SoapSigner() = default;

Result<SoapSigner> SoapSigner::open(std::string_view certificate_pem, std::string_view key_pem) {
  if (!start_xml_security()) return fail(ErrorCode::crypto, "libxmlsec1 does not start");
  const Certificate certificate(PEM_read_bio_X509(bio_of(certificate_pem).get(), nullptr, no_password, nullptr));
  if (!certificate) return fail(ErrorCode::config, "the signing certificate is no certificate in PEM");
  PrivateKey key(PEM_read_bio_PrivateKey(bio_of(key_pem).get(), nullptr, no_password, nullptr));
  if (!key) return fail(ErrorCode::config, "the signing key is no private key in PEM, or is protected by a password");
  if (X509_check_private_key(certificate.get(), key.get()) != 1)
    return fail(ErrorCode::config, "the signing key does not belong to the signing certificate");
  const auto algorithm = algorithm_for(key.get());
  if (algorithm.empty())
    return fail(ErrorCode::config, "the signing key must be RSA of 2048 bits or more, or EC (P-256, P-384, P-521)");
  auto keys = std::make_unique<Keys>();
  keys->key = adopt_key(std::move(key));
  if (!keys->key) return fail(ErrorCode::config, "libxmlsec1 cannot use the signing key");
  keys->before_timestamp = fmt::format(
      R"(<soapenv:Envelope xmlns:soapenv="{}"><soapenv:Header><wsse:Security xmlns:wsse="{}" xmlns:wsu="{}" )"
      R"(soapenv:mustUnderstand="1"><wsu:Timestamp wsu:Id="timestamp"><wsu:Created>)",
      soap_namespace, wsse_namespace, wsu_namespace);
  keys->after_timestamp = fmt::format(
      R"(</wsu:Expires></wsu:Timestamp><wsse:BinarySecurityToken wsu:Id="token" EncodingType="{}" ValueType="{}">{})"
      R"(</wsse:BinarySecurityToken>{}</wsse:Security></soapenv:Header><soapenv:Body xmlns:wsu="{}" wsu:Id="body">)",
      base64_encoding, x509v3_token, base64_of(certificate.get()), signature_template(algorithm), wsu_namespace);
  return SoapSigner(std::move(keys));
}

Result<std::string> SoapSigner::envelope(std::string_view message, Timestamp now) const {
  const auto document = read_xml(fmt::format("{}{}</wsu:Created><wsu:Expires>{}{}{}</soapenv:Body></soapenv:Envelope>",
                                             keys_->before_timestamp, to_rfc3339(now), to_rfc3339(now + lifetime),
                                             keys_->after_timestamp, message));
  if (!document || !index_ids(document.get())) return fail(ErrorCode::malformed, "the message is not one XML element");
  auto* const place =
      xmlSecFindNode(xmlDocGetRootElement(document.get()), to_xml("Signature"), to_xml(signature_namespace.data()));
  const SignatureContext context(xmlSecDSigCtxCreate(nullptr));
  if (place == nullptr || !context) return fail(ErrorCode::crypto, "libxmlsec1 cannot sign");
  context->signKey = xmlSecKeyDuplicate(keys_->key.get());
  if (context->signKey == nullptr || xmlSecDSigCtxSign(context.get(), place) < 0)
    return fail(ErrorCode::crypto, "libxmlsec1 cannot sign");
  xmlChar* text = nullptr;
  int size = 0;
  xmlDocDumpMemoryEnc(document.get(), &text, &size, "UTF-8");
  if (text == nullptr) return fail(ErrorCode::crypto, "the signed message cannot be written");
  std::string signed_message(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  xmlFree(text);
  return signed_message;
}

}  // namespace ketenpoort::adapters::magda
