#include "gateway/net/stream.hpp"

#include <openssl/err.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <cerrno>
#include <stdexcept>

namespace ketenpoort::net {
namespace asio = boost::asio;

namespace {

constexpr std::size_t bytes_in_a_turn = 64U << 10;

// OpenSSL handles records of TLS itself (new keys, tickets, a wish for another handshake) within one SSL_read, however
// many come, and they cost us more than the peer: a new key some 80 us for 27 bytes. Honest peers send a few in a
// connection's life.
constexpr std::uint64_t control_records_at_once = 16;
constexpr std::uint64_t bytes_for_another = 1U << 20;

bool would_block(int error_number) {
  return error_number == EAGAIN || error_number == EWOULDBLOCK || error_number == EINTR;
}

}  // namespace

// OpenSSL's own socket BIO writes without MSG_NOSIGNAL, so a peer that went away would end the process; this one does
// not, and counts what it sent.
BIO_METHOD* Stream::socket_method() {
  static BIO_METHOD* const method = [] {
    auto* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "ketenpoort socket");
    if (made == nullptr) throw std::runtime_error("OpenSSL failed: BIO method");
    BIO_meth_set_write_ex(made, &Stream::bio_write);
    BIO_meth_set_read_ex(made, &Stream::bio_read);
    BIO_meth_set_ctrl(made, &Stream::bio_control);
    return made;
  }();
  return method;
}

int Stream::bio_write(BIO* bio, const char* data, std::size_t size, std::size_t* written) {
  auto& stream = *static_cast<Stream*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const auto sent = stream.send_now(data, size);
  if (sent >= 0) {
    *written = static_cast<std::size_t>(sent);
    return 1;
  }
  if (would_block(errno)) BIO_set_retry_write(bio);
  return 0;
}

int Stream::bio_read(BIO* bio, char* data, std::size_t size, std::size_t* read) {
  auto& stream = *static_cast<Stream*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const auto received = stream.receive_now(data, size);
  if (received > 0) {
    *read = static_cast<std::size_t>(received);
    return 1;
  }
  if (received < 0 && would_block(errno)) BIO_set_retry_read(bio);
  return 0;
}

long Stream::bio_control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_EOF:
      return static_cast<Stream*>(BIO_get_data(bio))->peer_has_ended_ ? 1 : 0;
    default:
      return 0;
  }
}

void Stream::look_at_record(int written, int /*version*/, int type, const void* data, std::size_t size, SSL* /*ssl*/,
                            void* stream) {
  const bool says_type = type == SSL3_RT_HEADER || type == SSL3_RT_INNER_CONTENT_TYPE;
  if (written != 0 || !says_type || size == 0) return;
  const auto record = *static_cast<const unsigned char*>(data);
  if (record != SSL3_RT_APPLICATION_DATA) static_cast<Stream*>(stream)->count_control_record();
}

// Beyond the limit nothing is read any more, as if the peer had ended.
void Stream::count_control_record() {
  if (!is_secure_) return;
  if (++control_records_ > control_records_at_once + received_ / bytes_for_another)
    SSL_set_shutdown(ssl_.get(), SSL_get_shutdown(ssl_.get()) | SSL_RECEIVED_SHUTDOWN);
}

Stream::Stream(Socket socket, SslPtr ssl) : socket_(std::move(socket)), ssl_(std::move(ssl)) {
  if (socket_.is_open()) set_options();
  if (!ssl_) return;
  auto* bio = BIO_new(socket_method());
  if (bio == nullptr) throw std::runtime_error("OpenSSL failed: BIO");
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_msg_callback(ssl_.get(), &Stream::look_at_record);
  SSL_set_msg_callback_arg(ssl_.get(), this);
}

