#include "gateway/net/server.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "gateway/api/http/problem.hpp"
#include "tests/unit/net/loopback.hpp"

namespace ketenpoort::net::test {
namespace {

using testing::HasSubstr;
using testing::Not;

// A handler that keeps every request's way back until the test answers.
class Keeper {
 public:
  api::Handler handler() {
    return [this](const api::Request& request, api::ReplyTo reply_to) {
      const std::lock_guard lock(mutex_);
      traces_.push_back(request.trace);
      waiting_.push_back(std::move(reply_to));
    };
  }
  void wait_for(std::size_t count) {
    for (int i = 0; i < 500 && size() < count; ++i) std::this_thread::sleep_for(10ms);
    ASSERT_GE(size(), count);
  }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }
  void answer_all(const std::string& body) {
    const std::lock_guard lock(mutex_);
    for (auto& reply_to : waiting_) reply_to({202, "text/plain", body});
    waiting_.clear();
  }
  void lose_all() {
    const std::lock_guard lock(mutex_);
    waiting_.clear();
  }

 private:
  std::mutex mutex_;
  std::vector<api::ReplyTo> waiting_;
  std::vector<Uuid> traces_;
};

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

TEST(Server, takes_a_request_in_single_bytes) {
  const auto server = start_server();
  RawPeer peer(server->port());
  for (const char c : post("slow")) peer.send({&c, 1});
  EXPECT_EQ(body_of(peer.receive_answer()), "POST /things  slow");
}

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

TEST(Server, closes_the_longest_idle_connection_to_make_room) {
  ServerOptions options;
  options.limits.connections = 2;
  const auto server = start_server(echo, options);
  RawPeer oldest(server->port());
  ASSERT_EQ(status_of(oldest.ask(simple_get)), 200);
  std::this_thread::sleep_for(10ms);
  RawPeer older(server->port());
  ASSERT_EQ(status_of(older.ask(simple_get)), 200);

  RawPeer newest(server->port());

  EXPECT_EQ(status_of(newest.ask(simple_get)), 200);
  EXPECT_TRUE(oldest.is_closed());
  EXPECT_EQ(status_of(older.ask(simple_get)), 200);
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
TEST(Server, lets_in_a_newcomer_when_all_others_keep_it_waiting) {
  ServerOptions options;
  options.limits.connections = 4;
  const auto server = start_server(echo, options);
  const int silent = RawPeer::connect_to(server->port());
  RawPeer slow_head(server->port());
  slow_head.send("GET / HTTP/1.1\r\nHost: ");
  RawPeer slow_body(server->port());
  slow_body.send("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc");
  RawPeer answered(server->port());
  ASSERT_EQ(status_of(answered.ask(simple_get)), 200);

  for (int i = 0; i < 4; ++i) EXPECT_EQ(status_of(RawPeer(server->port()).ask(simple_get)), 200) << i;

  char byte = 0;
  EXPECT_LE(::recv(silent, &byte, 1, 0), 0);
  ::close(silent);
}

TEST(Server, closes_who_does_not_shake_hands_in_time) {
  ServerOptions options;
  options.deadlines.handshake = 100ms;
  const auto server = start_server(echo, options);
  const int fd = RawPeer::connect_to(server->port());
  char byte = 0;
  EXPECT_EQ(::recv(fd, &byte, 1, 0), 0);
  ::close(fd);
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
  const std::string none = "ketenpoort_http_connections{listener=\"https\"} 0\n";
  for (int i = 0; i < 300 && registry.render().find(none) == std::string::npos; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_THAT(registry.render(), HasSubstr(none));
  EXPECT_LT(peer.receive_all().size(), 24U << 20);
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
  ServerOptions options;
  options.deadlines.answer = 100ms;
  const auto server = start_server(keeper.handler(), options);
  RawPeer peer(server->port());
  peer.send(simple_get);
  EXPECT_EQ(status_of(peer.receive_all()), 503);
  keeper.answer_all("late");
  RawPeer next(server->port());
  next.send(simple_get);
  keeper.wait_for(1);
  keeper.answer_all("in time");
  EXPECT_EQ(body_of(next.receive_answer()), "in time");
}

// A body in pieces, the last of them empty or of this status.
api::Handler in_pieces(std::vector<std::string> pieces, int last_status = 200) {
  return [pieces, last_status](const api::Request& request, const api::ReplyTo& reply_to) {
    if (request.path == "/hello") return echo(request, reply_to);
    api::Reply reply;
    reply.content_type = "text/plain";
    reply.rest = [pieces, last_status, at = std::size_t{0}](const api::ReplyTo& take) mutable {
      if (at < pieces.size()) return take({.body = pieces[at++]});
      take({.status = last_status, .body = {}});
    };
    reply_to(std::move(reply));
  };
}

constexpr std::string_view ask_for_pieces = "GET /pieces HTTP/1.1\r\nHost: localhost\r\n\r\n";

TEST(Server, sends_a_body_in_chunks_as_it_is_made_and_goes_on_with_the_connection) {
  const std::string large(300'000, 'x');
  const auto server = start_server(in_pieces({"one", large}));
  RawPeer peer(server->port());
  peer.send(ask_for_pieces);
  peer.send("GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

  const auto all = peer.receive_all();

  EXPECT_EQ(header_of(all, "Transfer-Encoding"), "chunked");
  EXPECT_EQ(header_of(all, "Content-Type"), "text/plain");
  EXPECT_EQ(all.substr(0, all.find("\r\n\r\n")).find("Content-Length"), std::string::npos);
  const auto body = body_of(all);
  const auto chunks = "3\r\none\r\n493e0\r\n" + large + "\r\n0\r\n\r\n";
  EXPECT_EQ(body.substr(0, chunks.size()), chunks);
  EXPECT_THAT(body.substr(chunks.size()), HasSubstr("GET /hello"));
}

TEST(Server, sends_a_large_body_in_chunks_whole_to_who_reads_slowly) {
  const std::string large(24U << 20, 'x');
  const auto server = start_server(in_pieces({"one", large, "three"}));
  RawPeer peer(server->port());
  peer.send(ask_for_pieces);
  peer.send("GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  std::this_thread::sleep_for(100ms);
  const auto body = body_of(peer.receive_all());
  const auto chunks = "3\r\none\r\n1800000\r\n" + large + "\r\n5\r\nthree\r\n0\r\n\r\n";
  EXPECT_TRUE(body.starts_with(chunks + "HTTP/1.1 200 ")) << body.size();
}

TEST(Server, makes_no_chunks_for_head) {
  const auto server = start_server(in_pieces({"one"}));
  RawPeer peer(server->port());
  peer.send("HEAD /pieces HTTP/1.1\r\nHost: localhost\r\n\r\n");
  peer.send("GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const auto all = peer.receive_all();
  EXPECT_EQ(status_of(all), 200);
  EXPECT_TRUE(body_of(all).starts_with("HTTP/1.1 200 ")) << all;
}

TEST(Server, breaks_off_a_body_that_cannot_be_finished) {
  const auto server = start_server(in_pieces({"one"}, 500));
  RawPeer peer(server->port());
  peer.send(ask_for_pieces);
  EXPECT_EQ(body_of(peer.receive_all()), "3\r\none\r\n");  // no last chunk
  EXPECT_TRUE(peer.is_closed());
}

TEST(Server, waits_for_a_piece_made_elsewhere_and_gives_up_on_one_that_does_not_come) {
  std::mutex mutex;
  std::vector<api::ReplyTo> asked;
  ServerOptions options;
  options.deadlines.answer = 200ms;
  const auto server = start_server(
      [&](const api::Request&, const api::ReplyTo& reply_to) {
        api::Reply reply;
        reply.rest = [&](api::ReplyTo take) {
          const std::lock_guard lock(mutex);
          asked.push_back(std::move(take));
        };
        reply_to(std::move(reply));
      },
      options);
  RawPeer peer(server->port());
  peer.send(ask_for_pieces);
  for (int i = 0; i < 500; ++i) {
    std::this_thread::sleep_for(10ms);
    const std::lock_guard lock(mutex);
    if (asked.size() == 1) break;
  }
  {
    const std::lock_guard lock(mutex);
    ASSERT_EQ(asked.size(), 1U);
    asked.front()({.body = "late but there"});
  }
  EXPECT_EQ(body_of(peer.receive_all()), "e\r\nlate but there\r\n");  // nobody made the next
  const std::lock_guard lock(mutex);
  ASSERT_EQ(asked.size(), 2U);
  asked.back()({.body = "too late"});
}

TEST(Server, sends_nothing_in_chunks_to_http_1_0) {
  const auto server = start_server(in_pieces({"one"}));
  RawPeer peer(server->port());
  peer.send("GET /pieces HTTP/1.0\r\nHost: localhost\r\n\r\n");
  const auto answer = peer.receive_all();
  EXPECT_EQ(status_of(answer), 505);
  EXPECT_THAT(answer, Not(HasSubstr("chunked")));
}

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
  const auto server = start_server(echo, options);
  RawPeer peer(server->port());
  peer.ask(simple_get);
  peer.ask("nonsense\r\n\r\n");
  const auto text = registry.render();
  EXPECT_THAT(text, HasSubstr("ketenpoort_http_replies_total{listener=\"https\",status=\"2xx\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("ketenpoort_http_refused_total{listener=\"https\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("ketenpoort_http_connections_total{listener=\"https\"} 1\n"));
}

TEST(Server, refuses_to_serve_plain_http_beyond_loopback) {
  ServerOptions options;
  options.address = "0.0.0.0";
  const auto server = Server::start(options, echo);
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, ErrorCode::config);
}

TEST(Server, serves_plain_http_on_loopback) {
  const auto server = Server::start(ServerOptions{}, echo);
  ASSERT_TRUE(server);
  const int fd = RawPeer::connect_to((*server)->port());
  const std::string request = "GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  ASSERT_EQ(::send(fd, request.data(), request.size(), 0), static_cast<ssize_t>(request.size()));
  std::string answer;
  char block[4096];
  for (ssize_t n = 0; (n = ::recv(fd, block, sizeof block, 0)) > 0;) answer.append(block, static_cast<std::size_t>(n));
  ::close(fd);
  EXPECT_EQ(body_of(answer), "GET /ready  ");
  EXPECT_EQ(header_of(answer, "Strict-Transport-Security"), "");
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
