// Where a server listens, and with what.
#include <gmock/gmock.h>

#include <string>

#include "tests/unit/net/loopback.hpp"

namespace ketenpoort::net::test {
namespace {

using testing::HasSubstr;

TEST(Server, refuses_to_serve_plain_http_beyond_loopback) {
  ServerOptions options;
  options.address = "0.0.0.0";
  const auto server = Server::start(options, echo);
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, ErrorCode::config);
}

TEST(Server, serves_plain_http_on_loopback) {
  metrics::Registry registry;
  ServerOptions options;
  options.registry = &registry;
  const auto server = Server::start(options, echo);
  ASSERT_TRUE(server);
  const int fd = RawPeer::connect_to((*server)->port());
  const std::string request = "GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  ASSERT_EQ(::send(fd, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  std::string answer;
  char block[4096];
  for (ssize_t n = 0; (n = ::recv(fd, block, sizeof block, 0)) > 0;) answer.append(block, static_cast<std::size_t>(n));
  ::close(fd);
  EXPECT_EQ(body_of(answer), "GET /ready  ");
  EXPECT_THAT(registry.render(), HasSubstr("ketenpoort_http_connections_total{listener=\"http\"} 1\n"));
  EXPECT_EQ(header_of(answer, "Strict-Transport-Security"), "");
}

TEST(Server, refuses_an_address_that_is_a_name) {
  ServerOptions options;
  options.address = "localhost";
  const auto server = Server::start(options, echo);
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, ErrorCode::config);
  EXPECT_THAT(server.error().message, HasSubstr("localhost is not an IP address"));
}

TEST(Server, refuses_files_of_tls_that_are_none) {
  ServerOptions options;
  options.tls = certificates().server_tls();
  options.tls->private_key = certificates().folder().write("none.key", "no key");
  const auto server = Server::start(options, echo);
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, ErrorCode::config);
  EXPECT_THAT(server.error().message, HasSubstr("none.key"));
}

TEST(Server, serves_beyond_loopback_with_tls) {
  ServerOptions options;
  options.address = "0.0.0.0";
  const auto server = start_server(echo, options);
  EXPECT_EQ(status_of(RawPeer(server->port()).ask(simple_get)), 200);
}

// The system keeps connections in mind for a minute that a server has closed.
TEST(Server, can_be_started_again_at_once_on_its_port) {
  ServerOptions options;
  {
    const auto first = start_server();
    options.port = first->port();
    RawPeer peer(options.port);
    peer.send(post("", "Connection: close\r\n"));
    EXPECT_EQ(status_of(peer.receive_all()), 200);
  }
  const auto second = start_server(echo, options);
  EXPECT_EQ(status_of(RawPeer(options.port).ask(simple_get)), 200);
}

TEST(Server, names_the_port_it_cannot_have) {
  const auto server = start_server();
  ServerOptions options;
  options.port = server->port();
  const auto second = Server::start(options, echo);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::io);
  EXPECT_THAT(second.error().message, HasSubstr(std::to_string(server->port())));
}

}  // namespace
}  // namespace ketenpoort::net::test