void Stream::set_options() {
  boost::system::error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

Awaitable<Stream::Waited> Stream::connect(asio::ip::tcp::endpoint endpoint) {
  const auto connected = co_await socket_.async_connect(endpoint, asio::as_tuple(use_awaitable));
  if (is_ready(connected)) {
    set_options();
  } else {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }
  co_return connected;
}

ssize_t Stream::send_now(const char* data, std::size_t size) {
  const auto sent = ::send(socket_.native_handle(), data, size, MSG_NOSIGNAL);
  if (sent > 0) bytes_sent_ += static_cast<std::size_t>(sent);
  return sent;
}

ssize_t Stream::receive_now(char* data, std::size_t size) {
  if (received_in_turn_ >= bytes_in_a_turn) {
    errno = EAGAIN;
    return -1;
  }
  const auto received = ::recv(socket_.native_handle(), data, size, 0);
  if (received == 0) peer_has_ended_ = true;
  if (received > 0) {
    received_in_turn_ += static_cast<std::size_t>(received);
    received_ += static_cast<std::uint64_t>(received);
  }
  return received;
}

bool Stream::is_quiet() {
  char next = 0;
  return !has_pending() && ::recv(socket_.native_handle(), &next, 1, MSG_PEEK) < 0 && would_block(errno);
}

void Stream::release_buffers() {
  if (ssl_ && SSL_is_init_finished(ssl_.get()) != 0 && !has_pending()) SSL_free_buffers(ssl_.get());
}

Stream::Attempt Stream::attempt_from(int result, std::size_t bytes) {
  if (result == 1) return {Outcome::done, bytes};
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {Outcome::read};
    case SSL_ERROR_WANT_WRITE:
      return {Outcome::write};
    case SSL_ERROR_ZERO_RETURN:
      peer_has_ended_ = true;
      return {Outcome::closed};
    default:
      break;
  }
  broken_ = true;
  return {Outcome::failed};
}

Stream::Outcome Stream::try_handshake() {
  if (!ssl_) return Outcome::done;
  ERR_clear_error();
  const auto outcome = attempt_from(SSL_do_handshake(ssl_.get()), 0).outcome;
  is_secure_ = outcome == Outcome::done;
  return outcome;
}

Stream::Attempt Stream::try_read(std::span<char> into) {
  if (!socket_.is_open()) return {Outcome::failed};
  if (ssl_) {
    std::size_t bytes = 0;
    ERR_clear_error();
    const int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &bytes);
    return attempt_from(result, bytes);
  }
  const auto received = receive_now(into.data(), into.size());
  if (received > 0) return {Outcome::done, static_cast<std::size_t>(received)};
  if (received == 0) return {Outcome::closed};
  return {would_block(errno) ? Outcome::read : Outcome::failed};
}

Stream::Attempt Stream::try_write(std::string_view data) {
  if (!socket_.is_open()) return {Outcome::failed};
  if (ssl_) {
    std::size_t bytes = 0;
    ERR_clear_error();
    const int result = SSL_write_ex(ssl_.get(), data.data(), data.size(), &bytes);
    return attempt_from(result, bytes);
  }
  const auto sent = send_now(data.data(), data.size());
  if (sent >= 0) return {Outcome::done, static_cast<std::size_t>(sent)};
  return {would_block(errno) ? Outcome::write : Outcome::failed};
}

Awaitable<Stream::Waited> Stream::wait(Outcome wanted) {
  received_in_turn_ = 0;
  const auto kind = wanted == Outcome::write ? Socket::wait_write : Socket::wait_read;
  return socket_.async_wait(kind, asio::as_tuple(use_awaitable));
}

void Stream::cancel() {
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void Stream::end_sending() {
  if (!socket_.is_open()) return;
  if (ssl_ && !broken_ && SSL_is_init_finished(ssl_.get()) != 0) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void Stream::discard_received() {
  std::array<char, 16384> dropped;
  while (socket_.is_open() && receive_now(dropped.data(), dropped.size()) > 0) {
  }
}

void Stream::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace ketenpoort::net
