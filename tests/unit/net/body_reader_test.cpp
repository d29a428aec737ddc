#include "gateway/net/body_reader.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "tests/unit/net/keeper.hpp"
#include "tests/unit/net/loopback.hpp"

namespace ketenpoort::net::test {
namespace {

using Progress = BodyReader::Progress;

struct Reading {
  Progress progress = Progress::more;
  std::string body;
  std::size_t used = 0;
};

// Gives the bytes in steps of `step`, as a connection would.
Reading read_in_steps(BodyReader& reader, std::string_view bytes, std::size_t step) {
  Reading out;
  for (std::size_t available = std::min(step, bytes.size());; available = std::min(available + step, bytes.size())) {
    while (true) {
      std::size_t used = 0;
      std::string piece;
      out.progress = reader.read(bytes.substr(out.used, available - out.used), used, piece);
      out.used += used;
      out.body += piece;
      if (out.progress == Progress::piece || (out.progress == Progress::end && !piece.empty())) continue;
      break;
    }
    if (out.progress != Progress::more || available == bytes.size()) return out;
  }
}

Reading read_chunked(std::string_view bytes, std::size_t step, std::uint64_t limit = 1U << 20) {
  BodyReader reader(std::nullopt, limit);
  return read_in_steps(reader, bytes, step);
}

std::string chunk(const std::string& data) {
  char size[20];
  std::snprintf(size, sizeof size, "%zx", data.size());
  return std::string(size) + "\r\n" + data + "\r\n";
}

TEST(BodyReader, reads_chunks_however_they_are_cut) {
  const std::string bytes =
      chunk("one line\n") + "5;name=\"va;lue\"\r\nsmall\r\n000A\r\n0123456789\r\n0\r\nDigest: x\r\n\r\nGET /";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    const auto reading = read_chunked(bytes, step);
    EXPECT_EQ(reading.progress, Progress::end) << step;
    EXPECT_EQ(reading.body, "one line\nsmall0123456789") << step;
    EXPECT_EQ(reading.used, bytes.size() - 5) << "what follows is the next request's";
  }
}

TEST(BodyReader, reads_an_empty_chunked_body) {
  for (std::size_t step = 1; step <= 5; ++step) {
    const auto reading = read_chunked("0\r\n\r\n", step);
    EXPECT_EQ(reading.progress, Progress::end);
    EXPECT_EQ(reading.body, "");
  }
}

TEST(BodyReader, reads_chunks_of_one_byte_each_byte_on_its_own) {
  const std::vector<std::pair<std::string, std::string>> bodies{
      {"1\r\nX\r\n0\r\n\r\n", "X"},       {"1\r\nX\r\n1\r\nY\r\n00\r\n\r\n", "XY"},
      {"1;a\r\nX\r\n0;b=c\r\n\r\n", "X"}, {"01\r\n\r\r\n2\r\n\r\n\r\n0\r\nA: b\r\nC:\r\n\r\n", "\r\r\n"},
      {"2\r\n0\r\r\n0\r\n\r\n", "0\r"},   {"0000000\r\n\r\n", ""},
      {"0;x\r\nA: b\r\n\r\n", ""}};
  for (const auto& [bytes, body] : bodies)
    for (std::size_t step = 1; step <= bytes.size(); ++step) {
      const auto reading = read_chunked(bytes + "GET", step);
      EXPECT_EQ(reading.progress, Progress::end) << bytes << step;
      EXPECT_EQ(reading.body, body) << bytes << step;
      EXPECT_EQ(reading.used, bytes.size()) << bytes << step;
    }
}

// Nothing more has to come before it is refused: whoever waits for the answer gets it.
TEST(BodyReader, refuses_a_line_that_can_become_no_chunk_as_soon_as_that_is_seen) {
  for (const auto* bytes : {"z", "zz\r\n", "-1", " ", "\r\n", "\n", ";", "0x\r\n", "G\r\n", "5\n", "0\n", "1\r\nXY",
                            "1\r\nX\rY", "1\r\nX\r\nz", "1\r\nX\r\n\r", "1\r\nX\r\n0\n", "1 \r\n", "1;=\r\n"})
    for (const std::size_t step : {std::size_t{1}, std::string_view(bytes).size()})
      EXPECT_EQ(read_chunked(bytes, step).progress, Progress::wrong) << bytes << ' ' << step;
}

TEST(BodyReader, waits_for_what_may_still_become_a_chunk) {
  for (const auto* bytes :
       {"", "0", "00", "0\r", "0\r\n", "0\r\n\r", "f", "ff\r", "1\r\n", "1\r\nX", "1\r\nX\r", "1\r\nX\r\n",
        "1\r\nX\r\n0", "1\r\nX\r\n0\r\n", "1\r\nX\r\n0\r\n\r", "1;a", "0\r\nA", "0\r\nA: b\r\n"})
    EXPECT_EQ(read_chunked(bytes, 1).progress, Progress::more) << bytes;
}

TEST(BodyReader, refuses_what_are_no_chunks) {
  const std::vector<std::string> wrong{
      "x\r\nabcde\r\n0\r\n\r\n",        "-1\r\nabcde\r\n0\r\n\r\n",
      "0x5\r\nabcde\r\n0\r\n\r\n",      "5\r\nabcdeX\r\n0\r\n\r\n",
      "5\r\nabcde0\r\n\r\n12345",       " 5\r\nabcde\r\n0\r\n\r\n",
      "5 x\r\nabcde\r\n0\r\n\r\n",      "11111111111111111\r\nabcde\r\n",
      "\r\n5\r\nabcde\r\n0\r\n\r\n",    "5;" + std::string(300, 'x') + "\r\nabcde\r\n0\r\n\r\n",
      "0\r\nContent-Length: 3\r\n\r\n", "0\r\nTransfer-Encoding: chunked\r\n\r\n",
      "0\r\nno field\r\n\r\n",          "5\r\nabcde\r\n0\r\nX\x01: 1\r\n\r\n"};
  for (const auto& bytes : wrong)
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, bytes.size()}) {
      const auto reading = read_chunked(bytes, step);
      EXPECT_TRUE(reading.progress == Progress::wrong || reading.progress == Progress::too_large) << bytes;
    }
}

