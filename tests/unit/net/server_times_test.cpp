// How slow a server lets its peers and its handler be.
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "tests/unit/net/keeper.hpp"
#include "tests/unit/net/loopback.hpp"

namespace ketenpoort::net::test {
namespace {

TEST(Server, closes_who_does_not_shake_hands_in_time) {
  ServerOptions options;
  options.deadlines.handshake = 100ms;
  const auto server = start_server(echo, options);
  const int fd = RawPeer::connect_to(server->port());
  char byte = 0;
  EXPECT_EQ(::recv(fd, &byte, 1, 0), 0);
  ::close(fd);
}

TEST(Server, keeps_its_times_however_many_come) {
  ServerOptions options;
  options.deadlines.handshake = 200ms;
  const auto server = start_server(echo, options);
  const int silent = RawPeer::connect_to(server->port());
  char byte = 0;
  ssize_t received = -1;
  for (int i = 0; i < 2000 && received < 0; ++i) {
    ::close(RawPeer::connect_to(server->port()));
    std::this_thread::sleep_for(1ms);
    received = ::recv(silent, &byte, 1, MSG_DONTWAIT);
  }
  EXPECT_EQ(received, 0) << "it is not closed";
  ::close(silent);
}

TEST(Server, answers_408_to_a_head_or_body_that_does_not_come_and_closes) {
  ServerOptions options;
  options.deadlines.head = 100ms;
  options.deadlines.body = 100ms;
  const auto server = start_server(echo, options);
  RawPeer slow_head(server->port());
  slow_head.send("GET / HTTP/1.1\r\nHost: ");
  RawPeer slow_body(server->port());
  slow_body.send("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(status_of(slow_head.receive_all()), 408);
  EXPECT_EQ(status_of(slow_body.receive_all()), 408);
}

TEST(Server, answers_408_to_a_head_that_began_behind_another_request) {
  ServerOptions options;
  options.deadlines.head = 100ms;
  const auto server = start_server(echo, options);
  RawPeer peer(server->port());
  EXPECT_EQ(status_of(peer.ask(std::string(simple_get) + "GET / HTTP/1.1\r\n")), 200);
  EXPECT_EQ(status_of(peer.receive_all()), 408);
}

// However little comes at a time: else who sends a byte now and then would have a connection for ever.
TEST(Server, gives_no_more_time_to_a_head_or_body_for_every_byte) {
  ServerOptions options;
  options.deadlines.head = 100ms;
  options.deadlines.body = 100ms;
  const auto server = start_server(echo, options);
  const auto request = post(std::string(20, 'x'), "X: " + std::string(20, 'x') + "\r\n");
  const auto head = request.size() - 20;
  for (const auto begin : {head - 20, head}) {
    RawPeer peer(server->port());
    peer.send(request.substr(0, begin));
    for (auto at = begin; at < begin + 20; ++at) {
      std::this_thread::sleep_for(20ms);
      peer.send(request.substr(at, 1));
    }
    peer.send(request.substr(begin + 20));
    EXPECT_EQ(status_of(peer.receive_all()), 408);
  }
}

TEST(Server, gives_a_body_its_own_time_behind_that_of_its_head) {
  ServerOptions options;
  options.deadlines.head = 100ms;
  const auto server = start_server(echo, options);
  RawPeer peer(server->port());
  const auto request = post("slow");
  peer.send(request.substr(0, request.size() - 2));
  std::this_thread::sleep_for(300ms);
  peer.send(request.substr(request.size() - 2));
  EXPECT_EQ(body_of(peer.receive_answer()), "POST /things  slow");
}

// Far more than the socket holds.
api::Handler much() {
  return [](const api::Request& request, const api::ReplyTo& reply_to) {
    if (request.path == "/hello") return echo(request, reply_to);
    reply_to({200, "text/plain", std::string(24U << 20, 'x')});
  };
}

TEST(Server, writes_on_when_the_peer_reads_slowly_and_goes_on_with_the_connection) {
  const auto server = start_server(much());
  RawPeer peer(server->port());
  peer.send(post(""));
  std::this_thread::sleep_for(100ms);
  const auto answer = peer.receive_answer();
  EXPECT_EQ(body_of(answer).size(), 24U << 20);
  EXPECT_EQ(status_of(peer.ask(simple_get)), 200);
}

TEST(Server, cuts_off_who_does_not_take_its_answer) {
  metrics::Registry registry;
  ServerOptions options;
  options.registry = &registry;
  options.deadlines.write = 100ms;
  const auto server = start_server(much(), options);
  RawPeer peer(server->port());
  peer.send(post(""));
  EXPECT_TRUE(comes_to_say(registry, open_connections(0)));
  EXPECT_LT(peer.receive_all().size(), 24U << 20);
}

TEST(Server, closes_an_idle_connection_without_a_word) {
  ServerOptions options;
  options.deadlines.idle = 100ms;
  const auto server = start_server(echo, options);
  RawPeer peer(server->port());
  ASSERT_EQ(status_of(peer.ask(simple_get)), 200);
  EXPECT_EQ(peer.receive_all(), "");
  EXPECT_TRUE(peer.is_closed());
}

TEST(Server, answers_503_when_the_handler_takes_too_long_and_drops_the_late_reply) {
  Keeper keeper;
  metrics::Registry registry;
  ServerOptions options;
  options.registry = &registry;
  options.deadlines.answer = 100ms;
  const auto server = start_server(keeper.handler(), options);
  {
    RawPeer peer(server->port());
    peer.send(simple_get);
    const auto answer = peer.receive_all();
    EXPECT_EQ(status_of(answer), 503);
    EXPECT_EQ(header_of(answer, "Connection"), "close");
  }
  EXPECT_TRUE(comes_to_say(registry, open_connections(0)));
  EXPECT_TRUE(comes_to_say(registry, "ketenpoort_http_expired_total{listener=\"https\"} 1\n"));
  keeper.answer_all("late");
  RawPeer next(server->port());
  next.send(simple_get);
  keeper.wait_for(1);
  keeper.answer_all("in time");
  EXPECT_EQ(body_of(next.receive_answer()), "in time");
}

}  // namespace
}  // namespace ketenpoort::net::test
