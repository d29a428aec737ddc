// Which connections a client keeps, uses again and opens.
#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/net/client_fixture.hpp"

namespace ketenpoort::net::test {
namespace {

using testing::HasSubstr;

TEST(Client, keeps_its_connection) {
  metrics::Registry registry;
  ServerOptions server_options;
  server_options.registry = &registry;
  const auto server = start_server(echo, server_options);
  auto client = open_client(options_for(server->port()));
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(client.call(get("/a")));
  EXPECT_THAT(registry.render(), HasSubstr("ketenpoort_http_connections_total{listener=\"https\"} 1\n"));
}

TEST(Client, resumes_the_tls_session_on_a_new_connection) {
  metrics::Registry registry;
  ServerOptions server_options;
  server_options.registry = &registry;
  server_options.deadlines.idle = 60ms;
  const auto server = start_server(echo, server_options);
  auto client = open_client(options_for(server->port()));
  ASSERT_TRUE(client.call(get("/a")));
  std::this_thread::sleep_for(300ms);
  ASSERT_TRUE(client.call(get("/a")));
  EXPECT_THAT(registry.render(), HasSubstr("ketenpoort_http_tls_resumed_total{listener=\"https\"} 1\n"));
}

TEST(Client, replaces_a_kept_connection_that_the_partner_closed_meanwhile) {
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";
  const ScriptedPartner partner({ScriptedPartner::answer(answer + "1"), ScriptedPartner::answer(answer + "2")});
  auto client = open_client(partner.options());
  EXPECT_EQ(client.call(get("/a")).value().body, "1");
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(client.call(get("/a")).value().body, "2");
}

// Whoever said that the connection ends reads nothing more of it, even where it is still open.
TEST(Client, sends_nothing_more_on_a_connection_that_the_partner_said_it_ends) {
  for (const std::string head : {"HTTP/1.1 200 OK\r\nConnection: close\r\n", "HTTP/1.0 200 OK\r\n"}) {
    std::atomic<bool> heard_more = false;
    const ScriptedPartner partner({[&](int connection) {
                                     ScriptedPartner::read_request(connection);
                                     ScriptedPartner::write(connection, head + "Content-Length: 1\r\n\r\n1");
                                     heard_more = !ScriptedPartner::read_request(connection).empty();
                                   },
                                   ScriptedPartner::answer("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2")});
    auto client = open_client(partner.options());
    EXPECT_EQ(client.call(get("/a")).value().body, "1");
    const auto second = client.call(get("/a"));
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ(second->body, "2");
    EXPECT_FALSE(heard_more);
  }
}

TEST(Client, closes_a_connection_that_was_not_used_for_long) {
  std::promise<bool> ended;
  const ScriptedPartner partner({[&](int connection) {
    ScriptedPartner::read_request(connection);
    ScriptedPartner::write(connection, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    ended.set_value(ScriptedPartner::read_request(connection).empty());
  }});
  auto options = partner.options();
  options.answer_timeout = 30s;
  options.idle_timeout = 100ms;
  auto client = open_client(options);
  ASSERT_TRUE(client.call(get("/a")));
  auto waited = ended.get_future();
  ASSERT_EQ(waited.wait_for(3s), std::future_status::ready);
  EXPECT_TRUE(waited.get());
}

TEST(Client, uses_a_connection_again_after_a_while) {
  metrics::Registry registry;
  ServerOptions server_options;
  server_options.registry = &registry;
  const auto server = start_server(echo, server_options);
  auto client = open_client(options_for(server->port()));
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(client.call(post_call("round " + std::to_string(i))).value().body,
              "POST /things  round " + std::to_string(i));
    std::this_thread::sleep_for(120ms);  // the sweep has been by
  }
  EXPECT_THAT(registry.render(), HasSubstr("ketenpoort_http_connections_total{listener=\"https\"} 1\n"));
}

TEST(Client, opens_no_more_connections_than_allowed_and_queues_no_more_calls) {
  std::mutex mutex;
  std::vector<api::ReplyTo> waiting;
  metrics::Registry registry;
  ServerOptions server_options;
  server_options.registry = &registry;
  const auto server = start_server(
      [&](const api::Request&, api::ReplyTo reply_to) {
        const std::lock_guard lock(mutex);
        waiting.push_back(std::move(reply_to));
      },
      server_options);
  auto options = options_for(server->port());
  options.max_connections = 2;
  options.max_waiting = 3;
  const auto client = Client::open(options).value();
  std::atomic<int> answered = 0;
  std::atomic<int> refused = 0;
  for (int i = 0; i < 6; ++i)
    client->send(get("/a"), [&](const CallResult& result) { ++(result ? answered : refused); });
  for (int i = 0; i < 500 && answered < 5; ++i) {
    std::this_thread::sleep_for(10ms);
    const std::lock_guard lock(mutex);
    EXPECT_LE(waiting.size(), 2U);
    for (auto& reply_to : waiting) reply_to({});
    waiting.clear();
  }
  EXPECT_EQ(answered, 5);
  EXPECT_EQ(refused, 1);
  EXPECT_THAT(registry.render(), HasSubstr("ketenpoort_http_connections_total{listener=\"https\"} 2\n"));
}

}  // namespace
}  // namespace ketenpoort::net::test
