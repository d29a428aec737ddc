// What becomes of requests when a server stops.
#include <gtest/gtest.h>

#include <future>
#include <thread>

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
  head.send(simple_get.substr(20));
  EXPECT_EQ(body_of(head.receive_all()), "GET /hello a=1 ");
  body.send(request.substr(request.size() - 3));
  EXPECT_EQ(body_of(body.receive_all()), "POST /things  in parts");
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
