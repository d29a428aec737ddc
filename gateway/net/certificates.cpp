#include "gateway/net/certificates.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>

#include "gateway/base/owned.hpp"
#include "gateway/net/openssl.hpp"

namespace ketenpoort::net {
namespace {

constexpr long seconds_a_day = 24L * 60 * 60;
constexpr long clock_skew = 5L * 60;  // valid from a little before now, for peers whose clock lags

struct Profile {
  std::string common_name;
  std::string alternative_names;  // OpenSSL's configuration syntax; empty for none
  const char* basic_constraints;
  const char* key_usage;
  const char* extended_key_usage;  // null for none
  int days;
};

// What signs: the authority's certificate and key, or the new certificate itself when there is none.
struct Signer {
  X509* certificate;
  EVP_PKEY* key;
};

bool add_extension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool set_serial(X509* certificate) {
  auto random = random_bytes<16>();
  random[0] = static_cast<std::uint8_t>((random[0] & 0x7F) | 0x40);  // positive and always 16 bytes (RFC 5280 4.1.2.2)
  const Owned<BIGNUM, BN_free> number(BN_bin2bn(random.data(), static_cast<int>(random.size()), nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool set_subject(X509* certificate, const std::string& common_name) {
  auto* name = X509_get_subject_name(certificate);
  const auto* text = reinterpret_cast<const unsigned char*>(common_name.data());
  return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, text, static_cast<int>(common_name.size()), -1,
                                    0) == 1;
}

bool set_validity(X509* certificate, int days) {
  return X509_gmtime_adj(X509_getm_notBefore(certificate), -clock_skew) != nullptr &&
         X509_gmtime_adj(X509_getm_notAfter(certificate), days * seconds_a_day) != nullptr;
}

bool add_extensions(X509* certificate, X509* issuer, const Profile& profile) {
  return add_extension(certificate, issuer, NID_basic_constraints, profile.basic_constraints) &&
         add_extension(certificate, issuer, NID_key_usage, profile.key_usage) &&
         add_extension(certificate, issuer, NID_subject_key_identifier, "hash") &&
         add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always") &&
         (profile.extended_key_usage == nullptr ||
          add_extension(certificate, issuer, NID_ext_key_usage, profile.extended_key_usage)) &&
         (profile.alternative_names.empty() ||
          add_extension(certificate, issuer, NID_subject_alt_name, profile.alternative_names.c_str()));
}

Result<KeyedCertificate> to_pem(X509* certificate, EVP_PKEY* key) {
  const BioPtr certificate_bio(BIO_new(BIO_s_mem()));
  const BioPtr key_bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(certificate_bio.get(), certificate) != 1 ||
      PEM_write_bio_PKCS8PrivateKey(key_bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return fail(ErrorCode::crypto, "cannot write a certificate: " + openssl_reason());
  return KeyedCertificate{content_of(certificate_bio.get()), content_of(key_bio.get())};
}

Result<KeyedCertificate> make_certificate(const Profile& profile, const Signer* authority) {
  const KeyPtr key(EVP_EC_gen("P-256"));
  const CertificatePtr certificate(X509_new());
  if (!key || !certificate) return fail(ErrorCode::crypto, "cannot make a key: " + openssl_reason());
  auto* const issuer = authority != nullptr ? authority->certificate : certificate.get();
  auto* const signing_key = authority != nullptr ? authority->key : key.get();
  const bool made =
      X509_set_version(certificate.get(), X509_VERSION_3) == 1 && set_serial(certificate.get()) &&
      set_validity(certificate.get(), profile.days) && set_subject(certificate.get(), profile.common_name) &&
      X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer)) == 1 &&
      X509_set_pubkey(certificate.get(), key.get()) == 1 && add_extensions(certificate.get(), issuer, profile) &&
      X509_sign(certificate.get(), signing_key, EVP_sha256()) != 0;
  if (!made) return fail(ErrorCode::crypto, "cannot make a certificate: " + openssl_reason());
  return to_pem(certificate.get(), key.get());
}

Result<KeyedCertificate> issue(const KeyedCertificate& authority, const Profile& profile) {
  const auto certificate = parse_certificate(authority.certificate);
  const auto key = parse_private_key(authority.private_key);
  if (!certificate || !key) return fail(ErrorCode::crypto, "the authority is not a certificate with its key");
  const Signer signer{certificate.get(), key.get()};
  return make_certificate(profile, &signer);
}

bool is_address(const std::string& name) {
  std::array<unsigned char, 16> parsed{};
  return inet_pton(AF_INET, name.c_str(), parsed.data()) == 1 || inet_pton(AF_INET6, name.c_str(), parsed.data()) == 1;
}

// The names go into OpenSSL's configuration syntax, where a comma or colon would mean something.
bool is_plain_name(const std::string& name) {
  return !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-*") ==
                              std::string::npos;
}

bool add_revoked(X509_CRL* list, const std::string& pem) {
  const auto certificate = parse_certificate(pem);
  Owned<X509_REVOKED, X509_REVOKED_free> entry(X509_REVOKED_new());
  const Owned<ASN1_TIME, ASN1_TIME_free> now(X509_gmtime_adj(nullptr, 0));
  if (!certificate || !entry || !now) return false;
  if (X509_REVOKED_set_serialNumber(entry.get(), X509_get_serialNumber(certificate.get())) != 1 ||
      X509_REVOKED_set_revocationDate(entry.get(), now.get()) != 1)
    return false;
  if (X509_CRL_add0_revoked(list, entry.get()) != 1) return false;
  static_cast<void>(entry.release());  // the list owns it now
  return true;
}

}  // namespace

Result<KeyedCertificate> make_authority(const std::string& common_name, int days) {
  const Profile profile{common_name, "", "critical,CA:TRUE,pathlen:0", "critical,keyCertSign,cRLSign", nullptr, days};
  return make_certificate(profile, nullptr);
}

Result<KeyedCertificate> issue_server(const KeyedCertificate& authority, const std::vector<std::string>& names,
                                      int days) {
  std::string alternatives;
  for (const auto& name : names) {
    const bool address = is_address(name);
    if (!address && !is_plain_name(name))
      return fail(ErrorCode::config, "a server name is neither a DNS name nor an address");
    alternatives += (alternatives.empty() ? "" : ",") + std::string(address ? "IP:" : "DNS:") + name;
  }
  if (alternatives.empty()) return fail(ErrorCode::config, "a server certificate needs a name");
  const Profile profile{names.front(), alternatives, "critical,CA:FALSE", "critical,digitalSignature",
                        "serverAuth",  days};
  return issue(authority, profile);
}

Result<KeyedCertificate> issue_client(const KeyedCertificate& authority, const std::string& common_name, int days) {
  const Profile profile{common_name, "", "critical,CA:FALSE", "critical,digitalSignature", "clientAuth", days};
  return issue(authority, profile);
}

Result<std::string> make_revocation_list(const KeyedCertificate& authority, const std::vector<std::string>& revoked,
                                         int days) {
  const auto issuer = parse_certificate(authority.certificate);
  const auto key = parse_private_key(authority.private_key);
  const RevocationListPtr list(X509_CRL_new());
  const Owned<ASN1_TIME, ASN1_TIME_free> from(X509_gmtime_adj(nullptr, -clock_skew));
  const Owned<ASN1_TIME, ASN1_TIME_free> until(X509_gmtime_adj(nullptr, days * seconds_a_day));
  if (!issuer || !key || !list || !from || !until)
    return fail(ErrorCode::crypto, "the authority is not a certificate with its key");
  bool made = X509_CRL_set_version(list.get(), X509_CRL_VERSION_2) == 1 &&
              X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(issuer.get())) == 1 &&
              X509_CRL_set1_lastUpdate(list.get(), from.get()) == 1 &&
              X509_CRL_set1_nextUpdate(list.get(), until.get()) == 1;
  for (const auto& certificate : revoked) made = made && add_revoked(list.get(), certificate);
  made = made && X509_CRL_sort(list.get()) == 1 && X509_CRL_sign(list.get(), key.get(), EVP_sha256()) != 0;
  const BioPtr out(BIO_new(BIO_s_mem()));
  if (!made || PEM_write_bio_X509_CRL(out.get(), list.get()) != 1)
    return fail(ErrorCode::crypto, "cannot make a revocation list: " + openssl_reason());
  return content_of(out.get());
}

Result<CertificateLife> certificate_life(std::string_view certificates_pem) {
  const auto in = memory_bio(certificates_pem);
  std::optional<CertificateLife> life;
  while (in) {
    const CertificatePtr one(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
    if (!one) break;
    const auto begins = moment_of(X509_get0_notBefore(one.get()));
    const auto ends = moment_of(X509_get0_notAfter(one.get()));
    if (!begins || !ends) return fail(ErrorCode::crypto, "a certificate without a time that can be read");
    if (!life) life = CertificateLife{*begins, *ends};
    life = CertificateLife{std::max(life->begins, *begins), std::min(life->ends, *ends)};
  }
  ERR_clear_error();
  if (!life) return fail(ErrorCode::crypto, "not a PEM certificate");
  return *life;
}

std::optional<std::chrono::sys_seconds> end_of_revocation_lists(std::string_view lists_pem) {
  const auto in = memory_bio(lists_pem);
  std::optional<std::chrono::sys_seconds> first;
  while (in) {
    const RevocationListPtr one(PEM_read_bio_X509_CRL(in.get(), nullptr, nullptr, nullptr));
    if (!one) break;
    const auto* const next = X509_CRL_get0_nextUpdate(one.get());
    const auto ends = next == nullptr ? std::nullopt : moment_of(next);
    if (ends) first = first ? std::min(*first, *ends) : *ends;
  }
  ERR_clear_error();
  return first;
}

Result<Digest> certificate_thumbprint(std::string_view certificate_pem) {
  const auto certificate = parse_certificate(certificate_pem);
  Digest digest{};
  unsigned size = 0;
  if (!certificate || X509_digest(certificate.get(), EVP_sha256(), digest.data(), &size) != 1)
    return fail(ErrorCode::crypto, "not a PEM certificate");
  return digest;
}

}  // namespace ketenpoort::net
