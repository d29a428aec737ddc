// Calls to one partner: HTTPS/1.1 over pooled keep-alive connections, the partner's name checked against its
// certificate.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "gateway/base/result.hpp"
#include "gateway/domain/call.hpp"

namespace ketenpoort::net {

struct ClientOptions {
  std::string base_url;                       // "https://host[:port][/prefix]"; http:// for loopback addresses only
  std::filesystem::path ca_file{};            // the only authorities trusted; empty: the system's
  std::filesystem::path certificate_chain{};  // ours, for mutual TLS; empty: none
  std::filesystem::path private_key{};
  std::chrono::milliseconds connect_timeout{5'000};  // connecting and the TLS handshake; the system limits resolving
  std::chrono::milliseconds answer_timeout{30'000};  // from the first byte written to the last byte of the answer
  std::chrono::milliseconds idle_timeout{30'000};    // a connection unused for longer is closed
  std::size_t max_connections = 16;
  std::size_t max_waiting = 4096;  // calls that wait for a connection; beyond: failed at once, nothing sent
  std::size_t max_answer_bytes = 4U << 20;
};

using CallResult = tl::expected<Answer, CallFailure>;
// Called once, on the client's I/O thread: it must not block, nor destroy the client.
using OnAnswer = std::function<void(CallResult)>;
using MakeCall = std::function<Call()>;  // likewise

class Client {
 public:
  static Result<std::unique_ptr<Client>> open(ClientOptions options);
  ~Client();  // fails what is under way (kind read or connect), then waits for its thread
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // From any thread. A kept connection that turns out closed is replaced only while no byte of the call had been handed
  // to it; after that the failure says may_have_arrived and repeating is the caller's decision.
  void send(Call call, OnAnswer on_answer);
  // The same for a call whose making takes a while (signing it): whoever sends goes on.
  void send(MakeCall make, OnAnswer on_answer);

 private:
  class Implementation;
  explicit Client(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace ketenpoort::net
