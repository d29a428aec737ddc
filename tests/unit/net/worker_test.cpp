#include "gateway/net/worker.hpp"

#include <gtest/gtest.h>

#include <future>

#include "gateway/net/tls_context.hpp"
#include "tests/unit/net/loopback.hpp"

namespace ketenpoort::net::test {
namespace {

namespace asio = boost::asio;

// A connection that is accepted while a server stops, and that nobody has told so.
TEST(Worker, ends_with_a_connection_that_has_just_come) {
  ServerOptions options;
  options.tls = certificates().server_tls();
  options.deadlines.handshake = 20s;
  const auto state = std::make_shared<ServerState>(options, echo);
  state->use(make_server_context(*options.tls).value());
  Worker worker(state);
  asio::basic_socket_acceptor<asio::ip::tcp, Executor> acceptor(
      worker.context(), asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  const int peer = RawPeer::connect_to(acceptor.local_endpoint().port());
  worker.adopt(acceptor.accept());
  worker.start();

  auto finished = std::async(std::launch::async, [&] { worker.finish(); });

  EXPECT_EQ(finished.wait_for(10s), std::future_status::ready) << "it waits for a handshake";
  finished.wait();
  EXPECT_EQ(state->connections, 0U);
  ::close(peer);
}

}  // namespace
}  // namespace ketenpoort::net::test
