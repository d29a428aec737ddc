#include "gateway/net/client.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <thread>
#include <vector>

#include "gateway/net/base_url.hpp"
#include "gateway/net/blocking_client.hpp"
#include "tests/unit/net/loopback.hpp"

namespace ketenpoort::net::test {
namespace {

using testing::HasSubstr;
using Kind = CallFailure::Kind;

std::string url_of(std::uint16_t port, const std::string& prefix = "") {
  return "https://127.0.0.1:" + std::to_string(port) + prefix;
}

ClientOptions options_for(std::uint16_t port) {
  ClientOptions options;
  options.base_url = url_of(port);
  options.ca_file = certificates().ca;
  return options;
}

BlockingClient open_client(const ClientOptions& options) {
  auto client = BlockingClient::open(options);
  if (!client) throw std::runtime_error(client.error().message);
  return std::move(*client);
}

Call get(const std::string& path) {
  Call call;
  call.method = "GET";
  call.path = path;
  return call;
}

Call post_call(const std::string& body) {
  Call call;
  call.path = "/things";
  call.body = body;
  return call;
}

struct Listener {
  int socket = -1;
  std::uint16_t port = 0;
};

// Takes nobody by itself; the kernel holds as many as `waiting` says, and one.
Listener listen_on_loopback(int waiting) {
  Listener listener{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(listener.socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(::listen(listener.socket, waiting), 0);
  EXPECT_EQ(::getsockname(listener.socket, reinterpret_cast<sockaddr*>(&address), &size), 0);
  listener.port = ntohs(address.sin_port);
  return listener;
}

// A partner out of a script, without TLS: for each connection in turn, reads one request (or none) and does as told.
class ScriptedPartner {
 public:
  using Script = std::function<void(int connection)>;

  explicit ScriptedPartner(std::vector<Script> scripts) {
    const auto listener = listen_on_loopback(16);
    listener_ = listener.socket;
    port_ = listener.port;
    thread_ = std::thread([this, scripts = std::move(scripts)] {
      for (const auto& script : scripts) {
        const int connection = ::accept(listener_, nullptr, nullptr);
        if (connection < 0) return;
        script(connection);
        ::close(connection);
      }
    });
  }
  ~ScriptedPartner() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  ScriptedPartner(const ScriptedPartner&) = delete;
  ScriptedPartner& operator=(const ScriptedPartner&) = delete;

  [[nodiscard]] ClientOptions options() const {
    ClientOptions options;
    options.base_url = "http://127.0.0.1:" + std::to_string(port_);
    options.answer_timeout = 3s;
    return options;
  }

  static std::string read_request(int connection) {
    std::string request;
    char block[4096];
    while (request.find("\r\n\r\n") == std::string::npos) {
      const auto size = ::recv(connection, block, sizeof block, 0);
      if (size <= 0) break;
      request.append(block, static_cast<std::size_t>(size));
    }
    return request;
  }
  static void write(int connection, std::string_view bytes) {
    ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }

  static Script answer(std::string bytes) {
    return [bytes = std::move(bytes)](int connection) {
      read_request(connection);
      write(connection, bytes);
    };
  }

 private:
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

CallResult ask_scripted(const std::string& answer, std::size_t max_bytes = 1000) {
  const ScriptedPartner partner({ScriptedPartner::answer(answer)});
  auto options = partner.options();
  options.max_answer_bytes = max_bytes;
  return open_client(options).call_for_failure(get("/a"));
}

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

TEST(Client, shows_its_certificate) {
  const auto server = start_server([](const api::Request& request, const api::ReplyTo& reply_to) {
    reply_to({200, "text/plain", request.certificate ? request.certificate->common_name : "none"});
  });
  auto options = options_for(server->port());
  options.certificate_chain = certificates().client_certificate;
  options.private_key = certificates().client_key;
  EXPECT_EQ(open_client(options).call(get("/a")).value().body, "test-client");
}

TEST(Client, checks_the_name_and_the_authority_of_the_partner) {
  ketenpoort::test::ScratchFolder folder;
  const auto elsewhere = issue_server(certificates().authority(), {"elsewhere.example"}, 1).value();
  ServerOptions server_options;
  server_options.tls =
      ServerTls{folder.write("s.pem", elsewhere.certificate), folder.write("s.key", elsewhere.private_key)};
  const auto misnamed = Server::start(server_options, echo).value();
  const auto wrong_name = open_client(options_for(misnamed->port())).call_for_failure(get("/a"));
  ASSERT_FALSE(wrong_name);
  EXPECT_EQ(wrong_name.error().kind, Kind::tls);
  EXPECT_FALSE(wrong_name.error().may_have_arrived);
  EXPECT_THAT(wrong_name.error().detail, HasSubstr("IP address mismatch"));

  const auto server = start_server();
  auto options = options_for(server->port());
  options.ca_file = folder.write("other.pem", make_authority("Other", 1).value().certificate);
  const auto wrong_authority = open_client(options).call_for_failure(get("/a"));
  ASSERT_FALSE(wrong_authority);
  EXPECT_EQ(wrong_authority.error().kind, Kind::tls);
}

TEST(Client, trusts_the_authorities_of_the_system_alone_when_no_others_are_given) {
  const auto server = start_server();
  auto options = options_for(server->port());
  options.ca_file.clear();
  const auto result = open_client(options).call_for_failure(get("/a"));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, Kind::tls);
  EXPECT_FALSE(result.error().may_have_arrived);
}

TEST(Client, is_not_opened_with_a_certificate_or_authorities_that_cannot_be_used) {
  auto options = options_for(1);
  options.certificate_chain = certificates().client_certificate;
  options.private_key = certificates().server_key;
  const auto other_key = Client::open(options);
  ASSERT_FALSE(other_key);
  EXPECT_EQ(other_key.error().code, ErrorCode::config);
  EXPECT_THAT(other_key.error().message, HasSubstr("server.key"));
  EXPECT_THAT(other_key.error().message, HasSubstr("is not the key of the certificate"));
  auto without = options_for(1);
  without.ca_file = certificates().server_key;
  EXPECT_FALSE(Client::open(without));
  auto in_the_clear = options_for(1);
  in_the_clear.base_url = "http://partner.example";
  EXPECT_FALSE(Client::open(in_the_clear));
}

TEST(Client, checks_a_dns_name_as_well_as_an_address) {
  const ketenpoort::test::ScratchFolder folder;
  const auto elsewhere = issue_server(certificates().authority(), {"elsewhere.example", "127.0.0.1"}, 1).value();
  ServerOptions server_options;
  server_options.tls =
      ServerTls{folder.write("s.pem", elsewhere.certificate), folder.write("s.key", elsewhere.private_key)};
  const auto misnamed = Server::start(server_options, echo).value();
  auto wrong = options_for(misnamed->port());
  EXPECT_TRUE(open_client(wrong).call(get("/a")));
  wrong.base_url = "https://localhost:" + std::to_string(misnamed->port());
  const auto refused = open_client(wrong).call_for_failure(get("/a"));
  ASSERT_FALSE(refused) << "it is not localhost";
  EXPECT_EQ(refused.error().kind, Kind::tls);
  EXPECT_FALSE(refused.error().may_have_arrived);
  EXPECT_THAT(refused.error().detail, HasSubstr("hostname mismatch"));

  const auto server = start_server();
  auto options = options_for(server->port());
  options.base_url = "https://localhost:" + std::to_string(server->port());
  const auto answer = open_client(options).call(get("/a"));
  ASSERT_TRUE(answer) << answer.error().message;
}

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

TEST(Client, replaces_a_kept_connection_that_the_partner_closed_meanwhile) {
  const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n";
  const ScriptedPartner partner({ScriptedPartner::answer(answer + "1"), ScriptedPartner::answer(answer + "2")});
  auto client = open_client(partner.options());
  EXPECT_EQ(client.call(get("/a")).value().body, "1");
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(client.call(get("/a")).value().body, "2");
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

TEST(BaseUrl, is_taken_apart) {
  const auto url = parse_base_url("https://partner.example:8443/kvs/v1/").value();
  EXPECT_TRUE(url.tls);
  EXPECT_EQ(url.host, "partner.example");
  EXPECT_EQ(url.port, "8443");
  EXPECT_EQ(url.authority, "partner.example:8443");
  EXPECT_EQ(url.prefix, "/kvs/v1");
  EXPECT_EQ(parse_base_url("https://partner.example").value().port, "443");
  EXPECT_EQ(parse_base_url("https://[::1]:1").value().host, "::1");
  EXPECT_EQ(parse_base_url("https://my-partner.example/a_b~c.d-e").value().prefix, "/a_b~c.d-e");
  const auto plain = parse_base_url("http://127.0.0.1").value();
  EXPECT_FALSE(plain.tls);
  EXPECT_EQ(plain.port, "80");
}

TEST(BaseUrl, is_refused_when_it_is_not_one_or_would_send_in_the_clear) {
  for (const char* url : {"partner.example", "ftp://a", "https://", "https://a:0", "https://a:99999", "https://a:b",
                          "https://u@a", "https://a/b?c", "https://a/b#c", "https://[::1", "https://[::1]x",
                          "https://a:443x", "https://a:", "https://[partner.example]", "https://[fe80::1%1]",
                          "https://[fe80::1%25eth0]", "http://partner.example", "http://10.0.0.1", "https://a b"}) {
    const auto parsed = parse_base_url(url);
    ASSERT_FALSE(parsed) << url;
    EXPECT_EQ(parsed.error().code, ErrorCode::config);
  }
}

}  // namespace
}  // namespace ketenpoort::net::test
