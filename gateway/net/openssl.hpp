// OpenSSL's objects as owners. Included by the TLS files of net/ alone.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace ketenpoort::net {

template <auto free_function>
struct OpenSslFree {
  template <class T>
  void operator()(T* object) const {
    free_function(object);
  }
};

using BioPtr = std::unique_ptr<BIO, OpenSslFree<BIO_free_all>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, OpenSslFree<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, OpenSslFree<X509_free>>;
using RevocationListPtr = std::unique_ptr<X509_CRL, OpenSslFree<X509_CRL_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, OpenSslFree<X509_EXTENSION_free>>;
using SslContextPtr = std::unique_ptr<SSL_CTX, OpenSslFree<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, OpenSslFree<SSL_free>>;
using SslSessionPtr = std::unique_ptr<SSL_SESSION, OpenSslFree<SSL_SESSION_free>>;

// The first error OpenSSL queued on this thread, in its words; clears the queue.
std::string openssl_reason();

BioPtr memory_bio(std::string_view content);
std::string content_of(BIO* bio);
CertificatePtr parse_certificate(std::string_view pem);  // null when it is none
KeyPtr parse_private_key(std::string_view pem);          // null when it is none
std::optional<std::chrono::sys_seconds> moment_of(const ASN1_TIME* time);

}  // namespace ketenpoort::net
