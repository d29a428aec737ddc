// What a client says of a call that failed: whether it may have arrived.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>

#include "tests/unit/net/client_fixture.hpp"

namespace ketenpoort::net::test {
namespace {

using Kind = CallFailure::Kind;

TEST(Client, says_that_nothing_arrived_when_nobody_listens) {
  std::uint16_t free_port = 0;
  free_port = start_server()->port();
  const auto result = open_client(options_for(free_port)).call_for_failure(get("/a"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Kind::connect);
  EXPECT_FALSE(result.error().may_have_arrived);
}

TEST(Client, says_that_nothing_arrived_when_the_handshake_never_ends) {
  std::promise<void> enough;
  auto until = enough.get_future();
  const ScriptedPartner partner({[&](int) { until.wait(); }});
  auto options = partner.options();
  options.base_url.replace(0, 7, "https://");
  options.ca_file = certificates().ca;
  options.connect_timeout = 100ms;
  const auto result = open_client(options).call_for_failure(get("/a"));
  enough.set_value();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Kind::timeout);
  EXPECT_FALSE(result.error().may_have_arrived);
}

// More than a listener that accepts nobody holds for it: the kernel lets further ones wait without a word.
TEST(Client, says_that_nothing_arrived_when_the_connection_is_not_taken) {
  const auto listener = listen_on_loopback(0);
  const int only = RawPeer::connect_to(listener.port);
  ClientOptions options;
  options.base_url = "http://127.0.0.1:" + std::to_string(listener.port);
  options.connect_timeout = 100ms;
  const auto result = open_client(options).call_for_failure(get("/a"));
  ::close(only);
  ::close(listener.socket);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Kind::timeout);
  EXPECT_FALSE(result.error().may_have_arrived);
  EXPECT_EQ(result.error().detail, "no connection in time");
}

TEST(Client, says_that_nothing_arrived_when_the_name_is_nobodys) {
  const auto server = start_server();
  auto options = options_for(server->port());
  // A label longer than names may have: nobody need be asked.
  options.base_url = "https://" + std::string(64, 'a') + ".example:" + std::to_string(server->port());
  const auto result = open_client(options).call_for_failure(get("/a"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Kind::resolve);
  EXPECT_FALSE(result.error().may_have_arrived);
}

// Time to connect, to be answered, to be unused: each counts from its own beginning.
TEST(Client, gives_each_step_its_own_time) {
  const auto server = start_server([](const api::Request& request, const api::ReplyTo& reply_to) {
    if (request.path == "/slow") std::this_thread::sleep_for(800ms);
    echo(request, reply_to);
  });
  auto options = options_for(server->port());
  options.connect_timeout = 500ms;
  options.idle_timeout = 500ms;
  auto client = open_client(options);
  EXPECT_TRUE(client.call(get("/slow"))) << "a new connection";
  EXPECT_TRUE(client.call(get("/slow"))) << "a kept one";
  options.answer_timeout = 200ms;
  options.connect_timeout = options.idle_timeout = 60s;
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_FALSE(open_client(options).call(get("/slow")));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
}

// Far more than the socket holds.
const std::string& large_body() {
  static const std::string body(24U << 20, 'x');
  return body;
}

TEST(Client, writes_on_when_the_partner_reads_slowly) {
  std::atomic<std::size_t> received = 0;
  const ScriptedPartner partner({[&](int connection) {
    std::string block(1U << 20, '\0');
    while (received < large_body().size()) {
      const auto size = ::recv(connection, block.data(), block.size(), 0);
      if (size <= 0) return;
      const std::string_view read(block.data(), static_cast<std::size_t>(size));
      received += static_cast<std::size_t>(std::count(read.begin(), read.end(), 'x'));
      std::this_thread::sleep_for(1ms);
    }
    ScriptedPartner::write(connection, "HTTP/1.1 204 No Content\r\n\r\n");
  }});
  auto options = partner.options();
  options.answer_timeout = 20s;
  const auto result = open_client(options).call_for_failure(post_call(large_body()));
  ASSERT_TRUE(result) << result.error().detail;
  EXPECT_EQ(result->status, 204);
  EXPECT_EQ(received, large_body().size());
}

TEST(Client, says_that_it_may_have_arrived_when_the_partner_reads_no_further) {
  std::promise<void> enough;
  auto until = enough.get_future();
  const ScriptedPartner partner({[&](int connection) {
                                   ScriptedPartner::read_request(connection);
                                   until.wait();
                                 },
                                 [](int connection) { ScriptedPartner::read_request(connection); }});
  auto options = partner.options();
  options.answer_timeout = 200ms;
  const auto stuck = open_client(options).call_for_failure(post_call(large_body()));
  enough.set_value();
  ASSERT_FALSE(stuck);
  EXPECT_EQ(stuck.error().kind, Kind::timeout);
  EXPECT_TRUE(stuck.error().may_have_arrived);
  options.answer_timeout = 10s;
  const auto broken = open_client(options).call_for_failure(post_call(large_body()));
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().kind, Kind::write);
  EXPECT_TRUE(broken.error().may_have_arrived);
}

TEST(Client, says_that_it_may_have_arrived_when_no_answer_comes) {
  api::ReplyTo never;
  const auto server = start_server([&](const api::Request&, api::ReplyTo reply_to) { never = std::move(reply_to); });
  auto options = options_for(server->port());
  options.answer_timeout = 100ms;
  const auto result = open_client(options).call_for_failure(get("/a"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Kind::timeout);
  EXPECT_TRUE(result.error().may_have_arrived);
}

TEST(Client, says_that_it_may_have_arrived_when_the_connection_breaks_at_any_byte_of_the_answer) {
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
  for (std::size_t size = 0; size < answer.size(); ++size) {
    const auto result = ask_scripted(answer.substr(0, size));
    ASSERT_FALSE(result) << size;
    EXPECT_EQ(result.error().kind, Kind::read) << size;
    EXPECT_TRUE(result.error().may_have_arrived) << size;
  }
  EXPECT_EQ(ask_scripted(answer).value().body, "hello");
}

TEST(Client, says_that_it_may_have_arrived_when_the_partner_breaks_the_connection) {
  const ScriptedPartner partner({[](int connection) {
    ScriptedPartner::read_request(connection);
    const linger at_once{1, 0};  // closing resets
    ::setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }});
  const auto result = open_client(partner.options()).call_for_failure(get("/a"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Kind::read);
  EXPECT_TRUE(result.error().may_have_arrived);
}

TEST(Client, never_repeats_a_call_of_which_a_byte_was_written) {
  std::atomic<int> arrived = 0;
  const ScriptedPartner partner({[&](int connection) {
                                   ScriptedPartner::read_request(connection);
                                   ScriptedPartner::write(connection, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
                                   ScriptedPartner::read_request(connection);
                                   ++arrived;  // and closes without an answer
                                 },
                                 [&](int connection) {
                                   if (!ScriptedPartner::read_request(connection).empty()) ++arrived;
                                 }});
  {
    auto client = open_client(partner.options());
    ASSERT_TRUE(client.call(get("/a")));
    const auto result = client.call_for_failure(get("/a"));
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, Kind::read);
    EXPECT_TRUE(result.error().may_have_arrived);
  }
  EXPECT_EQ(arrived, 1);
}

}  // namespace
}  // namespace ketenpoort::net::test
