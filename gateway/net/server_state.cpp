#include "gateway/net/server_state.hpp"

#include <stdexcept>

#include "gateway/net/tls_context.hpp"

namespace ketenpoort::net {
namespace {

using metrics::Label;
using metrics::Tag;
using metrics::Tags;

Tags listener_tags(bool tls) {
  return {Tag("listener", tls ? Label("https") : Label("http"))};
}

metrics::Counter* class_counter(metrics::Registry& registry, bool tls, Label status_class) {
  auto tags = listener_tags(tls);
  tags.push_back(Tag("status", status_class));
  return &registry.counter("ketenpoort_http_replies_total", "Replies by class of status", tags);
}

}  // namespace

ServerMetrics::ServerMetrics(metrics::Registry& registry, bool tls)
    : connections(registry.gauge("ketenpoort_http_connections", "Open connections", listener_tags(tls))),
      accepted(registry.counter("ketenpoort_http_connections_total", "Connections accepted", listener_tags(tls))),
      failed_handshakes(registry.counter("ketenpoort_http_tls_failures_total",
                                         "TLS handshakes that failed or took too long", listener_tags(tls))),
      resumed_handshakes(registry.counter("ketenpoort_http_tls_resumed_total", "TLS handshakes that resumed a session",
                                          listener_tags(tls))),
      refused_framing(registry.counter("ketenpoort_http_refused_total", "Requests refused before any handler saw them",
                                       listener_tags(tls))),
      shed(registry.counter("ketenpoort_http_shed_total", "Requests answered 503 because too many were in flight",
                            listener_tags(tls))),
      expired(registry.counter("ketenpoort_http_expired_total", "Requests or answers that took too long",
                               listener_tags(tls))),
      duration(registry.histogram("ketenpoort_http_request_seconds", "From a whole request to its answer written",
                                  listener_tags(tls))) {
  by_class = {class_counter(registry, tls, "other"), class_counter(registry, tls, "1xx"),
              class_counter(registry, tls, "2xx"),   class_counter(registry, tls, "3xx"),
              class_counter(registry, tls, "4xx"),   class_counter(registry, tls, "5xx")};
}

ServerState::ServerState(ServerOptions server_options, api::Handler request_handler)
    : options(std::move(server_options)),
      handler(std::move(request_handler)),
      figures(options.registry != nullptr ? *options.registry : own_registry_, options.tls.has_value()) {}

SslPtr ServerState::new_ssl() const {
  const std::lock_guard lock(mutex_);
  if (!context_) return nullptr;
  SslPtr ssl(SSL_new(context_.get()));  // keeps a reference to the context: a reload does not concern it
  if (!ssl) throw std::runtime_error("OpenSSL failed: " + openssl_reason());
  SSL_set_accept_state(ssl.get());
  return ssl;
}

void ServerState::use(SslContextPtr context) {
  const std::lock_guard lock(mutex_);
  context_ = std::move(context);
  let_in_.clear();
  ++files_read;
}

bool ServerState::lets_in(const SSL* ssl, const Digest& thumbprint) {
  const std::lock_guard lock(mutex_);
  if (let_in_.contains(thumbprint)) return true;
  if (!would_let_in(context_.get(), ssl)) return false;
  let_in_.insert(thumbprint);
  return true;
}

void ServerState::connection_opened() {
  ++connections;
  figures.connections.add(1);
}

void ServerState::connection_ended() {
  const std::lock_guard lock(mutex_);
  figures.connections.add(-1);
  if (--connections == 0) became_empty_.notify_all();
}

bool ServerState::wait_until_empty(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return became_empty_.wait_for(lock, time, [this] { return connections == 0; });
}

}  // namespace ketenpoort::net
