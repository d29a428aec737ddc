// What becomes of a connection whose peer goes away.
#include <gtest/gtest.h>

#include <atomic>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "tests/unit/net/loopback.hpp"

#ifndef __has_feature
#define __has_feature(name) 0
#endif
// A sanitizer's allocator tells mallinfo2 nothing.
#if defined(__GLIBC__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
#define KETENPOORT_TELLS_MEMORY
#include <malloc.h>
#endif

namespace ketenpoort::net::test {
namespace {

enum class Leaves { properly, by_reset, with_nonsense };

void leave(std::unique_ptr<RawPeer> peer, Leaves how) {
  const int fd = SSL_get_fd(peer->ssl());
  const linger reset{1, 0};
  if (how == Leaves::by_reset) ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  const std::string_view nonsense = "this is no record of TLS";
  if (how == Leaves::with_nonsense) ::send(fd, nonsense.data(), nonsense.size(), MSG_NOSIGNAL);
}

// At once, not when some time runs out: a socket whose peer is gone is ready for ever, and who waits for it without end
// takes the whole thread.
TEST(Server, forgets_who_goes_away_whatever_it_waits_for) {
  metrics::Registry registry;
  std::atomic<int> calls = 0;
  ServerOptions options;
  options.registry = &registry;
  options.limits.streamed_path = "/stream";
  options.limits.streamed_bytes = 100;
  const auto server = start_server(
      [&](const api::Request& request, const api::ReplyTo& reply_to) {
        if (!request.streamed) ++calls;
        api::Reply reply;
        reply.status = 100;
        reply.take = [&](const std::string&, const api::ReplyTo& done) { done({100, "text/plain", {}}); };
        reply_to(std::move(reply));
      },
      options);
  const auto request = post("a body");
  for (const auto& begun : {std::string(), request.substr(0, 20), request.substr(0, request.size() - 2),
                            std::string("POST /stream HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n\r\nabc")})
    for (const auto how : {Leaves::properly, Leaves::by_reset, Leaves::with_nonsense}) {
      auto peer = std::make_unique<RawPeer>(server->port());
      peer->send(begun);
      leave(std::move(peer), how);
      EXPECT_TRUE(comes_to_say(registry, open_connections(0))) << begun << static_cast<int>(how);
    }
  EXPECT_EQ(calls, 0) << "half a body";
}

// OpenSSL keeps its errors by thread.
TEST(Server, takes_no_error_of_one_connection_for_another_s) {
  metrics::Registry registry;
  ServerOptions options;
  options.registry = &registry;
  const auto server = start_server(echo, options);
  RawPeer peer(server->port());
  ASSERT_EQ(status_of(peer.ask(simple_get)), 200);
  auto other = std::make_unique<RawPeer>(server->port());
  leave(std::move(other), Leaves::with_nonsense);
  ASSERT_TRUE(comes_to_say(registry, open_connections(1)));
  peer.send(simple_get.substr(0, 20));
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(status_of(peer.ask(simple_get.substr(20))), 200);
}

TEST(Server, forgets_who_goes_away_before_its_answer_is_out) {
  metrics::Registry registry;
  ServerOptions options;
  options.registry = &registry;
  const auto server = start_server(
      [](const api::Request&, const api::ReplyTo& reply_to) {
        reply_to({200, "text/plain", std::string(24U << 20, 'x')});
      },
      options);
  auto peer = std::make_unique<RawPeer>(server->port());
  peer->send(simple_get);
  leave(std::move(peer), Leaves::properly);
  EXPECT_TRUE(comes_to_say(registry, open_connections(0)));
}

// A wait for what is ready already comes back at once, again and again.
TEST(Server, takes_no_processor_time_while_it_waits) {
  ServerOptions options;
  options.limits.streamed_path = "/stream";
  options.limits.streamed_bytes = 100;
  const auto server = start_server(
      [](const api::Request& request, const api::ReplyTo& reply_to) {
        api::Reply reply;
        if (request.streamed) reply.take = [](const std::string&, const api::ReplyTo& done) { done({.status = 100}); };
        if (request.method == "PUT") reply.body = std::string(24U << 20, 'x');
        reply_to(std::move(reply));
      },
      options);
  const int silent = RawPeer::connect_to(server->port());
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (const std::string line : {"POST /half-a-body", "POST /stream", "PUT /not-taken"}) {
    peers.push_back(std::make_unique<RawPeer>(server->port()));
    peers.back()->send(line + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n\r\nabc" +
                       (line.starts_with("PUT") ? "def" : ""));
  }
  RawPeer head(server->port());
  head.send("GET");
  RawPeer idle(server->port());
  EXPECT_EQ(status_of(idle.ask(simple_get)), 200);
  RawPeer stays(server->port());
  EXPECT_EQ(status_of(stays.ask(post("", "Connection: close\r\n"))), 200);
  std::this_thread::sleep_for(300ms);

  const auto before = std::clock();
  std::this_thread::sleep_for(500ms);

  EXPECT_LT(std::clock() - before, CLOCKS_PER_SEC / 10);
  ::close(silent);
}

#ifdef KETENPOORT_TELLS_MEMORY
std::size_t memory_in_use() {
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

// Once nothing more is given back.
std::size_t settled_memory() {
  auto lowest = memory_in_use();
  for (int unchanged = 0; unchanged < 20; ++unchanged) {
    std::this_thread::sleep_for(20ms);
    if (const auto now = memory_in_use(); now < lowest) {
      lowest = now;
      unchanged = 0;
    }
  }
  return lowest;
}

// Thousands may be idle.
TEST(Server, gives_back_the_buffers_of_a_connection_each_time_it_is_idle) {
  constexpr std::size_t count = 40;
  const auto server = start_server();
  const auto without = memory_in_use();
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (std::size_t i = 0; i < count; ++i) {
    peers.push_back(std::make_unique<RawPeer>(server->port()));
    ASSERT_EQ(status_of(peers.back()->ask(simple_get)), 200);
  }
  ASSERT_GE(memory_in_use(), without + count * 10'000) << "of which mallinfo2 must tell, or the rest says nothing";
  const auto idle = settled_memory();
  const auto becomes = [](const auto& condition) {
    for (int i = 0; i < 500 && !condition(); ++i) std::this_thread::sleep_for(10ms);
    return condition();
  };
  for (int i = 0; i < 2; ++i) {
    for (const auto& peer : peers) peer->send(simple_get.substr(0, 20));
    EXPECT_TRUE(becomes([&] { return memory_in_use() > idle + count * 20'000; })) << "begun";
    for (const auto& peer : peers) EXPECT_EQ(status_of(peer->ask(simple_get.substr(20))), 200);
    EXPECT_TRUE(becomes([&] { return memory_in_use() < idle + count * 5'000; })) << "idle again";
  }
}
#endif

}  // namespace
}  // namespace ketenpoort::net::test
