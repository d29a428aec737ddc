// What every answer of a server has, and who may ask.
#include <gmock/gmock.h>

#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/unit/net/keeper.hpp"
#include "tests/unit/net/loopback.hpp"

namespace ketenpoort::net::test {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Server, answers_over_tls_1_3_with_the_fields_every_answer_has) {
  const auto server = start_server();
  RawPeer peer(server->port());
  ASSERT_TRUE(peer.connected());
  EXPECT_STREQ(SSL_get_version(peer.ssl()), "TLSv1.3");

  const auto answer = peer.ask(simple_get);

  EXPECT_EQ(status_of(answer), 200);
  EXPECT_EQ(body_of(answer), "GET /hello a=1 ");
  EXPECT_TRUE(parse_uuid(header_of(answer, "BelGov-Trace-Id")));
  EXPECT_EQ(header_of(answer, "Cache-Control"), "no-store");
  EXPECT_EQ(header_of(answer, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(header_of(answer, "Strict-Transport-Security"), "max-age=63072000");
  EXPECT_THAT(header_of(answer, "Date"), HasSubstr("GMT"));
}

TEST(Server, keeps_a_connection_for_many_requests_and_gives_each_its_own_trace) {
  const auto server = start_server();
  RawPeer peer(server->port());
  const auto first = peer.ask(simple_get);
  const auto second = peer.ask(post("body"));
  EXPECT_EQ(body_of(second), "POST /things  body");
  EXPECT_NE(header_of(first, "BelGov-Trace-Id"), header_of(second, "BelGov-Trace-Id"));
  const auto refused = peer.ask("nonsense\r\n\r\n");
  EXPECT_EQ(status_of(refused), 505);
  EXPECT_NE(header_of(refused, "BelGov-Trace-Id"), header_of(second, "BelGov-Trace-Id"));
}

TEST(Server, tells_who_speaks_http_1_0_that_the_connection_is_kept) {
  const auto server = start_server();
  RawPeer peer(server->port());
  const auto kept = peer.ask("GET /hello HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(status_of(kept), 200);
  EXPECT_EQ(header_of(kept, "Connection"), "keep-alive");
  EXPECT_EQ(header_of(peer.ask(simple_get), "Connection"), "");
  EXPECT_EQ(header_of(peer.ask("GET /hello HTTP/1.0\r\nHost: localhost\r\n\r\n"), "Connection"), "close");
}

TEST(Server, answers_pipelined_requests_in_order) {
  const auto server = start_server();
  RawPeer peer(server->port());
  peer.send(post("one") + post("two") + std::string(simple_get));
  EXPECT_EQ(body_of(peer.receive_answer()), "POST /things  one");
  EXPECT_EQ(body_of(peer.receive_answer()), "POST /things  two");
  EXPECT_EQ(body_of(peer.receive_answer()), "GET /hello a=1 ");
}

// More than is read at once, behind what has been answered already.
TEST(Server, takes_a_large_head_in_parts_behind_another_request) {
  const auto server = start_server([](const api::Request& request, const api::ReplyTo& reply_to) {
    reply_to({200, "text/plain", std::string(request.header("x")) + request.body});
  });
  std::string value;
  while (value.size() < 12'000) value += std::to_string(value.size()) + '.';
  const auto large = post("its body", "X: " + value + "\r\n");
  for (const std::size_t first : {100U, 5'000U, 9'000U}) {
    RawPeer peer(server->port());
    EXPECT_EQ(body_of(peer.ask(post("one") + large.substr(0, first))), "one");
    EXPECT_EQ(body_of(peer.ask(large.substr(first))), value + "its body");
    EXPECT_EQ(body_of(peer.ask(post("after"))), "after");
  }
}

TEST(Server, takes_a_request_in_single_bytes) {
  const auto server = start_server();
  RawPeer peer(server->port());
  for (const char c : post("slow")) peer.send({&c, 1});
  EXPECT_EQ(body_of(peer.receive_answer()), "POST /things  slow");
}

TEST(Server, says_continue_to_who_asks_before_sending_a_body) {
  const auto server = start_server();
  RawPeer peer(server->port());
  const auto continued =
      peer.ask("POST /things HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(continued, "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(body_of(peer.ask("late")), "POST /things  late");
}

TEST(Server, answers_head_without_the_body_but_with_its_length) {
  const auto server = start_server();
  RawPeer peer(server->port());
  peer.send("HEAD /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const auto answer = peer.receive_all();
  EXPECT_EQ(header_of(answer, "Content-Length"), std::to_string(std::string("HEAD /hello  ").size()));
  EXPECT_EQ(body_of(answer), "");
}

TEST(Server, repeats_the_trace_of_the_request_only_when_it_is_one) {
  const auto server = start_server();
  RawPeer peer(server->port());
  const std::string trace = "0f8fad5b-d9cb-469f-a165-70867728950e";
  EXPECT_EQ(header_of(peer.ask(post("", "BelGov-Trace-Id: " + trace + "\r\n")), "BelGov-Related-Trace-Id"), trace);
  EXPECT_EQ(header_of(peer.ask(post("", "BelGov-Trace-Id: 85073003328\r\n")), "BelGov-Related-Trace-Id"), "");
}

TEST(Server, takes_replies_from_other_threads) {
  Keeper keeper;
  const auto server = start_server(keeper.handler());
  RawPeer first(server->port());
  RawPeer second(server->port());
  first.send(simple_get);
  second.send(simple_get);
  keeper.wait_for(2);

  std::thread([&] { keeper.answer_all("done"); }).join();

  EXPECT_EQ(body_of(first.receive_answer()), "done");
  EXPECT_EQ(body_of(second.receive_answer()), "done");
}

TEST(Server, takes_replies_while_it_handles_another_request) {
  Keeper keeper;
  const auto server = start_server([&](const api::Request& request, const api::ReplyTo& reply_to) {
    if (request.path == "/hello") return keeper.handler()(request, reply_to);
    keeper.answer_all("at last");
    echo(request, reply_to);
  });
  RawPeer waiting(server->port());
  waiting.send(simple_get);
  keeper.wait_for(1);
  RawPeer other(server->port());
  EXPECT_EQ(body_of(other.ask(post("now"))), "POST /things  now");
  EXPECT_EQ(body_of(waiting.receive_answer()), "at last");
}

// They are for the thread that waits for them.
TEST(Server, takes_no_signals_on_its_threads) {
  const auto blocks_terminate = [] {
    sigset_t mask;
    sigemptyset(&mask);
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    return sigismember(&mask, SIGTERM) == 1;
  };
  const auto server = start_server([&](const api::Request&, const api::ReplyTo& reply_to) {
    reply_to({200, "text/plain", blocks_terminate() ? "none" : "some"});
  });
  EXPECT_EQ(body_of(RawPeer(server->port()).ask(simple_get)), "none");
  EXPECT_FALSE(blocks_terminate()) << "nor does it keep them from others";
}

TEST(Server, answers_500_for_a_handler_that_throws_or_loses_its_reply) {
  Keeper keeper;
  const auto server = start_server([&](const api::Request& request, const api::ReplyTo& reply_to) {
    if (request.path == "/throw") throw std::runtime_error("not for the client");
    keeper.handler()(request, reply_to);
  });
  RawPeer peer(server->port());

  const auto thrown = peer.ask("GET /throw HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(status_of(thrown), 500);
  EXPECT_THAT(thrown, Not(HasSubstr("not for the client")));

  peer.send(simple_get);
  keeper.wait_for(1);
  keeper.lose_all();
  EXPECT_EQ(status_of(peer.receive_answer()), 500);
}

TEST(Server, answers_500_rather_than_split_an_answer) {
  const auto server = start_server([](const api::Request&, const api::ReplyTo& reply_to) {
    api::Reply reply;
    reply.headers.emplace_back("Location", "/a\r\nSet-Cookie: b");
    reply_to(std::move(reply));
  });
  RawPeer peer(server->port());
  const auto answer = peer.ask(simple_get);
  EXPECT_EQ(status_of(answer), 500);
  EXPECT_THAT(answer, Not(HasSubstr("Set-Cookie")));
}

TEST(Server, closes_without_a_word_when_the_handler_wants_that) {
  const auto server = start_server([](const api::Request& request, const api::ReplyTo& reply_to) {
    if (request.path == "/hello") return echo(request, reply_to);
    reply_to(api::close_without_answer());
  });
  RawPeer peer(server->port());
  ASSERT_EQ(status_of(peer.ask(simple_get)), 200);
  peer.send(post("x") + std::string(simple_get));
  EXPECT_EQ(peer.receive_all(), "");
  EXPECT_TRUE(peer.is_closed());
}

TEST(Server, serves_many_connections_on_several_threads) {
  ServerOptions options;
  options.threads = 3;
  const auto server = start_server(echo, options);
  std::atomic<int> answered = 0;
  std::vector<std::thread> peers;
  for (int i = 0; i < 8; ++i)
    peers.emplace_back([&] {
      RawPeer peer(server->port());
      for (int n = 0; n < 50; ++n)
        if (body_of(peer.ask(post(std::to_string(n)))) == "POST /things  " + std::to_string(n)) ++answered;
    });
  for (auto& peer : peers) peer.join();
  EXPECT_EQ(answered, 400);
}

TEST(Server, survives_peers_that_vanish_at_any_point) {
  const auto server = start_server();
  const auto request = post(std::string(2000, 'x'));
  for (std::size_t sent = 0; sent < request.size(); sent += 97) {
    RawPeer peer(server->port());
    peer.send(std::string_view(request).substr(0, sent));
  }
  RawPeer peer(server->port());
  EXPECT_EQ(status_of(peer.ask(simple_get)), 200);
}

TEST(Server, counts_what_it_does) {
  metrics::Registry registry;
  ServerOptions options;
  options.registry = &registry;
  options.limits.requests_in_flight = 1;
  options.deadlines.head = 100ms;
  Keeper keeper;
  const auto server = start_server(keeper.handler(), options);
  RawPeer peer(server->port());
  peer.send(simple_get);
  keeper.wait_for(1);
  RawPeer(server->port()).ask(simple_get);
  keeper.answer_all("done");
  peer.receive_answer();
  peer.ask("nonsense\r\n\r\n");
  RawPeer slow(server->port());
  slow.send("GET");
  slow.receive_all();
  ::close(RawPeer::connect_to(server->port()));
  EXPECT_TRUE(comes_to_say(registry, "ketenpoort_http_tls_failures_total{listener=\"https\"} 1\n"));
  const auto text = registry.render();
  for (const std::string line :
       {"expired_total{listener=\"https\"} 1\n", "shed_total{listener=\"https\"} 1\n",
        "tls_resumed_total{listener=\"https\"} 0\n", "request_seconds_bucket{listener=\"https\",le=\"10\"} 4\n",
        "replies_total{listener=\"https\",status=\"5xx\"} 2\n"})
    EXPECT_THAT(text, HasSubstr("ketenpoort_http_" + line));
  EXPECT_THAT(text, HasSubstr("ketenpoort_http_replies_total{listener=\"https\",status=\"2xx\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("ketenpoort_http_refused_total{listener=\"https\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("ketenpoort_http_connections_total{listener=\"https\"} 4\n"));
}

}  // namespace
}  // namespace ketenpoort::net::test
