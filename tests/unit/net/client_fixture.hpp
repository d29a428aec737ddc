// Calls to a partner on loopback, and a partner that does as a test says.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "gateway/net/blocking_client.hpp"
#include "gateway/net/client.hpp"
#include "tests/unit/net/loopback.hpp"

namespace ketenpoort::net::test {

inline std::string url_of(std::uint16_t port, const std::string& prefix = "") {
  return "https://127.0.0.1:" + std::to_string(port) + prefix;
}

inline ClientOptions options_for(std::uint16_t port) {
  ClientOptions options;
  options.base_url = url_of(port);
  options.ca_file = certificates().ca;
  return options;
}

inline BlockingClient open_client(const ClientOptions& options) {
  auto client = BlockingClient::open(options);
  if (!client) throw std::runtime_error(client.error().message);
  return std::move(*client);
}

inline Call get(const std::string& path) {
  Call call;
  call.method = "GET";
  call.path = path;
  return call;
}

inline Call post_call(const std::string& body) {
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
inline Listener listen_on_loopback(int waiting) {
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

inline CallResult ask_scripted(const std::string& answer, std::size_t max_bytes = 1000) {
  const ScriptedPartner partner({ScriptedPartner::answer(answer)});
  auto options = partner.options();
  options.max_answer_bytes = max_bytes;
  return open_client(options).call_for_failure(get("/a"));
}

}  // namespace ketenpoort::net::test
