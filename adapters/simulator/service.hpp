// A simulator on the network: HTTPS in front, what it does on worker threads behind.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "adapters/simulator/simulator.hpp"
#include "gateway/net/server.hpp"

namespace ketenpoort::simulator {

struct ServiceOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one
  net::ServerTls tls;      // with client_authorities, a client certificate is required of every message
  SimulatorOptions simulator;
};

class Service {
 public:
  // What answers a request; called on worker threads.
  using React = std::function<Reaction(const api::Request&)>;

  static Result<std::unique_ptr<Service>> start(ServiceOptions options);
  static Result<std::unique_ptr<Service>> start(net::ServerOptions options, React react, bool at_once = false);
  ~Service();  // lets running requests finish for a moment, then ends
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  [[nodiscard]] std::uint16_t port() const { return server_->port(); }

 private:
  explicit Service(React react) : react_(std::move(react)) {}
  void handle(api::Request request, api::ReplyTo reply_to);
  void react(const api::Request& request, const api::ReplyTo& reply_to);

  const React react_;
  bool at_once_ = false;  // on the I/O thread: what is quick costs less there than to be handed on
  boost::asio::thread_pool workers_{8};
  std::unique_ptr<net::Server> server_;
};

}  // namespace ketenpoort::simulator
