// Throw-away certificates, a server of them on loopback, and a peer that sends raw bytes over real TLS.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "gateway/net/certificates.hpp"
#include "gateway/net/openssl.hpp"
#include "gateway/net/server.hpp"
#include "tests/support/scratch_folder.hpp"

namespace ketenpoort::net::test {

using namespace std::chrono_literals;

// An authority, a server certificate for loopback and a client certificate, as files.
class Certificates {
 public:
  Certificates() {
    authority_ = make_authority("Test authority", 2).value();
    server_ = issue_server(authority_, {"localhost", "127.0.0.1", "::1"}, 2).value();
    client_ = issue_client(authority_, "test-client", 2).value();
    ca = folder_.write("ca.pem", authority_.certificate);
    client_certificate = folder_.write("client.pem", client_.certificate);
    client_key = folder_.write("client.key", client_.private_key);
    server_certificate = folder_.write("server.pem", server_.certificate);
    server_key = folder_.write("server.key", server_.private_key);
  }

  [[nodiscard]] ServerTls server_tls() const { return {server_certificate, server_key, ca, {}}; }
  [[nodiscard]] const KeyedCertificate& authority() const { return authority_; }
  [[nodiscard]] const KeyedCertificate& client() const { return client_; }
  [[nodiscard]] const KeyedCertificate& server() const { return server_; }
  [[nodiscard]] const ketenpoort::test::ScratchFolder& folder() const { return folder_; }

  std::filesystem::path ca;
  std::filesystem::path client_certificate;
  std::filesystem::path client_key;
  std::filesystem::path server_certificate;
  std::filesystem::path server_key;

 private:
  ketenpoort::test::ScratchFolder folder_;
  KeyedCertificate authority_;
  KeyedCertificate server_;
  KeyedCertificate client_;
};

inline const Certificates& certificates() {
  static const Certificates made;
  return made;
}

struct PeerOptions {
  bool client_certificate = false;
  int max_version = TLS1_3_VERSION;
  std::string alpn{};  // wire format
  std::filesystem::path certificate = certificates().client_certificate;
  std::filesystem::path key = certificates().client_key;
};

// A blocking TLS client that sends what it is told, right or wrong. Reads give up after five seconds.
class RawPeer {
 public:
  explicit RawPeer(std::uint16_t port, const PeerOptions& options = {}) {
    ::signal(SIGPIPE, SIG_IGN);  // OpenSSL's own socket BIO writes to who has closed
    socket_ = connect_to(port);
    context_.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_max_proto_version(context_.get(), options.max_version);
    SSL_CTX_set_min_proto_version(context_.get(), 0);
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_load_verify_file(context_.get(), certificates().ca.c_str());
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    if (options.client_certificate) {
      SSL_CTX_use_certificate_file(context_.get(), options.certificate.c_str(), SSL_FILETYPE_PEM);
      SSL_CTX_use_PrivateKey_file(context_.get(), options.key.c_str(), SSL_FILETYPE_PEM);
    }
    ssl_.reset(SSL_new(context_.get()));
    if (!options.alpn.empty())
      SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(options.alpn.data()),
                          static_cast<unsigned>(options.alpn.size()));
    SSL_set_fd(ssl_.get(), socket_);
    connected_ = SSL_connect(ssl_.get()) == 1;
  }
  ~RawPeer() {
    ssl_.reset();
    ::close(socket_);
  }
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;

  static int connect_to(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_TRUE(connect(fd, port));
    return fd;
  }
  static bool connect(int fd, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{5, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] SSL* ssl() const { return ssl_.get(); }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const int sent = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // One whole answer by its Content-Length; what there is when the connection ends before.
  std::string receive_answer() {
    while (true) {
      const auto head = received_.find("\r\n\r\n");
      if (head != std::string::npos) {
        const auto size = head + 4 + content_length(received_.substr(0, head));
        if (received_.size() >= size) return take(size);
      }
      if (!receive_more()) return take(received_.size());
    }
  }

  // Everything until the peer closes.
  std::string receive_all() {
    while (receive_more()) {
    }
    return take(received_.size());
  }

  // True when the server has closed; false when nothing came in time or it sent more.
  bool is_closed() {
    char byte = 0;
    const int result = SSL_read(ssl_.get(), &byte, 1);
    if (result > 0) return false;
    const auto error = SSL_get_error(ssl_.get(), result);
    return error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE;
  }

  std::string ask(std::string_view request) {
    send(request);
    return receive_answer();
  }

 private:
  bool receive_more() {
    char block[16384];
    const int size = SSL_read(ssl_.get(), block, sizeof block);
    if (size > 0) received_.append(block, static_cast<std::size_t>(size));
    return size > 0;
  }

  std::string take(std::size_t size) {
    auto taken = received_.substr(0, size);
    received_.erase(0, size);
    return taken;
  }

  static std::size_t content_length(const std::string& head) {
    const auto at = head.find("Content-Length: ");
    return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
  }

  int socket_ = -1;
  SslContextPtr context_;
  SslPtr ssl_;
  bool connected_ = false;
  std::string received_;
};

inline int status_of(const std::string& answer) {
  return answer.starts_with("HTTP/1.1 ") ? std::stoi(answer.substr(9, 3)) : 0;
}

// Of the first answer: another may stand behind it.
inline std::string header_of(const std::string& answer, const std::string& name) {
  const auto head = answer.substr(0, answer.find("\r\n\r\n")) + "\r\n";
  const auto at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return {};
  const auto begin = at + name.size() + 4;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

inline std::string body_of(const std::string& answer) {
  const auto at = answer.find("\r\n\r\n");
  return at == std::string::npos ? std::string() : answer.substr(at + 4);
}

// Says back method, path, query and body.
inline void echo(const api::Request& request, const api::ReplyTo& reply_to) {
  api::Reply reply;
  reply.content_type = "text/plain";
  reply.body = request.method + " " + request.path + " " + request.query + " " + request.body;
  reply_to(std::move(reply));
}

// Whether the metrics come to say so, within five seconds.
inline bool comes_to_say(const metrics::Registry& registry, const std::string& line) {
  for (int i = 0; i < 500 && registry.render().find(line) == std::string::npos; ++i) std::this_thread::sleep_for(10ms);
  return registry.render().find(line) != std::string::npos;
}

inline std::string open_connections(int count) {
  return "ketenpoort_http_connections{listener=\"https\"} " + std::to_string(count) + "\n";
}

inline std::unique_ptr<Server> start_server(api::Handler handler = echo, ServerOptions options = {}) {
  options.tls = certificates().server_tls();
  auto server = Server::start(std::move(options), std::move(handler));
  if (!server) throw std::runtime_error(server.error().message);
  return std::move(*server);
}

constexpr std::string_view simple_get = "GET /hello?a=1 HTTP/1.1\r\nHost: localhost\r\n\r\n";

inline std::string post(std::string_view body, std::string_view more = "") {
  return "POST /things HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(more) + "\r\n" + std::string(body);
}

}  // namespace ketenpoort::net::test
