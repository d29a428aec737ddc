// One connection of a server: handshake, then request after request until one side has had enough. Everything here runs
// on the connection's I/O thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "gateway/net/body_reader.hpp"
#include "gateway/net/input_buffer.hpp"
#include "gateway/net/mailbox.hpp"
#include "gateway/net/request_guard.hpp"
#include "gateway/net/signal.hpp"
#include "gateway/net/stream.hpp"

namespace ketenpoort::net {

class Session {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // `date` is the I/O thread's current Date field; it and the mailbox outlive the session.
  // `files_read` is what the server's state said before `ssl` was made.
  Session(std::uint64_t id, Socket socket, SslPtr ssl, std::uint64_t files_read, std::shared_ptr<Mailbox> mailbox,
          const std::string& date);

  Awaitable<void> run();

  void deliver(std::uint64_t request, api::Reply reply);  // from the mailbox
  void check_deadline(Time now);                          // from the sweep
  void close_if_idle();                                   // the server is draining
  void abort();                                           // now

  // Since when it waits for its peer: to shake hands, to send, or to take an answer. Nothing while a request is
  // handled, or when it is ending anyhow.
  [[nodiscard]] std::optional<Time> waits_since() const;
  void make_way();  // for a newcomer

 private:
  enum class Phase { handshake, idle, head, body, answer, write, goodbye };
  // What reading a request came to.
  enum class Received { request, refused, nothing };

  Awaitable<bool> shake_hands();
  Awaitable<bool> serve_one();
  Awaitable<Received> receive_head();
  Awaitable<Received> receive_body();
  Awaitable<bool> ask_for_body();
  Awaitable<Received> serve_streamed();
  Awaitable<Received> read_piece(BodyReader& reader, std::string& piece);
  Awaitable<bool> wait_for(Stream::Outcome wanted);
  Awaitable<bool> finish_writing(std::size_t written);
  Awaitable<bool> write_rest(api::NextPiece next);
  Awaitable<void> say_goodbye();

  void enter(Phase phase);
  bool certificate_holds();
  Received refuse(Refusal refusal);
  Received expired();
  Received take_head(const Framing& framing);
  void call_handler();
  void ask(const std::function<void(api::ReplyTo)>& answerer);
  bool begin_writing(std::size_t& written);
  void render(const api::Reply& reply);

  const std::uint64_t id_;
  Stream stream_;
  std::shared_ptr<Mailbox> mailbox_;
  ServerState& state_;
  const std::string& date_;

  Phase phase_ = Phase::handshake;
  Time entered_;  // the phase
  Time deadline_;
  bool expired_ = false;
  bool aborted_ = false;
  bool holds_memory_ = true;  // that an idle connection can give back

  std::optional<api::ClientCertificate> certificate_;
  std::chrono::sys_seconds certificate_end_{};
  std::uint64_t files_read_;  // when the certificate was looked at last
  InputBuffer input_;
  std::size_t scanned_ = 0;
  std::string output_;

  // The request at hand.
  api::Request request_;
  std::uint64_t request_number_ = 0;
  std::uint64_t content_length_ = 0;
  bool chunked_ = false;
  std::string related_trace_;
  bool keep_alive_ = true;
  bool expects_continue_ = false;
  bool head_only_ = false;
  bool takes_chunks_ = true;
  Time received_at_;
  std::optional<api::Reply> reply_;
  Signal answered_;
};

}  // namespace ketenpoort::net