TEST(BodyReader, takes_no_line_feed_alone_for_a_line_end) {
  EXPECT_EQ(read_chunked("5\nabcde\n0\n\n", 1).progress, Progress::wrong);
  EXPECT_EQ(read_chunked("5\nabcde\r\n0\r\n\r\n", 1).progress, Progress::wrong);
}

TEST(BodyReader, gives_up_on_framing_without_end) {
  EXPECT_EQ(read_chunked(std::string(5000, '0'), 100).progress, Progress::wrong);
  EXPECT_EQ(read_chunked("0\r\nA: " + std::string(5000, 'x'), 100).progress, Progress::wrong);
}

TEST(BodyReader, keeps_to_the_limit_whatever_the_size_of_the_chunks) {
  std::string bytes;
  for (int i = 0; i < 11; ++i) bytes += chunk("0123456789");
  EXPECT_EQ(read_chunked(bytes + "0\r\n\r\n", 13, 110).progress, Progress::end);
  EXPECT_EQ(read_chunked(bytes + "0\r\n\r\n", 13, 109).progress, Progress::too_large);
  EXPECT_EQ(read_chunked("ffffffffffff\r\n", 100, 100).progress, Progress::too_large) << "said, before it is sent";
}

TEST(BodyReader, cuts_a_long_body_into_pieces_that_fit_in_memory) {
  const std::string long_body(1'000'000, 'x');
  for (const bool chunked : {false, true}) {
    const auto bytes = chunked ? chunk(long_body) + "0\r\n\r\n" : long_body;
    BodyReader reader(chunked ? std::nullopt : std::optional<std::uint64_t>(long_body.size()), 2'000'000);
    std::string body;
    std::size_t at = 0;
    bool ended = false;
    while (!ended) {
      std::size_t used = 0;
      std::string piece;
      const auto progress = reader.read(std::string_view(bytes).substr(at, 8192), used, piece);
      ASSERT_NE(progress, Progress::wrong);
      ASSERT_LE(piece.size(), BodyReader::piece_bytes + 8192);
      ended = progress == Progress::end && piece.empty();
      at += used;
      body += piece;
    }
    EXPECT_EQ(body, long_body);
    EXPECT_EQ(at, bytes.size());
  }
}

// A server that takes bodies at /stream and answers how much came.
class Streaming {
 public:
  explicit Streaming(std::uint64_t limit = 1U << 20) {
    ServerOptions options;
    options.limits.streamed_path = "/stream";
    options.limits.streamed_bytes = limit;
    options.limits.body_bytes = 100;
    options.deadlines.body = 500ms;
    server_ =
        start_server([this](const api::Request& request, const api::ReplyTo& reply_to) { handle(request, reply_to); },
                     std::move(options));
  }
  [[nodiscard]] std::uint16_t port() const { return server_->port(); }
  std::atomic<int> given_up{0};
  std::atomic<int> accepted{0};

