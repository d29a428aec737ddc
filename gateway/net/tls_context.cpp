#include "gateway/net/tls_context.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509err.h>

#include <string>

#include "gateway/base/owned.hpp"

namespace ketenpoort::net {
namespace {

constexpr const char* suites_1_2 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* groups = "X25519:P-256:P-384";
constexpr unsigned char alpn_http_1_1[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

struct FreeCertificates {
  void operator()(STACK_OF(X509) * list) const { sk_X509_pop_free(list, &X509_free); }
};

int no_passphrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*user*/) {
  return 0;  // an encrypted key fails to load instead of asking on a terminal
}

int select_protocol(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                    unsigned offered_size, void* /*user*/) {
  unsigned char* selected = nullptr;
  const int result =
      SSL_select_next_proto(&selected, out_size, alpn_http_1_1, sizeof alpn_http_1_1, offered, offered_size);
  *out = selected;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

tl::unexpected<Error> file_error(std::string_view what, const std::filesystem::path& file) {
  return fail(ErrorCode::config, fmt::format("{}: {} ({})", file.string(), what, openssl_reason()));
}

bool set_common(SSL_CTX* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(
      context,
      SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
          SSL_MODE_NO_AUTO_CHAIN);     // our file holds the whole chain: no need to build it at every handshake
  SSL_CTX_set_read_ahead(context, 1);  // one recv for a record's header and content
  SSL_CTX_set_default_passwd_cb(context, &no_passphrase);
  SSL_CTX_set_security_level(context, 2);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_cipher_list(context, suites_1_2) == 1 && SSL_CTX_set1_groups_list(context, groups) == 1;
}

// Of a key that OpenSSL read, and found to be another's.
bool is_of_another_certificate(unsigned long error) {
  return ERR_GET_LIB(error) == ERR_LIB_X509 &&
         (ERR_GET_REASON(error) == X509_R_KEY_VALUES_MISMATCH || ERR_GET_REASON(error) == X509_R_KEY_TYPE_MISMATCH);
}

Status use_own_certificate(SSL_CTX* context, const std::filesystem::path& chain, const std::filesystem::path& key) {
  const auto not_its_key = "is not the key of the certificate " + chain.string();
  if (SSL_CTX_use_certificate_chain_file(context, chain.c_str()) != 1)
    return file_error("must hold a certificate with its chain in PEM", chain);
  if (SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) != 1)
    return file_error(
        is_of_another_certificate(ERR_peek_error()) ? not_its_key : "must hold a private key in PEM, not encrypted",
        key);
  if (SSL_CTX_check_private_key(context) != 1) return file_error(not_its_key, key);
  return {};
}

// Whether one of the authorities signed it: another's list would say nothing of the certificates that are let in.
bool is_of_an_authority(X509_CRL* list, const STACK_OF(X509) * authorities) {
  for (int i = 0; i < sk_X509_num(authorities); ++i) {
    auto* const authority = sk_X509_value(authorities, i);
    if (X509_NAME_cmp(X509_get_subject_name(authority), X509_CRL_get_issuer(list)) == 0 &&
        X509_CRL_verify(list, X509_get0_pubkey(authority)) == 1)
      return true;
  }
  return false;
}

Status add_revocation_lists(X509_STORE* store, const ServerTls& files) {
  const auto& file = files.client_revocations;
  const BioPtr pem(BIO_new_file(file.c_str(), "r"));
  const std::unique_ptr<STACK_OF(X509), FreeCertificates> authorities(X509_STORE_get1_all_certs(store));
  if (!pem || !authorities) return file_error("must hold revocation lists in PEM", file);
  int count = 0;
  while (const RevocationListPtr list{PEM_read_bio_X509_CRL(pem.get(), nullptr, nullptr, nullptr)}) {
    ++count;
    if (!is_of_an_authority(list.get(), authorities.get()))
      return fail(ErrorCode::config, file.string() + ": error: list " + std::to_string(count) +
                                         " in it is signed by no authority of " + files.client_authorities.string() +
                                         "; put its authority there, or take the list away");
    if (X509_STORE_add_crl(store, list.get()) != 1) return file_error("not a revocation list that can be used", file);
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (count == 0 || !at_end) return file_error("must hold revocation lists in PEM", file);
  ERR_clear_error();
  X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
  return {};
}

Status ask_for_client_certificates(SSL_CTX* context, const ServerTls& files) {
  if (SSL_CTX_load_verify_file(context, files.client_authorities.c_str()) != 1)
    return file_error("must hold certificates of authorities in PEM", files.client_authorities);
  SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(files.client_authorities.c_str()));
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);  // asked for, not demanded: a token will do as well
  if (files.client_revocations.empty()) return {};
  return add_revocation_lists(SSL_CTX_get_cert_store(context), files);
}

std::string only_common_name(X509* certificate) {
  auto* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return {};
  unsigned char* text = nullptr;
  const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size < 0) return {};
  std::string name(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  return name.find('\0') == std::string::npos ? name : std::string();
}

}  // namespace

