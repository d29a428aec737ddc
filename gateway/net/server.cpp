#include "gateway/net/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <vector>

#include "gateway/net/tls_context.hpp"
#include "gateway/net/worker.hpp"
#include "gateway/observability/log.hpp"

namespace ketenpoort::net {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds accept_pause{100};  // out of file descriptors: some must be closed first
constexpr std::chrono::seconds abort_time{5};

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;

Error listen_error(const ServerOptions& options, const error_code& error) {
  return {ErrorCode::io,
          "cannot listen on " + options.address + " port " + std::to_string(options.port) + ": " + error.message()};
}

}  // namespace

class Server::Implementation {
 public:
  explicit Implementation(std::shared_ptr<ServerState> state) : state_(std::move(state)) {
    for (std::size_t i = 0; i < std::max<std::size_t>(1, state_->options.threads); ++i)
      workers_.push_back(std::make_unique<Worker>(state_));
    acceptor_ = std::make_unique<Acceptor>(workers_.front()->context());
  }

  Status listen() {
    const auto& options = state_->options;
    error_code error;
    const auto address = asio::ip::make_address(options.address, error);
    if (error) return fail(ErrorCode::config, options.address + " is not an IP address to listen on");
    if (!options.tls && !address.is_loopback())
      return fail(ErrorCode::config, options.address + ": plain HTTP is served on loopback addresses only");
    const asio::ip::tcp::endpoint endpoint(address, options.port);
    acceptor_->open(endpoint.protocol(), error);
    if (!error) acceptor_->set_option(Acceptor::reuse_address(true), error);
    if (!error) acceptor_->bind(endpoint, error);
    if (!error) acceptor_->listen(Acceptor::max_listen_connections, error);
    if (!error) port_ = acceptor_->local_endpoint(error).port();
    if (error) return fail(listen_error(options, error));
    return {};
  }

  void start() {
    asio::co_spawn(workers_.front()->context(), accept_connections(), asio::detached);
    for (auto& worker : workers_) worker->start();
  }

  Result<std::function<void()>> prepare_reload() {
    if (!state_->options.tls) return [] {};
    auto context = make_server_context(*state_->options.tls);
    if (!context) return fail(context.error());
    return [this, shared = std::make_shared<SslContextPtr>(std::move(*context))] {
      if (*shared) state_->use(std::move(*shared));
    };
  }

  void stop(std::chrono::milliseconds drain) {
    if (stopped_) return;
    stopped_ = true;
    state_->draining = true;
    asio::post(workers_.front()->context(), [this] {
      error_code ignored;
      acceptor_->close(ignored);
    });
    for (auto& worker : workers_) worker->close_idle();
    if (!state_->wait_until_empty(drain)) {
      for (auto& worker : workers_) worker->abort_all();
      if (!state_->wait_until_empty(abort_time)) log::error("connections_stuck");
    }
    for (auto& worker : workers_) worker->finish();
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  Awaitable<void> accept_connections() {
    std::size_t next = 0;
    while (acceptor_->is_open()) {
      error_code error;
      auto& worker = *workers_[next++ % workers_.size()];
      auto token = asio::redirect_error(use_awaitable, error);
      Socket socket = co_await acceptor_->async_accept(worker.context(), std::move(token));
      if (!error) {
        state_->figures.accepted.add();
        worker.adopt(std::move(socket));
      } else if (error != asio::error::operation_aborted) {
        log::warning("accept_failed", log::field("error", error.value()));
        co_await pause();
      }
    }
  }

  Awaitable<void> pause() {
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor> timer(
        workers_.front()->context());
    timer.expires_after(accept_pause);
    error_code ignored;
    auto token = asio::redirect_error(use_awaitable, ignored);
    co_await timer.async_wait(std::move(token));
  }

  std::shared_ptr<ServerState> state_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<Acceptor> acceptor_;  // lives on the first worker's context
  std::uint16_t port_ = 0;
  bool stopped_ = false;
};

Status check_server_files(const ServerTls& files) {
  const auto context = make_server_context(files);
  return context ? Status() : Status(fail(context.error()));
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, api::Handler handler) {
  auto state = std::make_shared<ServerState>(std::move(options), std::move(handler));
  auto implementation = std::make_unique<Implementation>(std::move(state));
  const auto files = implementation->prepare_reload();
  if (!files) return fail(files.error());
  (*files)();
  if (auto listening = implementation->listen(); !listening) return fail(listening.error());
  implementation->start();
  return std::unique_ptr<Server>(new Server(std::move(implementation)));
}

Server::Server(std::unique_ptr<Implementation> implementation) : implementation_(std::move(implementation)) {}

Server::~Server() {
  implementation_->stop(std::chrono::milliseconds(0));
}

std::uint16_t Server::port() const {
  return implementation_->port();
}

Result<std::function<void()>> Server::prepare_reload() {
  return implementation_->prepare_reload();
}

Status Server::reload() {
  const auto files = prepare_reload();
  if (!files) return fail(files.error());
  (*files)();
  return {};
}

void Server::stop(std::chrono::milliseconds drain) {
  implementation_->stop(drain);
}

}  // namespace ketenpoort::net