 private:
  struct Sink {
    std::atomic<int>* given_up = nullptr;
    std::size_t pieces = 0;
    std::size_t bytes = 0;
    bool whole = false;
    ~Sink() {
      if (!whole) ++*given_up;
    }
  };
  void handle(const api::Request& request, const api::ReplyTo& reply_to) {
    if (!request.streamed || request.header("x-refuse") == "yes") return echo(request, reply_to);
    auto sink = std::make_shared<Sink>();
    sink->given_up = &given_up;
    api::Reply reply;
    reply.status = 100;
    reply.take = [this, sink](const std::string& piece, const api::ReplyTo& done) {
      ++sink->pieces;
      sink->bytes += piece.size();
      sink->whole = piece.empty();
      if (sink->bytes > 900'000) return done({503, "text/plain", "full"});
      if (!sink->whole) return done({100, "text/plain", {}});
      ++accepted;
      done({202, "text/plain", std::to_string(sink->bytes)});
    };
    reply_to(std::move(reply));
  }
  std::unique_ptr<Server> server_;
};

constexpr std::string_view chunked_head =
    "POST /stream HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string counted_head(std::size_t size, std::string_view more = "") {
  return "POST /stream HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(size) + "\r\n" +
         std::string(more) + "\r\n";
}

TEST(StreamedBody, is_handed_on_chunked_or_counted_and_the_connection_lives_on) {
  const Streaming server;
  RawPeer peer(server.port());
  const std::string body(300'000, 'b');
  const auto chunked = peer.ask(std::string(chunked_head) + chunk(body) + chunk(body) + "0\r\n\r\n");
  EXPECT_EQ(status_of(chunked), 202) << chunked;
  EXPECT_EQ(body_of(chunked), "600000");
  const auto counted = peer.ask(counted_head(body.size()) + body);
  EXPECT_EQ(body_of(counted), "300000");
  EXPECT_EQ(body_of(peer.ask(counted_head(0))), "0");
  EXPECT_EQ(status_of(peer.ask(simple_get)), 200);
  EXPECT_EQ(server.given_up, 0);
}

TEST(StreamedBody, is_for_one_path_and_one_method) {
  const Streaming server;
  for (const std::string line : {"POST /other", "POST /stream/", "PUT /stream", "POST /strea"}) {
    RawPeer peer(server.port());
    const auto answer = peer.ask(line + " HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    EXPECT_TRUE(status_of(answer) == 411 || status_of(answer) == 400) << line << answer;
  }
}

TEST(StreamedBody, is_refused_before_it_is_read_and_with_what_cannot_be_read) {
  const Streaming server(200'000);
  const std::vector<std::pair<std::string, int>> cases{
      {"POST /stream HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 400},
      {"POST /stream HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"POST /stream HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
      {"POST /stream HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {std::string(chunked_head) + "zz\r\nabc\r\n", 400},
      {std::string(chunked_head) + "3\r\nabcd\r\n0\r\n\r\n", 400},
      {std::string(chunked_head) + "fffffff\r\n", 413},
      {counted_head(200'001), 413}};
  for (const auto& [request, status] : cases) {
    RawPeer peer(server.port());
    peer.send(request + "GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto answers = peer.receive_all();
    EXPECT_EQ(status_of(answers), status) << request;
    EXPECT_EQ(header_of(answers, "Connection"), "close") << request;
    EXPECT_EQ(answers.find("HTTP/1.1 ", 1), std::string::npos) << "a second answer to " << request;
  }
  EXPECT_EQ(server.accepted, 0);
}

TEST(StreamedBody, is_asked_for_only_when_it_will_be_taken) {
  const Streaming server;
  RawPeer asked(server.port());
  asked.send(counted_head(3, "Expect: 100-continue\r\n"));
  EXPECT_TRUE(asked.receive_answer().starts_with("HTTP/1.1 100 "));
  asked.send("abc");
  EXPECT_EQ(body_of(asked.receive_answer()), "3");
  RawPeer refused(server.port());
  refused.send(counted_head(3, "Expect: 100-continue\r\nX-Refuse: yes\r\n"));
  const auto answer = refused.receive_all();
  EXPECT_EQ(status_of(answer), 200) << "the handler's own answer, and the unread body ends the connection";
  EXPECT_EQ(header_of(answer, "Connection"), "close");
}

TEST(StreamedBody, that_the_sink_refuses_midway_ends_with_its_answer) {
  const Streaming server(10'000'000);
  RawPeer peer(server.port());
  peer.send(counted_head(950'000) + std::string(950'000, 'x'));
  const auto answer = peer.receive_all();
  EXPECT_EQ(status_of(answer), 503);
  EXPECT_EQ(header_of(answer, "Connection"), "close");
  EXPECT_EQ(answer.find("HTTP/1.1 ", 1), std::string::npos) << "the rest of the body is no request";
  EXPECT_EQ(server.accepted, 0);
}

// As a batch does, which waits for the disk.
TEST(StreamedBody, is_handed_on_only_as_fast_as_the_pieces_are_taken) {
  ServerOptions options;
  options.limits.streamed_path = "/stream";
  options.limits.streamed_bytes = 1U << 20;
  std::atomic<int> at_once{0};
  std::atomic<int> most_at_once{0};
  std::atomic<std::size_t> bytes{0};
  std::vector<std::thread> disks;  // of the I/O thread, which ends before they are looked at
  auto server = start_server(
      [&](const api::Request&, const api::ReplyTo& reply_to) {
        api::Reply reply;
        reply.status = 100;
        reply.take = [&](const std::string& piece, const api::ReplyTo& done) {
          bytes += piece.size();
          most_at_once = std::max<int>(most_at_once, ++at_once);
          disks.emplace_back([&at_once, &bytes, done, last = piece.empty()] {
            std::this_thread::sleep_for(5ms);
            --at_once;
            done({last ? 202 : 100, "text/plain", last ? std::to_string(bytes) : std::string()});
          });
        };
        std::thread([reply_to, reply] {
          std::this_thread::sleep_for(5ms);
          reply_to(reply);
        }).detach();
      },
      options);
  RawPeer peer(server->port());
  const std::string body(900'000, 'b');
  EXPECT_EQ(body_of(peer.ask(counted_head(body.size()) + body)), "900000");
  server->stop(1s);
  for (auto& disk : disks) disk.join();
  EXPECT_EQ(most_at_once, 1);
  EXPECT_GT(disks.size(), 2U);
}

// As any other answer that does not come.
TEST(StreamedBody, whose_answer_does_not_come_in_time_closes_the_connection) {
  Keeper keeper;
  ServerOptions options;
  options.limits.streamed_path = "/stream";
  options.limits.streamed_bytes = 100;
  options.deadlines.answer = 200ms;
  const auto server = start_server(
      [&](const api::Request&, const api::ReplyTo& reply_to) {
        api::Reply reply;
        reply.status = 100;
        reply.take = [&](const std::string& piece, api::ReplyTo done) {
          if (piece.empty()) return keeper.handler()({}, std::move(done));
          done({100, "text/plain", {}});
        };
        reply_to(std::move(reply));
      },
      options);
  RawPeer peer(server->port());
  const auto answer = peer.ask(counted_head(3) + "abc");
  EXPECT_EQ(status_of(answer), 503);
  EXPECT_EQ(header_of(answer, "Connection"), "close");
  keeper.wait_for(1);
  keeper.answer_all("late");
  EXPECT_TRUE(peer.is_closed());
}

TEST(StreamedBody, of_who_wants_the_connection_closed_closes_it) {
  const Streaming server;
  for (const std::size_t size : {0U, 3U}) {
    RawPeer peer(server.port());
    peer.send(counted_head(size, "Connection: close\r\n"));
    std::this_thread::sleep_for(20ms);
    peer.send(std::string(size, 'x'));
    const auto answer = peer.receive_all();
    EXPECT_EQ(body_of(answer), std::to_string(size));
    EXPECT_EQ(header_of(answer, "Connection"), "close");
  }
}

TEST(StreamedBody, that_stops_halfway_is_given_up) {
  const Streaming server;
  {
    RawPeer peer(server.port());
    peer.send(counted_head(300'000) + std::string(100'000, 'x'));
    std::this_thread::sleep_for(100ms);
  }
  for (int i = 0; i < 100 && server.given_up == 0; ++i) std::this_thread::sleep_for(20ms);
  EXPECT_EQ(server.given_up, 1);
  RawPeer slow(server.port());
  slow.send(std::string(chunked_head) + "5\r\nab");
  const auto answer = slow.receive_all();
  EXPECT_EQ(status_of(answer), 408) << "too slow for its piece";
  EXPECT_EQ(server.given_up, 2);
  EXPECT_EQ(server.accepted, 0);
}

}  // namespace
}  // namespace ketenpoort::net::test
