// How a client reads what a partner answers.
#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "tests/unit/net/client_fixture.hpp"

namespace ketenpoort::net::test {
namespace {

using Kind = CallFailure::Kind;

TEST(Client, waits_for_an_answer_that_comes_in_parts) {
  const ScriptedPartner partner({[](int connection) {
    ScriptedPartner::read_request(connection);
    for (const auto* part : {"HTTP/1.1 20", "0 OK\r\nContent-", "Length: 5\r\n\r\nhe", "llo"}) {
      ScriptedPartner::write(connection, part);
      std::this_thread::sleep_for(20ms);
    }
  }});
  EXPECT_EQ(open_client(partner.options()).call(get("/a")).value().body, "hello");
}

TEST(Client, reads_every_way_an_answer_may_be_delimited) {
  EXPECT_EQ(ask_scripted("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n")
                .value()
                .body,
            "abcde");
  EXPECT_EQ(ask_scripted("HTTP/1.0 200 OK\r\n\r\nuntil the end").value().body, "until the end");
  EXPECT_EQ(ask_scripted("HTTP/1.1 204 No Content\r\n\r\n").value().status, 204);
  EXPECT_EQ(
      ask_scripted("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nok").value().status,
      202);
}

TEST(Client, takes_an_answer_as_large_as_is_allowed_and_a_long_head) {
  const std::string ten = "0123456789";
  for (const auto& answer :
       {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n" + ten,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n" + ten + "\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n" + ten,
        "HTTP/1.1 200 OK\r\nX: " + std::string(12'000, 'x') + "\r\nContent-Length: 10\r\n\r\n" + ten}) {
    const auto result = ask_scripted(answer, 10);
    ASSERT_TRUE(result) << answer.substr(0, 100);
    EXPECT_EQ(result->body, ten);
  }
}

TEST(Client, keeps_nothing_of_what_comes_before_the_answer) {
  const auto answer = ask_scripted(
      "HTTP/1.1 103 Early Hints\r\nLocation: /elsewhere\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 202);
  EXPECT_EQ(answer->headers, (Headers{{"content-length", "0"}}));
}

// Its Content-Length is of what GET would bring.
TEST(Client, waits_for_no_body_after_head_and_keeps_the_connection) {
  const ScriptedPartner partner({[](int connection) {
    for (int i = 0; i < 2; ++i) {
      ScriptedPartner::read_request(connection);
      ScriptedPartner::write(connection, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
    }
  }});
  auto options = partner.options();
  options.max_answer_bytes = 1000;
  auto client = open_client(options);
  auto head = get("/a");
  head.method = "HEAD";
  for (int i = 0; i < 2; ++i) {
    const auto answer = client.call_for_failure(head);
    ASSERT_TRUE(answer) << i;
    EXPECT_EQ(answer->body, "");
  }
}

TEST(Client, refuses_answers_that_are_too_large_or_not_http) {
  const auto kind_of = [](const std::string& answer) {
    const auto result = ask_scripted(answer, 10);
    EXPECT_FALSE(result);
    EXPECT_TRUE(!result && result.error().may_have_arrived);
    return result ? Kind::connect : result.error().kind;
  };
  EXPECT_EQ(kind_of("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n"), Kind::too_large);
  EXPECT_EQ(kind_of("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nB\r\n01234567890\r\n0\r\n\r\n"),
            Kind::too_large);
  EXPECT_EQ(kind_of("HTTP/1.1 200 OK\r\n\r\n01234567890"), Kind::too_large);
  EXPECT_EQ(kind_of("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x')), Kind::too_large);
  EXPECT_EQ(kind_of("this is not HTTP\r\n\r\n"), Kind::protocol);
  EXPECT_EQ(kind_of(std::string(40, '\0')), Kind::protocol);
}

// What a partner may say that never comes to an end.
ScriptedPartner::Script say_without_end(std::string beginning, const std::string& again) {
  std::string block;
  while (block.size() < 64U << 10) block += again;
  return [beginning = std::move(beginning), block = std::move(block)](int connection) {
    ScriptedPartner::read_request(connection);
    ScriptedPartner::write(connection, beginning);
    while (::send(connection, block.data(), block.size(), MSG_NOSIGNAL) > 0) {
    }
  };
}

TEST(Client, gives_up_on_an_answer_without_end_and_keeps_nothing_of_it) {
  const auto kind_of = [](const std::string& beginning, const std::string& again) {
    const ScriptedPartner partner({say_without_end(beginning, again)});
    auto options = partner.options();
    options.max_answer_bytes = 1U << 30;
    options.answer_timeout = 1s;
    const auto result = open_client(options).call_for_failure(get("/a"));
    return result ? Kind::connect : result.error().kind;
  };
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(kind_of("", "HTTP/1.1 100 Continue\r\n\r\n"), Kind::too_large);
  EXPECT_EQ(kind_of(chunked + "5;", "a"), Kind::too_large);
  EXPECT_EQ(kind_of(chunked + "0\r\n", "X: y\r\n"), Kind::too_large);
  EXPECT_EQ(kind_of(chunked, "1\r\na\r\n"), Kind::timeout);
}

// Else what a partner sent on its own would be taken for the answer to the next call.
TEST(Client, takes_nothing_for_an_answer_that_came_before_the_call) {
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";
  for (const bool at_once : {true, false}) {
    const ScriptedPartner partner({[&](int connection) {
                                     ScriptedPartner::read_request(connection);
                                     if (!at_once) {
                                       ScriptedPartner::write(connection, answer + "1");
                                       std::this_thread::sleep_for(30ms);
                                       ScriptedPartner::write(connection, answer + "X");
                                     } else {
                                       ScriptedPartner::write(connection, answer + "1" + answer + "X");
                                     }
                                     ScriptedPartner::read_request(connection);
                                   },
                                   ScriptedPartner::answer(answer + "2")});
    auto client = open_client(partner.options());
    EXPECT_EQ(client.call(get("/a")).value().body, "1");
    std::this_thread::sleep_for(100ms);
    EXPECT_EQ(client.call(get("/a")).value().body, "2") << at_once;
  }
}

}  // namespace
}  // namespace ketenpoort::net::test
