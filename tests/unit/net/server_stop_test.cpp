// What becomes of requests when a server stops.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/net/keeper.hpp"
#include "tests/unit/net/loopback.hpp"

namespace ketenpoort::net::test {
namespace {

TEST(Server, stop_lets_running_requests_finish_and_closes_idle_connections) {
  Keeper keeper;
  auto server = start_server([&](const api::Request& request, const api::ReplyTo& reply_to) {
    if (request.path == "/hello") return echo(request, reply_to);
    keeper.handler()(request, reply_to);
  });
  RawPeer idle(server->port());
  ASSERT_EQ(status_of(idle.ask(simple_get)), 200);
  RawPeer busy(server->port());
  busy.send(post("x"));
  keeper.wait_for(1);

  auto stopped = std::async(std::launch::async, [&] { server->stop(5s); });

  EXPECT_TRUE(idle.is_closed());
  EXPECT_EQ(stopped.wait_for(50ms), std::future_status::timeout);
  keeper.answer_all("finished");
  const auto answer = busy.receive_answer();
  EXPECT_EQ(body_of(answer), "finished");
  EXPECT_EQ(header_of(answer, "Connection"), "close");
  EXPECT_TRUE(busy.is_closed());
  EXPECT_EQ(stopped.wait_for(3s), std::future_status::ready);
}

TEST(Server, stop_lets_a_request_that_has_begun_to_come_finish) {
  auto server = start_server();
  RawPeer head(server->port());
  head.send(simple_get.substr(0, 20));
  RawPeer body(server->port());
  const auto request = post("in parts");
  body.send(request.substr(0, request.size() - 3));
  std::this_thread::sleep_for(100ms);

  auto stopped = std::async(std::launch::async, [&] { server->stop(5s); });

  EXPECT_EQ(stopped.wait_for(100ms), std::future_status::timeout);
  head.send(simple_get.substr(20, 10));
  std::this_thread::sleep_for(50ms);
  head.send(simple_get.substr(30));
  EXPECT_EQ(body_of(head.receive_all()), "GET /hello a=1 ");
  body.send(request.substr(request.size() - 3));
  EXPECT_EQ(body_of(body.receive_all()), "POST /things  in parts");
}

TEST(Server, stop_waits_for_nobody_who_has_only_shaken_hands) {
  metrics::Registry registry;
  ServerOptions options;
  options.registry = &registry;
  auto server = start_server(echo, options);
  RawPeer idle(server->port());
  const int fd = RawPeer::connect_to(server->port());
  ASSERT_TRUE(comes_to_say(registry, open_connections(2)));
  auto stopped = std::async(std::launch::async, [&] { server->stop(4s); });
  EXPECT_TRUE(idle.is_closed()) << "the stop has begun";

  const SslContextPtr context(SSL_CTX_new(TLS_client_method()));
  const SslPtr ssl(SSL_new(context.get()));
  SSL_set_fd(ssl.get(), fd);
  EXPECT_EQ(SSL_connect(ssl.get()), 1);

  EXPECT_EQ(stopped.wait_for(2s), std::future_status::ready);
  char byte = 0;
  EXPECT_LE(SSL_read(ssl.get(), &byte, 1), 0) << "an answer to nothing";
  ::close(fd);
}

// A handshake, a head, a body, the taking of an answer.
TEST(Server, stop_gives_up_whatever_peers_let_it_wait_for) {
  metrics::Registry registry;
  ServerOptions options;
  options.registry = &registry;
  auto server = start_server(
      [](const api::Request&, const api::ReplyTo& reply_to) {
        reply_to({200, "text/plain", std::string(24U << 20, 'x')});
      },
      options);
  const int fd = RawPeer::connect_to(server->port());
  RawPeer head(server->port());
  head.send("GET");
  RawPeer body(server->port());
  body.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\na");
  RawPeer answer(server->port());
  answer.send(simple_get);
  ASSERT_TRUE(comes_to_say(registry, "replies_total{listener=\"https\",status=\"2xx\"} 1\n"));

  auto stopped = std::async(std::launch::async, [&] { server->stop(200ms); });

  EXPECT_EQ(stopped.wait_for(3s), std::future_status::ready);
  EXPECT_TRUE(comes_to_say(registry, open_connections(0)));
  ::close(fd);
}

// An answer, to take a piece, to make one.
TEST(Server, stop_gives_up_whatever_the_handler_was_asked_for) {
  Keeper keeper;
  const auto keep = [&](api::ReplyTo reply_to) { keeper.handler()({}, std::move(reply_to)); };
  std::atomic<int> calls = 0;
  ServerOptions options;
  options.limits.streamed_path = "/stream";
  options.limits.streamed_bytes = 100;
  auto server = start_server(
      [&](const api::Request& request, const api::ReplyTo& reply_to) {
        ++calls;
        if (request.query == "answer") return keep(reply_to);
        api::Reply reply;
        if (request.query == "take") {
          reply.status = 100;
          reply.take = [&](const std::string&, api::ReplyTo done) { keep(std::move(done)); };
        } else {
          reply.rest = keep;
        }
        reply_to(std::move(reply));
      },
      options);
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (const std::string line : {"POST /stream?answer", "POST /stream?take", "POST /other?answer", "GET /other?make"}) {
    peers.push_back(std::make_unique<RawPeer>(server->port()));
    peers.back()->send(line + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc");
  }
  keeper.wait_for(4);

  auto stopped = std::async(std::launch::async, [&] { server->stop(10ms); });

  EXPECT_EQ(stopped.wait_for(3s), std::future_status::ready);
  stopped.wait();
  EXPECT_EQ(calls, 4);
  for (const auto& peer : peers) EXPECT_TRUE(body_of(peer->receive_all()).empty());
}

TEST(Server, stop_gives_up_after_the_drain_time_and_late_replies_do_no_harm) {
  Keeper keeper;
  auto server = start_server(keeper.handler());
  RawPeer peer(server->port());
  peer.send(simple_get);
  keeper.wait_for(1);
  server->stop(50ms);
  server.reset();
  keeper.answer_all("to nobody");
  EXPECT_EQ(peer.receive_all(), "");
}

}  // namespace
}  // namespace ketenpoort::net::test
