#include "gateway/net/request_guard.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>

#include "gateway/net/head_reader.hpp"
#include "tests/unit/net/loopback.hpp"
#include "tests/unit/net/refused_requests.hpp"

namespace ketenpoort::net::test {
namespace {

std::variant<Incomplete, Refusal, Framing> guard(std::string_view bytes, const GuardLimits& limits = {}) {
  std::size_t scanned = 0;
  return guard_request(bytes, scanned, limits);
}

Framing accepted(std::string_view bytes) {
  const auto result = guard(bytes);
  if (const auto* refusal = std::get_if<Refusal>(&result)) ADD_FAILURE() << refusal->detail;
  const auto* framing = std::get_if<Framing>(&result);
  EXPECT_NE(framing, nullptr) << bytes;
  return framing != nullptr ? *framing : Framing{};
}

// RFC 9112 3.2.2: a server must take it.
TEST(RequestGuard, a_whole_url_is_read_as_its_path_and_query) {
  for (const std::string_view url : {"https://localhost:8443/records?a=b", "HTTPS://LOCALHOST:8443/records?a=b"}) {
    const auto head = fmt::format("GET {} HTTP/1.1\r\nHost: localhost:8443\r\n\r\n", url);
    const auto framing = accepted(head);
    EXPECT_EQ(framing.path, "/records");
    EXPECT_EQ(framing.query, "a=b");
    api::Request request;
    EXPECT_TRUE(read_head(head, framing, request));
    EXPECT_EQ(request.path, "/records");
    EXPECT_EQ(request.query, "a=b");
  }
}

class RefusedRequests : public testing::TestWithParam<RefusedRequest> {};

TEST_P(RefusedRequests, are_refused_whole) {
  const auto result = guard(GetParam().bytes);
  const auto* refusal = std::get_if<Refusal>(&result);
  ASSERT_NE(refusal, nullptr);
  EXPECT_EQ(refusal->status, GetParam().status) << refusal->detail;
}

// However the bytes are cut, no prefix passes as a request.
TEST_P(RefusedRequests, are_refused_byte_by_byte) {
  const std::string_view bytes = GetParam().bytes;
  std::size_t scanned = 0;
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    const auto result = guard_request(bytes.substr(0, size), scanned, {});
    ASSERT_FALSE(std::holds_alternative<Framing>(result)) << size;
    if (std::holds_alternative<Refusal>(result)) return;
  }
  FAIL() << "never refused";
}

// A real server answers with the problem and closes; nothing after it is read as a request.
TEST_P(RefusedRequests, are_answered_and_the_connection_closed) {
  static bool reached = false;
  static const auto server = start_server([](const api::Request& request, const api::ReplyTo& reply_to) {
    reached = reached || request.path == "/smuggled";
    echo(request, reply_to);
  });
  RawPeer peer(server->port());
  ASSERT_TRUE(peer.connected());
  peer.send(GetParam().bytes + "GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const auto answer = peer.receive_all();
  EXPECT_EQ(status_of(answer), GetParam().status);
  EXPECT_EQ(header_of(answer, "Content-Type"), "application/problem+json");
  EXPECT_EQ(header_of(answer, "Connection"), "close");
  EXPECT_EQ(answer.find("HTTP/1.1 ", 1), std::string::npos) << "a second answer";
  EXPECT_TRUE(peer.is_closed());
  EXPECT_FALSE(reached);
}

INSTANTIATE_TEST_SUITE_P(RequestGuard, RefusedRequests, testing::ValuesIn(refused_requests()),
                         [](const auto& test) { return test.param.name; });

TEST(RequestGuard, reads_an_ordinary_request) {
  const std::string head =
      "POST /ketenpoort/v1/records?a=%20b&c HTTP/1.1\r\nHost: localhost:8443\r\nContent-Length: 12\r\n"
      "Expect: 100-Continue\r\n\r\n";
  const auto bytes = head + "body";
  const auto framing = accepted(bytes);
  EXPECT_EQ(framing.head_bytes, head.size());
  EXPECT_EQ(framing.method, "POST");
  EXPECT_EQ(framing.path, "/ketenpoort/v1/records");
  EXPECT_EQ(framing.query, "a=%20b&c");
  EXPECT_EQ(framing.content_length, 12U);
  EXPECT_TRUE(framing.keep_alive);
  EXPECT_TRUE(framing.expects_continue);
}

TEST(RequestGuard, keeps_a_connection_as_its_version_and_fields_say) {
  EXPECT_TRUE(accepted("GET / HTTP/1.1\r\nHost: a\r\n\r\n").keep_alive);
  EXPECT_FALSE(accepted("GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n").keep_alive);
  EXPECT_FALSE(accepted("GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive,close\r\n\r\n").keep_alive);
  EXPECT_FALSE(accepted("GET / HTTP/1.0\r\nHost: a\r\n\r\n").keep_alive);
  EXPECT_TRUE(accepted("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n").keep_alive);
  EXPECT_TRUE(accepted("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive, x\r\n\r\n").keep_alive);
  EXPECT_FALSE(accepted("GET / HTTP/1.0\r\nHost: a\r\nConnection: x\r\n\r\n").keep_alive);
  EXPECT_FALSE(accepted("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive, close\r\n\r\n").keep_alive);
  EXPECT_FALSE(accepted("GET / HTTP/1.1\r\nHost: a\r\nConnection: close, x\r\n\r\n").keep_alive);
  EXPECT_FALSE(accepted("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nConnection: x\r\n\r\n").keep_alive);
}

// RFC 9110 10.1.1: a client of HTTP/1.0 would take it for the answer.
TEST(RequestGuard, says_no_continue_to_http_1_0) {
  EXPECT_FALSE(
      accepted("POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n").expects_continue);
}

TEST(RequestGuard, takes_a_body_that_is_said_not_to_be_compressed) {
  EXPECT_EQ(
      accepted("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Encoding: identity\r\n\r\n").content_length,
      1U);
}

TEST(RequestGuard, takes_percent_encoding_in_a_query_in_either_case) {
  EXPECT_EQ(accepted("GET /?a=%aF%0f%Fa%A0 HTTP/1.1\r\nHost: a\r\n\r\n").query, "a=%aF%0f%Fa%A0");
}

TEST(RequestGuard, takes_every_form_of_host) {
  for (const std::string host : {"localhost", "LOCALHOST:1", "127.0.0.1:65535", "[::1]", "[fe80::1]:8443", "[::]",
                                 "[::ffff:10.0.0.1]", "[FE80::ABCD]", "a_b.example"})
    EXPECT_TRUE(std::holds_alternative<Framing>(guard("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n"))) << host;
}

TEST(RequestGuard, trims_white_space_around_values) {
  EXPECT_EQ(accepted("GET / HTTP/1.1\r\nHost:\t a \r\nContent-Length:  5\t\r\nX: a\tb\r\n\r\n").content_length, 5U);
}

TEST(RequestGuard, waits_for_the_rest_of_a_head_that_is_right_so_far) {
  const std::string_view head = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n";
  std::size_t scanned = 0;
  for (std::size_t size = 0; size < head.size(); ++size)
    ASSERT_TRUE(std::holds_alternative<Incomplete>(guard_request(head.substr(0, size), scanned, {}))) << size;
  EXPECT_TRUE(std::holds_alternative<Framing>(guard_request(head, scanned, {})));
}

TEST(RequestGuard, holds_to_the_limits_it_is_given) {
  GuardLimits limits;
  limits.body_bytes = 10;
  limits.target_bytes = 5;
  limits.fields = 2;
  const auto status = [&](const std::string& bytes) {
    const auto result = guard(bytes, limits);
    const auto* refusal = std::get_if<Refusal>(&result);
    return refusal != nullptr ? refusal->status : 0;
  };
  EXPECT_EQ(status("POST /1234 HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n"), 0);
  EXPECT_EQ(status("POST /1234 HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n"), 413);
  EXPECT_EQ(status("POST /12345 HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n"), 414);
  EXPECT_EQ(status("POST /1234 HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nX: y\r\n\r\n"), 431);
}

TEST(RequestGuard, takes_a_head_as_large_as_its_limit) {
  const std::string_view head = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n";
  GuardLimits limits;
  limits.head_bytes = head.size();
  EXPECT_TRUE(std::holds_alternative<Framing>(guard(head, limits)));
  --limits.head_bytes;
  const auto result = guard(head, limits);
  const auto* refusal = std::get_if<Refusal>(&result);
  ASSERT_NE(refusal, nullptr);
  EXPECT_EQ(refusal->status, 431);
}

TEST(HeadReader, gives_the_handler_names_in_lower_case_and_values_trimmed) {
  const std::string head = "GET /a?b HTTP/1.1\r\nHOST: localhost\r\nX-Thing:  One \r\nx-thing: two\r\n\r\n";
  const auto framing = accepted(head);
  api::Request request;
  ASSERT_TRUE(read_head(head, framing, request));
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.path, "/a");
  EXPECT_EQ(request.query, "b");
  const Headers expected = {{"host", "localhost"}, {"x-thing", "One"}, {"x-thing", "two"}};
  EXPECT_EQ(request.headers, expected);
}

// Whatever limits its parser brings along: the guard's are the only ones.
TEST(HeadReader, takes_whatever_the_guard_let_through) {
  GuardLimits limits;
  limits.streamed_path = "/a";
  limits.streamed_bytes = 1U << 30;
  const auto head =
      "POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\nX: " + std::string(15'000, 'x') +
      "\r\n\r\n";
  const auto result = guard(head, limits);
  ASSERT_TRUE(std::holds_alternative<Framing>(result));
  api::Request request;
  EXPECT_TRUE(read_head(head, std::get<Framing>(result), request));
}

// Two readers that differ on where a request ends, or what it asks, would let one be hidden in another.
TEST(HeadReader, refuses_a_head_that_it_reads_otherwise_than_the_guard_did) {
  const std::string head = "POST /a?b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\n";
  const auto framing = accepted(head);
  const auto reads = [&](const std::string& bytes, const std::function<void(Framing&)>& otherwise) {
    auto changed = framing;
    otherwise(changed);
    api::Request request;
    return read_head(bytes, changed, request);
  };
  const auto the_same = [](Framing&) {};
  ASSERT_TRUE(reads(head, the_same));
  EXPECT_FALSE(reads(head, [](Framing& other) { other.method = "PUT"; }));
  EXPECT_FALSE(reads(head, [](Framing& other) { other.path = "/c"; }));
  EXPECT_FALSE(reads(head, [](Framing& other) { other.query = ""; }));
  EXPECT_FALSE(reads(head, [](Framing& other) { other.content_length = 4; }));
  EXPECT_FALSE(reads(head, [](Framing& other) { other.content_length = 0; }));
  EXPECT_FALSE(reads(head, [](Framing& other) { other.chunked = true; }));
  EXPECT_FALSE(reads(head + "abc", the_same)) << "there is more than a head";
  EXPECT_FALSE(reads(head.substr(0, head.size() - 2), the_same)) << "there is less than one";
  EXPECT_FALSE(reads("POST /a?b HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n", the_same));
}

}  // namespace
}  // namespace ketenpoort::net::test
