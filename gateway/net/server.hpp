// The HTTPS/1.1 server: connections in, one api::Handler call per request, replies out. Each I/O thread has an
// io_context of its own and a connection stays on one thread, so nothing in a connection is locked. Replies may come
// from any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gateway/api/http/http.hpp"
#include "gateway/base/result.hpp"
#include "gateway/observability/metrics.hpp"

namespace ketenpoort::net {

// PEM files. They are read at start and at every reload().
struct ServerTls {
  std::filesystem::path certificate_chain;
  std::filesystem::path private_key;
  std::filesystem::path client_authorities{};  // empty: client certificates are not asked for
  std::filesystem::path client_revocations{};  // CRLs of those authorities; empty: revocation is not checked
};

struct ServerLimits {
  std::size_t head_bytes = 16U << 10;  // request line and header fields
  std::size_t body_bytes = 1U << 20;
  std::string streamed_path{};  // a POST there may be chunked, and its body goes to the handler piece by piece
  std::uint64_t streamed_bytes = 0;
  std::size_t connections = 4096;         // beyond: the one that waits for its peer for longest makes room
  std::size_t requests_in_flight = 1024;  // beyond: 503 with Retry-After
};

// Kept by a sweep every 50 ms, so they hold to that precision.
struct ServerDeadlines {
  std::chrono::milliseconds handshake{10'000};
  std::chrono::milliseconds head{10'000};  // from a request's first byte to its empty line
  std::chrono::milliseconds body{30'000};
  std::chrono::milliseconds idle{75'000};    // between requests of a connection
  std::chrono::milliseconds answer{30'000};  // for the handler; then 503 and the connection is closed
  std::chrono::milliseconds write{30'000};
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;        // 0: any free one, see Server::port()
  std::optional<ServerTls> tls;  // without: plain HTTP, on loopback addresses only (metrics, readiness)
  ServerLimits limits;
  ServerDeadlines deadlines;
  std::size_t threads = 1;
  // Looks at the head of a request whose body is still on its way: an answer refuses it, and the body is not waited
  // for. On the I/O thread; must not block.
  std::function<std::optional<api::Reply>(const api::Request&)> refuse_unread{};
  metrics::Registry* registry = nullptr;  // must outlive the server
};

class Server {
 public:
  // Binds, listens and starts its threads. ErrorCode::config for files and addresses, io when the port cannot be had.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, api::Handler handler);
  ~Server();  // stop(0) if nobody did
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::uint16_t port() const;

  // New connections get the files as they are now; the open ones live on. On failure nothing changes.
  Status reload();
  // The same in two steps: the files are read and checked now, and count once the step that is handed back is taken. It
  // cannot fail, and must not outlive the server.
  Result<std::function<void()>> prepare_reload();

  // Stops accepting, closes idle connections, lets running requests finish (their answers say Connection: close) for at
  // most `drain`, closes what is left and returns when every thread has ended. Replies that come later are dropped.
  void stop(std::chrono::milliseconds drain);

 private:
  class Implementation;
  explicit Server(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace ketenpoort::net
