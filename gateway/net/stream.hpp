// One TCP connection, with TLS or without: reads and writes that never block, and a wait for when they would have.
//
// OpenSSL works on the socket itself here. asio::ssl::stream would keep two 17 KB buffers and a pair of memory BIOs for
// every connection, idle or not, and copy each byte once more.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>

#include "gateway/net/openssl.hpp"

namespace ketenpoort::net {

using Executor = boost::asio::io_context::executor_type;
template <class T>
using Awaitable = boost::asio::awaitable<T, Executor>;
inline constexpr boost::asio::use_awaitable_t<Executor> use_awaitable{};
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

class Stream {
 public:
  // What an attempt came to. `read` and `write`: nothing done, wait for that and try again.
  enum class Outcome { done, read, write, closed, failed };
  struct Attempt {
    Outcome outcome = Outcome::failed;
    std::size_t bytes = 0;
  };

  using Waited = std::tuple<boost::system::error_code>;

  // A null `ssl` means plain TCP. With TLS the state (accept or connect) has been set.
  Stream(Socket socket, SslPtr ssl);
  Stream(const Stream&) = delete;  // OpenSSL's BIO points at it
  Stream& operator=(const Stream&) = delete;

  // For clients, on a socket not yet open; after a failure it may be tried with another address.
  Awaitable<Waited> connect(boost::asio::ip::tcp::endpoint endpoint);

  Outcome try_handshake();
  Attempt try_read(std::span<char> into);  // closed: the peer ended its side
  Attempt try_write(std::string_view data);

  // Suspends until the socket is ready for `wanted` (read or write); an error after cancel() or close(). One frame less
  // than a coroutine of our own would cost. Between two waits only so much is read: a peer that sends faster than its
  // bytes are read would keep the thread, and every deadline with it.
  Awaitable<Waited> wait(Outcome wanted);

  // Bytes of plain text may be waiting inside OpenSSL, where no poll sees them.
  [[nodiscard]] bool has_pending() const { return ssl_ && SSL_has_pending(ssl_.get()) != 0; }
  // False when something has arrived, or the peer has ended: a look at the socket, nothing is read.
  [[nodiscard]] bool is_quiet();
  // OpenSSL keeps two buffers of 17 KB per connection; an idle one needs none. Those in use are kept.
  void release_buffers();
  // Bytes handed to the socket since the exchange began, TLS records included. Nothing of a call can have arrived while
  // it is 0.
  [[nodiscard]] std::size_t bytes_sent() const { return bytes_sent_; }
  void begin_exchange() { bytes_sent_ = received_in_turn_ = 0; }

  void cancel();            // the wait under way returns false
  void end_sending();       // TLS close_notify and FIN, as far as the socket takes them
  void discard_received();  // reads and drops what has arrived, below TLS
  void close();
  [[nodiscard]] bool peer_has_ended() const { return peer_has_ended_; }

  [[nodiscard]] SSL* ssl() const { return ssl_.get(); }
  [[nodiscard]] bool is_open() const { return socket_.is_open(); }

 private:
  void set_options();
  static BIO_METHOD* socket_method();
  static int bio_write(BIO* bio, const char* data, std::size_t size, std::size_t* written);
  static int bio_read(BIO* bio, char* data, std::size_t size, std::size_t* read);
  static long bio_control(BIO* bio, int command, long number, void* pointer);
  static void look_at_record(int written, int version, int type, const void* data, std::size_t size, SSL* ssl,
                             void* stream);
  void count_control_record();
  Attempt attempt_from(int result, std::size_t bytes);
  ssize_t send_now(const char* data, std::size_t size);
  ssize_t receive_now(char* data, std::size_t size);

  Socket socket_;
  SslPtr ssl_;
  std::size_t bytes_sent_ = 0;
  std::size_t received_in_turn_ = 0;  // since the last wait
  std::uint64_t received_ = 0;
  std::uint64_t control_records_ = 0;  // of TLS itself, since the handshake
  bool is_secure_ = false;             // the handshake is done
  bool peer_has_ended_ = false;
  bool broken_ = false;  // OpenSSL reported a fatal error: no close_notify after it
};

inline bool is_ready(const Stream::Waited& waited) {
  return !std::get<0>(waited);
}

}  // namespace ketenpoort::net
