// What the threads of one server share.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>

#include "gateway/base/digest.hpp"
#include "gateway/net/openssl.hpp"
#include "gateway/net/server.hpp"
#include "gateway/observability/metrics.hpp"

namespace ketenpoort::net {

struct ServerMetrics {
  explicit ServerMetrics(metrics::Registry& registry, bool tls);
  metrics::Gauge& connections;
  metrics::Counter& accepted;
  metrics::Counter& failed_handshakes;
  metrics::Counter& resumed_handshakes;
  metrics::Counter& refused_framing;
  metrics::Counter& shed;
  metrics::Counter& expired;
  metrics::Histogram& duration;
  std::array<metrics::Counter*, 6> by_class{};  // replies by hundreds of their status
};

// Outlives the server while a handler still holds a ReplyTo.
struct ServerState {
  ServerState(ServerOptions server_options, api::Handler request_handler);

  // Null without TLS.
  [[nodiscard]] SslPtr new_ssl() const;
  void use(SslContextPtr context);
  // Whether the files as they are now let in a certificate that was let in by earlier ones.
  [[nodiscard]] bool lets_in(const SSL* ssl, const Digest& thumbprint);

  void connection_opened();
  void connection_ended();
  bool wait_until_empty(std::chrono::milliseconds time);  // false when connections are left

  const ServerOptions options;
  const api::Handler handler;
  std::atomic<std::size_t> connections{0};
  std::atomic<std::size_t> in_flight{0};  // requests handed to the handler and not yet answered by it
  std::atomic<bool> draining{false};
  std::atomic<std::uint64_t> files_read{0};  // how often: a connection that began before looks at its certificate anew

 private:
  metrics::Registry own_registry_;  // when none was given

 public:
  ServerMetrics figures;

 private:
  mutable std::mutex mutex_;
  std::condition_variable became_empty_;
  SslContextPtr context_;
  std::set<Digest> let_in_;  // of those looked at anew under this context: many connections share a certificate
};

}  // namespace ketenpoort::net
