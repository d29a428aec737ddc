// Certificates to sign SOAP messages with: self-signed, of the kinds that exist.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace ketenpoort::test {

struct SigningPair {
  std::string certificate, key;  // PEM
};

inline std::string written(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free_all(bio);
  return text;
}

inline SigningPair self_signed(EVP_PKEY* key, const EVP_MD* digest) {
  if (key == nullptr) throw std::runtime_error("no key");
  X509* certificate = X509_new();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 24L * 60 * 60);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>("gateway.example"), -1, -1, 0);
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  X509_set_pubkey(certificate, key);
  if (X509_sign(certificate, key, digest) == 0) throw std::runtime_error("no certificate");
  SigningPair pair;
  BIO* text = BIO_new(BIO_s_mem());
  PEM_write_bio_X509(text, certificate);
  pair.certificate = written(text);
  text = BIO_new(BIO_s_mem());
  PEM_write_bio_PKCS8PrivateKey(text, key, nullptr, nullptr, 0, nullptr, nullptr);
  pair.key = written(text);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return pair;
}

inline const SigningPair& ec_pair() {
  static const auto pair = self_signed(EVP_EC_gen("P-256"), EVP_sha256());
  return pair;
}
inline const SigningPair& rsa_pair() {
  static const auto pair = self_signed(EVP_RSA_gen(2048), EVP_sha256());
  return pair;
}

}  // namespace ketenpoort::test