Result<SslContextPtr> make_server_context(const ServerTls& files) {
  ERR_clear_error();
  SslContextPtr context(SSL_CTX_new(TLS_server_method()));
  if (!context || !set_common(context.get())) return fail(ErrorCode::crypto, "TLS set-up failed: " + openssl_reason());
  SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);  // HTTP knows by itself whether a request is whole
  SSL_CTX_set_alpn_select_cb(context.get(), &select_protocol, nullptr);
  SSL_CTX_set_num_tickets(context.get(), 1);
  static constexpr unsigned char session_context[] = "ketenpoort";
  SSL_CTX_set_session_id_context(context.get(), session_context, sizeof session_context - 1);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);  // tickets alone: no memory per client
  if (auto used = use_own_certificate(context.get(), files.certificate_chain, files.private_key); !used)
    return fail(used.error());
  if (files.client_authorities.empty()) return context;
  if (auto asked = ask_for_client_certificates(context.get(), files); !asked) return fail(asked.error());
  return context;
}

Result<SslContextPtr> make_client_context(const ClientTls& files) {
  ERR_clear_error();
  SslContextPtr context(SSL_CTX_new(TLS_client_method()));
  if (!context || !set_common(context.get())) return fail(ErrorCode::crypto, "TLS set-up failed: " + openssl_reason());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_alpn_protos(context.get(), alpn_http_1_1, sizeof alpn_http_1_1);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  if (files.ca_file.empty()) {
    if (SSL_CTX_set_default_verify_paths(context.get()) != 1) return fail(ErrorCode::config, openssl_reason());
  } else if (SSL_CTX_load_verify_file(context.get(), files.ca_file.c_str()) != 1) {
    return file_error("must hold certificates of authorities in PEM", files.ca_file);
  }
  if (files.certificate_chain.empty()) return context;
  if (auto used = use_own_certificate(context.get(), files.certificate_chain, files.private_key); !used)
    return fail(used.error());
  return context;
}

std::optional<api::ClientCertificate> peer_certificate(const SSL* ssl) {
  auto* const certificate = SSL_get0_peer_certificate(ssl);
  if (certificate == nullptr || SSL_get_verify_result(ssl) != X509_V_OK) return std::nullopt;
  api::ClientCertificate peer;
  unsigned size = 0;
  if (X509_digest(certificate, EVP_sha256(), peer.thumbprint.data(), &size) != 1) return std::nullopt;
  peer.common_name = only_common_name(certificate);
  return peer;
}

std::chrono::sys_seconds end_of_peer_certificate(const SSL* ssl) {
  const auto* const certificate = SSL_get0_peer_certificate(ssl);
  const auto end = certificate == nullptr ? std::nullopt : moment_of(X509_get0_notAfter(certificate));
  return end.value_or(std::chrono::sys_seconds());
}

bool would_let_in(SSL_CTX* context, const SSL* ssl) {
  const Owned<X509_STORE_CTX, X509_STORE_CTX_free> check(X509_STORE_CTX_new());
  // What the peer sent beside its certificate; a resumed session has not kept it.
  auto* const between = SSL_get_peer_cert_chain(ssl);
  if (!check ||
      X509_STORE_CTX_init(check.get(), SSL_CTX_get_cert_store(context), SSL_get0_peer_certificate(ssl), between) != 1)
    return false;
  X509_STORE_CTX_set_default(check.get(), "ssl_client");
  X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(check.get()), SSL_CTX_get_security_level(context));
  const bool trusted = X509_verify_cert(check.get()) == 1;
  ERR_clear_error();
  return trusted;
}

}  // namespace ketenpoort::net
