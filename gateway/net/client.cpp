#include "gateway/net/client.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <set>
#include <thread>
#include <vector>

#include "gateway/net/answer_reader.hpp"
#include "gateway/net/base_url.hpp"
#include "gateway/net/input_buffer.hpp"
#include "gateway/net/stream.hpp"
#include "gateway/net/tls_context.hpp"
#include "gateway/observability/log.hpp"

namespace ketenpoort::net {
namespace asio = boost::asio;
using boost::system::error_code;
using Tcp = asio::ip::tcp;
using Kind = CallFailure::Kind;

namespace {

using Clock = std::chrono::steady_clock;
using Timer = asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor>;
using Resolver = asio::ip::basic_resolver<Tcp, Executor>;

constexpr std::chrono::milliseconds sweep_interval{50};

struct Job {
  Call call;
  OnAnswer on_answer;
};

tl::unexpected<CallFailure> failed(Kind kind, bool may_have_arrived, std::string detail) {
  return tl::make_unexpected(CallFailure{kind, may_have_arrived, std::move(detail)});
}

// One connection to the partner; the sweep ends its waits when its deadline has passed.
struct Connection {
  Connection(Executor executor, SslPtr ssl) : stream(Socket(executor), std::move(ssl)) {}

  Stream stream;
  // Of the call under way; their memory is used again by the next, and given back while there is none.
  std::string request;
  InputBuffer input;
  Clock::time_point deadline = Clock::time_point::max();
  bool expired = false;
  bool used_before = false;

  void allow(std::chrono::milliseconds time) {
    deadline = Clock::now() + time;
    expired = false;
  }

  void release_memory() {
    if (request.capacity() == 0) return;  // since the last time
    std::string().swap(request);
    input = InputBuffer();
    stream.release_buffers();
  }
};
using ConnectionPtr = std::unique_ptr<Connection>;
using Connected = tl::expected<ConnectionPtr, CallFailure>;

bool is_field_text(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7F;
  });
}

