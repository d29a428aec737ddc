// OpenSSL's objects as owners. Included by the TLS files of net/ alone.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/owned.hpp"
#include "gateway/base/result.hpp"

namespace ketenpoort::net {

using BioPtr = Owned<BIO, BIO_free_all>;
using KeyPtr = Owned<EVP_PKEY, EVP_PKEY_free>;
using CertificatePtr = Owned<X509, X509_free>;
using RevocationListPtr = Owned<X509_CRL, X509_CRL_free>;
using ExtensionPtr = Owned<X509_EXTENSION, X509_EXTENSION_free>;
using SslContextPtr = Owned<SSL_CTX, SSL_CTX_free>;
using SslPtr = Owned<SSL, SSL_free>;
using SslSessionPtr = Owned<SSL_SESSION, SSL_SESSION_free>;

// The first error OpenSSL queued on this thread, in its words; clears the queue.
std::string openssl_reason();

BioPtr memory_bio(std::string_view content);
std::string content_of(BIO* bio);
CertificatePtr parse_certificate(std::string_view pem);  // null when it is none
KeyPtr parse_private_key(std::string_view pem);          // null when it is none
std::optional<std::chrono::sys_seconds> moment_of(const ASN1_TIME* time);

}  // namespace ketenpoort::net
