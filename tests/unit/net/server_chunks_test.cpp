// Bodies that a server sends as they are made.
#include <gmock/gmock.h>

#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/unit/net/loopback.hpp"

namespace ketenpoort::net::test {
namespace {

using testing::HasSubstr;
using testing::Not;

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

}  // namespace
}  // namespace ketenpoort::net::test