bool is_target(std::string_view path) {
  return path.starts_with('/') && std::all_of(path.begin(), path.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

// A line break in a field would be a request of somebody else's making.
bool is_sendable(const Call& call) {
  return is_target(call.path) && std::all_of(call.headers.begin(), call.headers.end(), [](const auto& header) {
           return is_field_text(header.first) && is_field_text(header.second);
         });
}

void render(std::string& out, const Call& call, const BaseUrl& url) {
  constexpr std::size_t usual_head = 1024;
  out.clear();
  out.reserve(usual_head + call.body.size());
  out.append(call.method).append(" ").append(url.prefix).append(call.path).append(" HTTP/1.1\r\nHost: ");
  // We unpack nothing, and without this field a server may pack its answer (RFC 9110, 12.5.3).
  out.append(url.authority).append("\r\nAccept-Encoding: identity\r\n");
  for (const auto& [name, value] : call.headers) out.append(name).append(": ").append(value).append("\r\n");
  const bool has_body =
      !call.body.empty() || (call.method != "GET" && call.method != "HEAD" && call.method != "DELETE");
  if (has_body) out.append("Content-Length: ").append(std::to_string(call.body.size())).append("\r\n");
  out.append("\r\n").append(call.body);
}

std::string tls_reason(const SSL* ssl) {
  const auto verified = SSL_get_verify_result(ssl);
  if (verified != X509_V_OK) return X509_verify_cert_error_string(verified);
  return openssl_reason();
}

// TLS 1.3 judges what we showed when our side of the handshake is over: an alert then comes in the place of the answer
// (RFC 8446, 6.2). `attempt` is the last thing that OpenSSL did.
std::optional<std::string> read_refusal(const Stream::Attempt& attempt) {
  if (attempt.outcome != Stream::Outcome::failed) return std::nullopt;
  const auto error = ERR_peek_last_error();
  if (ERR_GET_LIB(error) != ERR_LIB_SSL || ERR_GET_REASON(error) < SSL_AD_REASON_OFFSET) return std::nullopt;
  const int alert = ERR_GET_REASON(error) - SSL_AD_REASON_OFFSET;
  if (alert == SSL_AD_CERTIFICATE_REQUIRED) return "the peer asks for a client certificate, and none was shown";
  const bool is_of_certificates =
      (alert >= SSL_AD_BAD_CERTIFICATE && alert <= SSL_AD_CERTIFICATE_UNKNOWN) || alert == SSL_AD_UNKNOWN_CA;
  if (!is_of_certificates) return std::nullopt;
  return std::string("the peer refuses our certificate: ") + SSL_alert_desc_string_long(alert);
}

}  // namespace

class Client::Implementation {
 public:
  Implementation(ClientOptions options, BaseUrl url, SslContextPtr context)
      : options_(std::move(options)),
        url_(std::move(url)),
        tls_(std::move(context)),
        work_(context_.get_executor()),
        sweep_timer_(context_),
        resolver_(context_) {
    if (tls_) SSL_CTX_sess_set_new_cb(tls_.get(), &Implementation::keep_session);
    // Signals are the main thread's.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { run(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  ~Implementation() {
    asio::post(context_, [this] { begin_stopping(); });
    thread_.join();
  }

  void send(Job job) {
    asio::post(context_, [this, queued = std::move(job)]() mutable { enqueue(std::move(queued)); });
  }

  void send(MakeCall make, OnAnswer on_answer) {
    asio::post(context_, [this, make = std::move(make), on_answer = std::move(on_answer)]() mutable {
      if (stopping_) return on_answer(failed(Kind::connect, false, "the client is shutting down"));
      Call call;
      try {
        call = make();
      } catch (const std::exception&) {
        return on_answer(failed(Kind::protocol, false, "the call could not be made"));
      }
      enqueue({std::move(call), std::move(on_answer)});
    });
  }

 private:
  void run() {
    while (true) {
      try {
        context_.run();
        return;
      } catch (const std::exception&) {
        log::error("client_thread_exception");  // a callback threw; the other calls go on
      }
    }
  }

  void enqueue(Job job) {
    if (stopping_) return job.on_answer(failed(Kind::connect, false, "the client is shutting down"));
    if (!is_sendable(job.call))
      return job.on_answer(failed(Kind::protocol, false, "the call's path or header fields cannot be sent"));
    if (waiting_.size() >= options_.max_waiting)
      return job.on_answer(failed(Kind::connect, false, "too many calls are waiting for this partner"));
    waiting_.push_back(std::move(job));
    begin_calls();
  }

  void begin_calls() {
    while (!waiting_.empty() && running_ < options_.max_connections) {
      auto job = std::make_shared<Job>(std::move(waiting_.front()));
      waiting_.pop_front();
      ++running_;
      asio::co_spawn(context_, carry(job), [this, job](const std::exception_ptr& failure, CallResult result) {
        --running_;
        if (failure) result = failed(Kind::protocol, true, "internal failure");
        job->on_answer(std::move(result));
        if (stopping_) return finish_stopping();
        begin_calls();
      });
    }
  }

  // A call from beginning to end. Kept connections that prove closed before a byte went out cost nothing but the next
  // try.
  Awaitable<CallResult> carry(std::shared_ptr<Job> job) {
    while (true) {
      auto connection = take_idle();
      if (!connection) {
        auto connected = co_await open();
        if (!connected) co_return tl::make_unexpected(connected.error());
        connection = std::move(*connected);
      }
      const bool reused = connection->used_before;
      render(connection->request, job->call, url_);
      bool reusable = false;
      auto result = co_await exchange(*connection, job->call.method == "HEAD", reusable);
      const bool nothing_sent = !result && !result.error().may_have_arrived;
      if (reusable) keep(std::move(connection));
      drop(connection);
      const bool again = reused && nothing_sent && !stopping_;
      if (!again) co_return result;
    }
  }

  Awaitable<Connected> open() {
    auto addresses = co_await resolve();
    if (!addresses) co_return tl::make_unexpected(addresses.error());
    SslPtr ssl = new_ssl();
    auto connection = std::make_unique<Connection>(context_.get_executor(), std::move(ssl));
    watch(*connection);
    connection->allow(options_.connect_timeout);
    error_code error = asio::error::host_not_found;
    for (const auto& address : *addresses) {
      const auto connected = co_await connection->stream.connect(address);
      error = std::get<0>(connected);
      if (!error || connection->expired) break;
    }
    if (connection->expired || error) {
      const auto kind = connection->expired ? Kind::timeout : Kind::connect;
      drop(connection);
      co_return failed(kind, false,
                       kind == Kind::timeout ? "no connection in time" : "cannot connect: " + error.message());
    }
    auto failure = co_await shake_hands(*connection);
    if (failure) {
      drop(connection);
      co_return tl::make_unexpected(*failure);
    }
    co_return connection;
  }

  Awaitable<tl::expected<std::vector<Tcp::endpoint>, CallFailure>> resolve() {
    std::vector<Tcp::endpoint> addresses;
    error_code error;
    const auto literal = asio::ip::make_address(url_.host, error);
    if (!error) {
      addresses.emplace_back(literal, static_cast<std::uint16_t>(std::stoi(url_.port)));
      co_return addresses;
    }
    auto token = asio::as_tuple(use_awaitable);
    auto resolved = co_await resolver_.async_resolve(url_.host, url_.port, Resolver::numeric_service, std::move(token));
    if (std::get<0>(resolved))
      co_return failed(Kind::resolve, false, "cannot resolve " + url_.host + ": " + std::get<0>(resolved).message());
    for (const auto& entry : std::get<1>(resolved)) addresses.push_back(entry.endpoint());
    co_return addresses;
  }

  Awaitable<std::optional<CallFailure>> shake_hands(Connection& connection) {
    while (true) {
      const auto outcome = connection.stream.try_handshake();
      if (outcome == Stream::Outcome::done) co_return std::nullopt;
      bool ready = outcome == Stream::Outcome::read || outcome == Stream::Outcome::write;
      const bool refused = !ready;
      if (ready) ready = co_await wait_for(connection, outcome);
      if (ready) continue;
      if (connection.expired) co_return CallFailure{Kind::timeout, false, "no TLS handshake in time"};
      const auto reason = refused ? tls_reason(connection.stream.ssl()) : std::string("the client is shutting down");
      co_return CallFailure{Kind::tls, false, "TLS handshake failed: " + reason};
    }
  }

  static Awaitable<bool> wait_for(Connection& connection, Stream::Outcome wanted) {
    const auto waited = co_await connection.stream.wait(wanted);
    co_return is_ready(waited) && !connection.expired;
  }

  Awaitable<CallResult> exchange(Connection& connection, bool to_head, bool& reusable) {
    auto& stream = connection.stream;
    stream.begin_exchange();
    connection.allow(options_.answer_timeout);
    if (connection.used_before && is_stale(connection))
      co_return failed(Kind::write, false, "the kept connection was closed");
    connection.used_before = true;
    std::string_view rest = connection.request;
    while (!rest.empty()) {
      const auto attempt = stream.try_write(rest);
      bool ready = true;
      if (attempt.outcome == Stream::Outcome::done) {
        rest.remove_prefix(attempt.bytes);
      } else {
        ready = attempt.outcome == Stream::Outcome::read || attempt.outcome == Stream::Outcome::write;
        if (ready) ready = co_await wait_for(connection, attempt.outcome);
      }
      if (!ready) {
        if (attempt.outcome == Stream::Outcome::failed) {
          char alert = 0;  // what the peer said before it closed
          if (auto refusal = read_refusal(stream.try_read({&alert, 1}))) co_return failed(Kind::tls, true, *refusal);
        }
        const auto kind = connection.expired ? Kind::timeout : Kind::write;
        co_return failed(kind, stream.bytes_sent() > 0, "the call could not be written");
      }
    }
    auto result = co_await receive(connection, to_head, reusable);
    co_return result;
  }

  // Whether the partner has closed it, or sent what nobody asked for. TLS session tickets are read on the way.
  static bool is_stale(Connection& connection) {
    if (connection.stream.is_quiet()) return false;
    char unexpected = 0;
    return connection.stream.try_read({&unexpected, 1}).outcome != Stream::Outcome::read;
  }

  Awaitable<CallResult> receive(Connection& connection, bool to_head, bool& reusable) {
    auto& input = connection.input;  // empty: a kept connection's answer was read to its end
    AnswerReader reader(options_.max_answer_bytes, to_head);
    auto progress = AnswerReader::Progress::more;
    // No answer is there yet: reading first would find nothing.
    if (!connection.stream.has_pending()) {
      const bool ready = co_await wait_for(connection, Stream::Outcome::read);
      if (!ready) co_return unanswered(connection);
    }
    while (progress == AnswerReader::Progress::more) {
      const auto attempt = connection.stream.try_read(input.room());
      if (attempt.outcome == Stream::Outcome::done) {
        input.received(attempt.bytes);
        std::size_t used = 0;
        progress = reader.read(input.content(), used);
        input.consume(used);
        continue;
      }
      if (attempt.outcome == Stream::Outcome::closed) {
        progress = reader.end();
        if (progress == AnswerReader::Progress::done) break;
        co_return failed(Kind::read, true, "the connection was closed before a whole answer");
      }
      if (auto refusal = read_refusal(attempt)) co_return failed(Kind::tls, true, std::move(*refusal));
      bool ready = attempt.outcome == Stream::Outcome::read || attempt.outcome == Stream::Outcome::write;
      if (ready) ready = co_await wait_for(connection, attempt.outcome);
      if (ready) continue;
      co_return unanswered(connection);
    }
    if (progress == AnswerReader::Progress::too_large)
      co_return failed(Kind::too_large, true, "the answer is too large");
    if (progress == AnswerReader::Progress::broken) co_return failed(Kind::protocol, true, "the answer is not HTTP");
    reusable = reader.keep_alive() && input.empty() && !connection.stream.peer_has_ended();
    co_return reader.take();
  }

  static CallResult unanswered(const Connection& connection) {
    if (connection.expired) return failed(Kind::timeout, true, "no answer in time");
    return failed(Kind::read, true, "the connection broke before a whole answer");
  }

  SslPtr new_ssl() {
    if (!tls_) return nullptr;
    SslPtr ssl(SSL_new(tls_.get()));
    if (!ssl) throw std::runtime_error("OpenSSL failed: " + openssl_reason());
    SSL_set_app_data(ssl.get(), this);
    SSL_set_connect_state(ssl.get());
    const auto* const host = url_.host.c_str();
    const bool is_address = is_ip_address(url_.host);
    if (!is_address) SSL_set_tlsext_host_name(ssl.get(), host);
    // Without a name to compare, OpenSSL would take any certificate of the authorities.
    const int checked =
        is_address ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host) : SSL_set1_host(ssl.get(), host);
    if (checked != 1) throw std::runtime_error("OpenSSL failed: " + openssl_reason());
    if (session_) SSL_set_session(ssl.get(), session_.get());
    return ssl;
  }

  static int keep_session(SSL* ssl, SSL_SESSION* session) {
    auto* self = static_cast<Implementation*>(SSL_get_app_data(ssl));
    self->session_.reset(session);
    return 1;  // the reference is ours now
  }

  // The one used last: the others may grow old and be closed.
  ConnectionPtr take_idle() {
    if (idle_.empty()) return nullptr;
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
  }

  void keep(ConnectionPtr connection) {
    connection->allow(options_.idle_timeout);
    idle_.push_back(std::move(connection));
  }

  void watch(Connection& connection) {
    watched_.insert(&connection);
    if (!sweeping_) schedule_sweep();
  }

  void drop(ConnectionPtr& connection) {
    if (!connection) return;
    watched_.erase(connection.get());
    connection->stream.end_sending();
    connection->stream.close();
    connection.reset();
  }

  void schedule_sweep() {
    sweeping_ = true;
    sweep_timer_.expires_after(sweep_interval);
    sweep_timer_.async_wait([this](const error_code& error) {
      if (!error) sweep();
    });
  }

  void sweep() {
    const auto now = Clock::now();
    std::vector<ConnectionPtr> still_idle;
    for (auto& connection : idle_) {
      if (now < connection->deadline) {
        connection->release_memory();
        still_idle.push_back(std::move(connection));
      } else {
        drop(connection);
      }
    }
    idle_ = std::move(still_idle);
    for (auto* connection : watched_) {
      if (now < connection->deadline) continue;
      connection->expired = true;
      connection->stream.cancel();
    }
    sweeping_ = !watched_.empty();
    if (sweeping_) schedule_sweep();
  }

  void begin_stopping() {
    stopping_ = true;
    for (auto& job : waiting_) job.on_answer(failed(Kind::connect, false, "the client is shutting down"));
    waiting_.clear();
    for (auto& connection : idle_) drop(connection);
    idle_.clear();
    resolver_.cancel();
    for (auto* connection : watched_) connection->stream.close();
    finish_stopping();
  }

  void finish_stopping() {
    if (running_ > 0) return;
    sweep_timer_.cancel();
    for (auto& connection : idle_) drop(connection);
    idle_.clear();
    work_.reset();
  }

  const ClientOptions options_;
  const BaseUrl url_;
  SslContextPtr tls_;
  asio::io_context context_{1};
  asio::executor_work_guard<Executor> work_;
  Timer sweep_timer_;
  Resolver resolver_;

  // All below belongs to the I/O thread.
  std::deque<Job> waiting_;
  std::size_t running_ = 0;
  std::vector<ConnectionPtr> idle_;
  std::set<Connection*> watched_;
  SslSessionPtr session_;  // the newest the partner gave: the next handshake costs no signature
  bool sweeping_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

Result<std::unique_ptr<Client>> Client::open(ClientOptions options) {
  auto url = parse_base_url(options.base_url);
  if (!url) return fail(url.error());
  SslContextPtr context;
  if (url->tls) {
    const ClientTls files{options.ca_file, options.certificate_chain, options.private_key};
    auto made = make_client_context(files);
    if (!made) return fail(made.error());
    context = std::move(*made);
  }
  auto implementation = std::make_unique<Implementation>(std::move(options), std::move(*url), std::move(context));
  return std::unique_ptr<Client>(new Client(std::move(implementation)));
}

Client::Client(std::unique_ptr<Implementation> implementation) : implementation_(std::move(implementation)) {}

Client::~Client() = default;

void Client::send(Call call, OnAnswer on_answer) {
  implementation_->send({std::move(call), std::move(on_answer)});
}

void Client::send(MakeCall make, OnAnswer on_answer) {
  implementation_->send(std::move(make), std::move(on_answer));
}

}  // namespace ketenpoort::net
