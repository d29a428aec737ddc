// How large and how many a server lets its peers be.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gateway/api/http/problem.hpp"
#include "tests/unit/net/keeper.hpp"
#include "tests/unit/net/loopback.hpp"

namespace ketenpoort::net::test {
namespace {

using testing::HasSubstr;

TEST(Server, takes_a_body_up_to_its_limit_and_refuses_one_byte_more) {
  ServerOptions options;
  options.limits.body_bytes = 300'000;
  const auto server = start_server(echo, options);
  RawPeer peer(server->port());
  const std::string most(300'000, 'x');
  EXPECT_EQ(body_of(peer.ask(post(most))), "POST /things  " + most);

  const auto refused = peer.ask(post(most + "y"));

  EXPECT_EQ(status_of(refused), 413);
  EXPECT_THAT(refused, HasSubstr("urn:problem-type:belgif:payloadTooLarge"));
  EXPECT_EQ(header_of(refused, "Connection"), "close");
  EXPECT_TRUE(peer.is_closed());
}

// A connection that is closed while something comes is reset, and what had been sent may be lost.
TEST(Server, tells_who_first_sends_its_whole_body_that_it_is_too_large) {
  const auto server = start_server();
  RawPeer peer(server->port());
  EXPECT_TRUE(peer.send(post(std::string(16U << 20, 'x'))));
  EXPECT_EQ(status_of(peer.receive_answer()), 413);
}

TEST(Server, waits_for_no_body_of_a_request_that_its_head_alone_refuses) {
  ServerOptions options;
  options.refuse_unread = [](const api::Request& head) {
    return head.header("authorization").empty() ? std::optional(api::status_reply(404, "no", head.trace))
                                                : std::nullopt;
  };
  const auto server = start_server(echo, options);
  const std::string more = "POST /things HTTP/1.1\r\nHost: localhost\r\nContent-Length: 300000\r\n";
  for (const std::string fields : {"", "Expect: 100-continue\r\n"}) {
    RawPeer peer(server->port());
    const auto refused = peer.ask(more + fields + "\r\n" + (fields.empty() ? "begun" : ""));
    EXPECT_EQ(status_of(refused), 404);
    EXPECT_EQ(header_of(refused, "Connection"), "close");
    EXPECT_TRUE(peer.is_closed());
  }
  RawPeer known(server->port());
  const std::string body(300'000, 'x');
  EXPECT_EQ(body_of(known.ask(post(body, "Authorization: me\r\n"))), "POST /things  " + body);
  EXPECT_EQ(body_of(known.ask(post("all of it"))), "POST /things  all of it") << "the handler sees to what is whole";
}

TEST(Server, closes_after_a_body_in_parts_when_the_peer_wants_that) {
  ServerOptions options;
  options.refuse_unread = [](const api::Request&) { return std::nullopt; };
  const auto server = start_server(echo, options);
  RawPeer peer(server->port());
  const auto request = post("in parts", "Connection: close\r\n");
  peer.send(request.substr(0, request.size() - 3));
  std::this_thread::sleep_for(20ms);
  peer.send(request.substr(request.size() - 3));
  const auto answer = peer.receive_all();
  EXPECT_EQ(body_of(answer), "POST /things  in parts");
  EXPECT_EQ(header_of(answer, "Connection"), "close");
}

TEST(Server, sheds_with_503_when_full_and_keeps_the_connection) {
  Keeper keeper;
  ServerOptions options;
  options.limits.requests_in_flight = 1;
  const auto server = start_server(keeper.handler(), options);
  RawPeer first(server->port());
  RawPeer second(server->port());
  first.send(simple_get);
  keeper.wait_for(1);

  const auto shed = second.ask(post("some body"));

  EXPECT_EQ(status_of(shed), 503);
  EXPECT_EQ(header_of(shed, "Retry-After"), "1");
  EXPECT_EQ(header_of(shed, "Content-Type"), "application/problem+json");
  keeper.answer_all("first");
  EXPECT_EQ(body_of(first.receive_answer()), "first");
  second.send(simple_get);
  keeper.wait_for(1);
  keeper.answer_all("second");
  EXPECT_EQ(body_of(second.receive_answer()), "second");
}

TEST(Server, takes_nothing_of_a_request_that_it_shed_for_the_next) {
  Keeper keeper;
  ServerOptions options;
  options.limits.requests_in_flight = 1;
  const auto server = start_server(
      [&](const api::Request& request, const api::ReplyTo& reply_to) {
        if (request.path == "/kept") return keeper.handler()(request, reply_to);
        reply_to({200, "text/plain", std::to_string(request.headers.size()) + " fields" + request.body});
      },
      options);
  RawPeer first(server->port());
  first.send("GET /kept HTTP/1.1\r\nHost: localhost\r\n\r\n");
  keeper.wait_for(1);
  RawPeer second(server->port());
  ASSERT_EQ(status_of(second.ask(post("some body", "Authorization: somebody\r\n"))), 503);
  keeper.answer_all("done");
  ASSERT_EQ(status_of(first.receive_answer()), 202);
  EXPECT_EQ(body_of(second.ask(simple_get)), "1 fields");
}

TEST(Server, closes_the_longest_idle_connection_to_make_room) {
  for (const std::size_t longest : {0U, 1U}) {
    ServerOptions options;
    options.limits.connections = 3;
    const auto server = start_server(echo, options);
    RawPeer peers[] = {RawPeer(server->port()), RawPeer(server->port()), RawPeer(server->port())};
    for (const auto which : {longest, (longest + 1) % 3, (longest + 2) % 3}) {
      ASSERT_EQ(status_of(peers[which].ask(simple_get)), 200);
      std::this_thread::sleep_for(10ms);
    }

    RawPeer newest(server->port());

    EXPECT_EQ(status_of(newest.ask(simple_get)), 200);
    EXPECT_TRUE(peers[longest].is_closed());
    EXPECT_EQ(status_of(peers[(longest + 1) % 3].ask(simple_get)), 200);
    EXPECT_EQ(status_of(peers[(longest + 2) % 3].ask(simple_get)), 200);
  }
}

TEST(Server, takes_no_room_from_a_request_that_is_being_handled) {
  Keeper keeper;
  ServerOptions options;
  options.limits.connections = 2;
  const auto server = start_server(keeper.handler(), options);
  RawPeer busy(server->port());
  busy.send(simple_get);
  keeper.wait_for(1);
  RawPeer idle(server->port());
  RawPeer second(server->port());
  ASSERT_TRUE(second.connected());
  EXPECT_TRUE(idle.is_closed());
  second.send(simple_get);
  keeper.wait_for(2);

  EXPECT_FALSE(RawPeer(server->port()).connected()) << "there is nobody to make room";

  keeper.answer_all("done");
  EXPECT_EQ(body_of(busy.receive_answer()), "done");
  EXPECT_EQ(body_of(second.receive_answer()), "done");
}

TEST(Server, takes_a_head_up_to_its_limit) {
  ServerOptions options;
  options.limits.head_bytes = 1000;
  const auto server = start_server(echo, options);
  RawPeer peer(server->port());
  EXPECT_EQ(status_of(peer.ask(post("", "X: " + std::string(800, 'x') + "\r\n"))), 200);
  EXPECT_EQ(status_of(peer.ask(post("", "X: " + std::string(1000, 'x') + "\r\n"))), 431);
}

// Each way to keep a connection without a request that is being handled.
TEST(Server, lets_in_newcomers_in_place_of_others_that_keep_it_waiting) {
  metrics::Registry registry;
  ServerOptions options;
  options.registry = &registry;
  options.limits.connections = 4;
  const auto server = start_server(echo, options);
  const int silent = RawPeer::connect_to(server->port());
  RawPeer slow_head(server->port());
  slow_head.send("GET / HTTP/1.1\r\nHost: ");
  RawPeer slow_body(server->port());
  slow_body.send("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc");
  RawPeer answered(server->port());
  ASSERT_EQ(status_of(answered.ask(simple_get)), 200);

  std::vector<std::unique_ptr<RawPeer>> newcomers;
  for (int i = 0; i < 4; ++i) {
    newcomers.push_back(std::make_unique<RawPeer>(server->port()));
    EXPECT_EQ(status_of(newcomers.back()->ask(simple_get)), 200) << i;
  }

  char byte = 0;
  EXPECT_EQ(::recv(silent, &byte, 1, 0), 0);
  for (auto* peer : {&slow_head, &slow_body, &answered}) EXPECT_TRUE(peer->is_closed());
  for (const auto& peer : newcomers) EXPECT_EQ(status_of(peer->ask(simple_get)), 200);
  EXPECT_TRUE(comes_to_say(registry, open_connections(4)));
  ::close(silent);
}

// As when a process has too many files open.
TEST(Server, lets_in_who_came_while_it_had_no_descriptor_left) {
  const auto server = start_server();
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  testing::internal::CaptureStdout();
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  EXPECT_TRUE(RawPeer::connect(fd, server->port()));
  std::this_thread::sleep_for(250ms);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  const auto log = testing::internal::GetCapturedStdout();
  EXPECT_THAT(log, HasSubstr("accept_failed"));
  EXPECT_LT(std::count(log.begin(), log.end(), '\n'), 5) << "it tries without end";

  const SslContextPtr context(SSL_CTX_new(TLS_client_method()));
  const SslPtr ssl(SSL_new(context.get()));
  SSL_set_fd(ssl.get(), fd);
  EXPECT_EQ(SSL_connect(ssl.get()), 1);
  ::close(fd);
}

}  // namespace
}  // namespace ketenpoort::net::test
