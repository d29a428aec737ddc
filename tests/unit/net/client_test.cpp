// What a client sends, and which thread makes it.
#include <gmock/gmock.h>

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/net/client_fixture.hpp"

namespace ketenpoort::net::test {
namespace {

using Kind = CallFailure::Kind;

TEST(Client, calls_a_partner_and_hears_its_answer) {
  const auto server = start_server([](const api::Request& request, const api::ReplyTo& reply_to) {
    api::Reply reply{201, "text/plain",
                     request.path + " " + std::string(request.header("x-reason")) + " " + request.body};
    reply.headers.emplace_back("X-Reference", "42");
    reply_to(std::move(reply));
  });
  auto options = options_for(server->port());
  options.base_url = url_of(server->port(), "/partner/v1/");
  auto client = open_client(options);
  auto call = post_call("payload");
  call.headers = {{"X-Reason", "test"}};

  const auto answer = client.call(call);

  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "/partner/v1/things test payload");
  EXPECT_THAT(answer->headers, testing::Contains(std::make_pair("x-reference", "42")));
}

TEST(Client, carries_a_large_body_both_ways) {
  const auto server = start_server();
  auto client = open_client(options_for(server->port()));
  const std::string body(1'000'000, 'x');
  const auto answer = client.call(post_call(body));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "POST /things  " + body);
}

TEST(Client, sends_nothing_that_could_become_another_request) {
  const auto server = start_server();
  auto client = open_client(options_for(server->port()));
  const auto with_field = [](const std::string& name, const std::string& value) {
    auto call = get("/a");
    call.headers = {{name, value}};
    return call;
  };
  for (const auto& call :
       {with_field("X-A", "b\r\nX-C: d"), with_field("X-A: b\r\nX-C", "d"), with_field("X-A", "b\nc"),
        with_field("X-A", "b\x1f"), with_field("X-A", "b\x7f"), get("/a HTTP/1.1\r\nX: y"), get("/a b"), get("/a\nb"),
        get("/a\x7f"), get("/\xc3\xa9"), get("no-slash"), get("")}) {
    const auto result = client.call_for_failure(call);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, Kind::protocol);
    EXPECT_FALSE(result.error().may_have_arrived);
  }
}

TEST(Client, says_how_long_a_body_is_wherever_there_could_be_one) {
  const auto server = start_server([](const api::Request& request, const api::ReplyTo& reply_to) {
    reply_to({200, "text/plain", "length " + std::string(request.header("content-length"))});
  });
  auto client = open_client(options_for(server->port()));
  const auto said = [&](const std::string& method, const std::string& body) {
    auto call = get("/a");
    call.method = method;
    call.body = body;
    call.headers = {{"X-A", "a\ttab"}};
    const auto answer = client.call(call);
    return answer ? answer->body : answer.error().message;
  };
  EXPECT_EQ(said("GET", ""), "length ");
  EXPECT_EQ(said("DELETE", ""), "length ");
  EXPECT_EQ(said("POST", ""), "length 0") << "else partners answer 411";
  EXPECT_EQ(said("PUT", ""), "length 0");
  EXPECT_EQ(said("PUT", "body"), "length 4");
  EXPECT_EQ(said("GET", "body"), "length 4") << "else the body would be read as the next request";
}

TEST(Client, has_a_call_made_on_its_own_thread_and_sends_what_was_made) {
  const auto server = start_server([](const api::Request& request, api::ReplyTo reply_to) {
    reply_to({.status = 200, .content_type = "text/plain", .body = request.path, .headers = {}});
  });
  const auto client = Client::open(options_for(server->port())).value();
  std::promise<std::pair<std::thread::id, std::string>> done;
  std::thread::id made_on;
  client->send(
      [&] {
        made_on = std::this_thread::get_id();
        return get("/made");
      },
      [&](const CallResult& result) {
        done.set_value({std::this_thread::get_id(), result ? result->body : "failed"});
      });
  const auto [answered_on, body] = done.get_future().get();
  EXPECT_EQ(body, "/made");
  EXPECT_EQ(made_on, answered_on);
  EXPECT_NE(made_on, std::this_thread::get_id());
}

TEST(Client, answers_also_a_call_whose_making_throws) {
  const auto client = Client::open(options_for(1)).value();
  std::promise<CallResult> done;
  client->send([]() -> Call { throw std::runtime_error("no"); },
               [&](CallResult result) { done.set_value(std::move(result)); });
  auto answered = done.get_future();
  ASSERT_EQ(answered.wait_for(std::chrono::seconds{20}), std::future_status::ready);
  const auto result = answered.get();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Kind::protocol);
  EXPECT_FALSE(result.error().may_have_arrived);
}

TEST(Client, answers_every_call_when_it_is_destroyed) {
  std::vector<api::ReplyTo> never;
  const auto server =
      start_server([&](const api::Request&, api::ReplyTo reply_to) { never.push_back(std::move(reply_to)); });
  auto options = options_for(server->port());
  options.max_connections = 1;
  std::atomic<int> arrived = 0;
  std::atomic<int> unsent = 0;
  {
    const auto client = Client::open(options).value();
    for (int i = 0; i < 3; ++i)
      client->send(get("/a"), [&](const CallResult& result) {
        ++(!result && result.error().may_have_arrived ? arrived : unsent);
      });
    std::this_thread::sleep_for(200ms);
  }
  EXPECT_EQ(arrived, 1);
  EXPECT_EQ(unsent, 2);
}

TEST(Client, sends_nothing_more_once_it_is_being_destroyed) {
  std::atomic<int> asked = 0;
  std::vector<api::ReplyTo> never;
  const auto server = start_server([&](const api::Request&, api::ReplyTo reply_to) {
    ++asked;
    never.push_back(std::move(reply_to));
  });
  std::atomic<int> unsent = 0;
  const auto count = [&](const CallResult& result) {
    if (!result && !result.error().may_have_arrived) ++unsent;
  };
  {
    auto client = Client::open(options_for(server->port())).value();
    client->send(get("/a"), [&, again = client.get()](const CallResult&) {
      again->send(get("/b"), count);
      again->send([] { return get("/c"); }, count);
    });
    for (int i = 0; i < 500 && asked == 0; ++i) std::this_thread::sleep_for(10ms);
  }
  EXPECT_EQ(unsent, 2);
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace ketenpoort::net::test
