// TLS settings (RFC 9325): versions 1.2 and 1.3, forward secrecy and authenticated encryption only, no renegotiation,
// no compression, ALPN http/1.1.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>

#include "gateway/api/http/http.hpp"
#include "gateway/net/openssl.hpp"
#include "gateway/net/server.hpp"

namespace ketenpoort::net {

// ErrorCode::config naming the file that does not do.
Result<SslContextPtr> make_server_context(const ServerTls& files);

struct ClientTls {
  std::filesystem::path ca_file;            // empty: the system's authorities
  std::filesystem::path certificate_chain;  // empty: no client certificate
  std::filesystem::path private_key;
};
Result<SslContextPtr> make_client_context(const ClientTls& files);

// The verified certificate of the peer, if it gave one. A certificate without exactly one common name has an empty one
// here.
std::optional<api::ClientCertificate> peer_certificate(const SSL* ssl);

// When that certificate ends by itself; the beginning of time where there is none.
std::chrono::sys_seconds end_of_peer_certificate(const SSL* ssl);

// Whether a handshake under this context would let the certificate in now that the peer gave under an earlier one.
bool would_let_in(SSL_CTX* context, const SSL* ssl);

}  // namespace ketenpoort::net
