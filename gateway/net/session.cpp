#include "gateway/net/session.hpp"

#include <algorithm>

#include "gateway/api/http/problem.hpp"
#include "gateway/net/head_reader.hpp"
#include "gateway/net/reply_writer.hpp"
#include "gateway/net/tls_context.hpp"
#include "gateway/observability/log.hpp"

namespace ketenpoort::net {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds goodbye_time{2};  // for the peer to read a refusal and close
constexpr std::chrono::seconds shed_retry_after{1};
constexpr std::size_t first_body_reserve = 64U << 10;  // memory follows what really arrives, not what was announced
constexpr std::size_t kept_output = 16U << 10;
constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

GuardLimits guard_limits(const ServerLimits& limits) {
  GuardLimits guard;
  guard.head_bytes = limits.head_bytes;
  guard.body_bytes = limits.body_bytes;
  guard.streamed_path = limits.streamed_path;
  guard.streamed_bytes = limits.streamed_bytes;
  return guard;
}

}  // namespace

Session::Session(std::uint64_t id, Socket socket, SslPtr ssl, std::uint64_t files_read,
                 std::shared_ptr<Mailbox> mailbox, const std::string& date)
    : id_(id),
      stream_(std::move(socket), std::move(ssl)),
      mailbox_(std::move(mailbox)),
      state_(mailbox_->state()),
      date_(date),
      files_read_(files_read) {
  enter(Phase::handshake);
}

void Session::enter(Phase phase) {
  phase_ = phase;
  if (phase != Phase::idle) holds_memory_ = true;
  const auto& times = state_.options.deadlines;
  std::chrono::milliseconds time{};
  switch (phase) {
    case Phase::handshake:
      time = times.handshake;
      break;
    case Phase::idle:
      time = times.idle;
      break;
    case Phase::head:
      time = times.head;
      break;
    case Phase::body:
      time = times.body;
      break;
    case Phase::answer:
      time = times.answer;
      break;
    case Phase::write:
      time = times.write;
      break;
    case Phase::goodbye:
      time = goodbye_time;
      break;
  }
  entered_ = steady_clock::now();
  deadline_ = entered_ + time;
}

std::optional<Session::Time> Session::waits_since() const {
  if (phase_ == Phase::answer || aborted_ || expired_) return std::nullopt;
  return entered_;
}

Awaitable<void> Session::run() {
  const bool secure = co_await shake_hands();
  bool go_on = secure;
  while (go_on) go_on = co_await serve_one();
  if (secure && !aborted_) co_await say_goodbye();
  stream_.close();
}

// False when the wait was ended by a deadline or a shutdown. A request that arrives just when its idle connection was
// to be closed is served.
Awaitable<bool> Session::wait_for(Stream::Outcome wanted) {
  if (aborted_) co_return false;  // while it did not wait: nobody would end the wait
  const auto waited = co_await stream_.wait(wanted);
  if (is_ready(waited) && phase_ == Phase::idle) expired_ = false;
  co_return is_ready(waited) && !expired_ && !aborted_;
}

Awaitable<bool> Session::shake_hands() {
  while (true) {
    const auto outcome = stream_.try_handshake();
    if (outcome == Stream::Outcome::done) break;
    bool ready = outcome == Stream::Outcome::read || outcome == Stream::Outcome::write;
    if (ready) ready = co_await wait_for(outcome);
    if (!ready) {
      state_.figures.failed_handshakes.add();
      co_return false;
    }
  }
  if (stream_.ssl() != nullptr) {
    certificate_ = peer_certificate(stream_.ssl());
    certificate_end_ = end_of_peer_certificate(stream_.ssl());
    if (SSL_session_reused(stream_.ssl()) != 0) state_.figures.resumed_handshakes.add();
  }
  co_return true;
}

// One request and its answer. False when the connection has to end.
Awaitable<bool> Session::serve_one() {
  auto received = co_await receive_head();
  if (received == Received::request && !request_.streamed) received = co_await receive_body();
  received_at_ = steady_clock::now();
  if (received == Received::request && request_.streamed) received = co_await serve_streamed();
  if (received == Received::nothing) co_return false;
  if (received == Received::request) {
    call_handler();
    while (!reply_ && !aborted_) co_await answered_.wait();
    aborted_ = aborted_ || reply_->status == 0;  // api::close_without_answer
    if (aborted_) co_return false;
  }
  if (reply_->rest && !takes_chunks_) reply_ = api::status_reply(505, "this answer takes HTTP/1.1", request_.trace);
  render(*reply_);
  auto rest = std::move(reply_->rest);
  reply_.reset();
  std::size_t written = 0;
  bool whole = begin_writing(written);
  if (!whole) whole = co_await finish_writing(written);
  if (whole && rest && !head_only_) whole = co_await write_rest(std::move(rest));
  state_.figures.duration.observe(steady_clock::now() - received_at_);
  co_return whole&& keep_alive_;
}

Awaitable<Session::Received> Session::receive_head() {
  const auto limits = guard_limits(state_.options.limits);
  request_ = api::Request();
  scanned_ = 0;
  keep_alive_ = true;
  head_only_ = false;
  related_trace_.clear();
  enter(input_.empty() ? Phase::idle : Phase::head);
  // A keep-alive client has not sent more by now: waiting first saves a read that finds nothing.
  bool try_first = !input_.empty() || stream_.has_pending() || state_.draining;
  while (true) {
    if (!input_.empty()) {
      const auto guarded = guard_request(input_.content(), scanned_, limits);
      if (const auto* refusal = std::get_if<Refusal>(&guarded)) co_return refuse(*refusal);
      if (const auto* framing = std::get_if<Framing>(&guarded)) co_return take_head(*framing);
    }
    auto wanted = Stream::Outcome::read;
    if (try_first) {
      const auto attempt = stream_.try_read(input_.room());
      if (attempt.outcome == Stream::Outcome::closed || attempt.outcome == Stream::Outcome::failed)
        co_return Received::nothing;
      if (attempt.outcome == Stream::Outcome::done) {
        if (phase_ == Phase::idle) enter(Phase::head);
        input_.received(attempt.bytes);
        continue;
      }
      wanted = attempt.outcome;
      if (state_.draining && input_.empty()) co_return Received::nothing;
    }
    const bool ready = co_await wait_for(wanted);
    if (!ready) co_return expired();
    try_first = true;
  }
}

// Not once it has run out, or the files that a reload brought revoke it or lack its authority, however long the
// connection has been open.
bool Session::certificate_holds() {
  if (std::chrono::system_clock::now() > certificate_end_) return false;
  const auto files_read = state_.files_read.load();
  if (files_read == files_read_) return true;
  if (!state_.lets_in(stream_.ssl(), certificate_->thumbprint)) return false;
  files_read_ = files_read;
  return true;
}

Session::Received Session::take_head(const Framing& framing) {
  const auto head = input_.content().substr(0, framing.head_bytes);
  if (!read_head(head, framing, request_)) return refuse({400, "the request cannot be read in one way only"});
  content_length_ = framing.content_length;
  chunked_ = framing.chunked;
  request_.streamed = framing.streamed;
  keep_alive_ = framing.keep_alive;
  takes_chunks_ = !framing.version_1_0;
  expects_continue_ = framing.expects_continue;
  head_only_ = framing.method == "HEAD";
  input_.consume(framing.head_bytes);
  request_.trace = new_uuid_v4();
  if (certificate_ && !certificate_holds()) {
    log::warning("client_certificate_ended", log::field("trace", request_.trace));
    certificate_.reset();
    keep_alive_ = false;
  }
  request_.certificate = certificate_;
  if (const auto related = parse_uuid(request_.header("belgov-trace-id"))) related_trace_ = related->text();
  return Received::request;
}

Awaitable<Session::Received> Session::receive_body() {
  if (content_length_ == 0) co_return Received::request;
  auto& body = request_.body;
  const auto length = static_cast<std::size_t>(content_length_);
  const auto already_here = input_.content().substr(0, length);
  if (already_here.size() < length && state_.options.refuse_unread) {
    reply_ = state_.options.refuse_unread(request_);
    keep_alive_ = keep_alive_ && !reply_;
    if (reply_) co_return Received::refused;
  }
  body.reserve(std::min(length, std::max(first_body_reserve, already_here.size())));
  body = already_here;
  input_.consume(already_here.size());
  if (body.size() == length) co_return Received::request;
  if (expects_continue_ && body.empty()) {
    const bool asked = co_await ask_for_body();
    if (!asked) co_return Received::nothing;
  }
  enter(Phase::body);
  std::size_t have = body.size();
  while (have < length) {
    if (have == body.size()) body.resize(std::min(length, std::max(body.capacity(), 2 * have)));
    const auto attempt = stream_.try_read(std::span(body).subspan(have));
    if (attempt.outcome == Stream::Outcome::done) {
      have += attempt.bytes;
      continue;
    }
    if (attempt.outcome != Stream::Outcome::read && attempt.outcome != Stream::Outcome::write)
      co_return Received::nothing;
    const bool ready = co_await wait_for(attempt.outcome);
    if (!ready) co_return expired();
  }
  body.resize(length);
  co_return Received::request;
}

// False when the peer does not take it.
Awaitable<bool> Session::ask_for_body() {
  output_ = continue_line;
  std::size_t written = 0;
  bool whole = begin_writing(written);
  if (!whole) whole = co_await finish_writing(written);
  co_return whole;
}

// A request whose body is handed on as it comes: the handler looks at the head and says what takes the body, or
// refuses it unread. Whatever the end, reply_ holds the answer; one piece is in memory, and the next is read only when
// the one before has been taken.
Awaitable<Session::Received> Session::serve_streamed() {
  const auto wanted = chunked_ ? std::nullopt : std::optional(content_length_);
  call_handler();
  while (!reply_ && !aborted_) co_await answered_.wait();
  if (aborted_ || reply_->status == 0) co_return Received::nothing;
  const bool stays_open = keep_alive_;
  keep_alive_ = stays_open && wanted == 0;  // until the whole body has been read
  if (!reply_->take) co_return Received::refused;
  const auto take = std::move(reply_->take);
  reply_.reset();
  if (expects_continue_ && input_.empty() && wanted != 0) {
    const bool asked = co_await ask_for_body();
    if (!asked) co_return Received::nothing;
  }
  BodyReader reader(wanted, state_.options.limits.streamed_bytes);
  while (true) {
    std::string piece;
    const auto got = co_await read_piece(reader, piece);
    if (got != Received::request) co_return got;
    const bool last = piece.empty();
    enter(Phase::answer);
    const auto asked = ++request_number_;
    const auto hand_on = [&](api::ReplyTo reply_to) { take(std::move(piece), std::move(reply_to)); };
    ask(hand_on);
    while (!reply_ && !aborted_) co_await answered_.wait();
    if (aborted_) co_return Received::nothing;
    if (last && request_number_ == asked) keep_alive_ = stays_open;  // else no answer came in time
    if (last || reply_->status != 100) co_return Received::refused;
    reply_.reset();
  }
}

// The next piece of a streamed body, an empty one at its end; each has the time that a whole body of another call has,
// so a sender cannot be slower than that.
Awaitable<Session::Received> Session::read_piece(BodyReader& reader, std::string& piece) {
  enter(Phase::body);
  while (true) {
    std::size_t used = 0;
    const auto progress = reader.read(input_.content(), used, piece);
    input_.consume(used);
    if (progress == BodyReader::Progress::piece || progress == BodyReader::Progress::end) co_return Received::request;
    if (progress == BodyReader::Progress::wrong) co_return refuse({400, "the chunks of the body cannot be read"});
    if (progress == BodyReader::Progress::too_large)
      co_return refuse({413, "the body is larger than this service takes"});
    const auto attempt = stream_.try_read(input_.room());
    if (attempt.outcome == Stream::Outcome::done) {
      input_.received(attempt.bytes);
      continue;
    }
    if (attempt.outcome != Stream::Outcome::read && attempt.outcome != Stream::Outcome::write)
      co_return Received::nothing;
    const bool ready = co_await wait_for(attempt.outcome);
    if (!ready) co_return expired();
  }
}

Session::Received Session::refuse(Refusal refusal) {
  state_.figures.refused_framing.add();
  request_.trace = new_uuid_v4();
  log::debug("request_refused", log::field("trace", request_.trace), log::field("status", refusal.status));
  keep_alive_ = false;
  reply_ = api::status_reply(refusal.status, refusal.detail, request_.trace);
  return Received::refused;
}

// A wait while reading ended early: too slow, or the server stops.
Session::Received Session::expired() {
  if (!expired_ || phase_ == Phase::idle) return Received::nothing;
  expired_ = false;
  state_.figures.expired.add();
  return refuse({408, "the request did not arrive in time"});
}

void Session::call_handler() {
  enter(Phase::answer);
  ++request_number_;
  const auto trace = request_.trace;
  if (state_.in_flight.load(std::memory_order_relaxed) >= state_.options.limits.requests_in_flight) {
    state_.figures.shed.add();
    reply_ = api::unavailable_reply("too many requests are being handled", shed_retry_after, trace);
    return;
  }
  ask([this](api::ReplyTo reply_to) { state_.handler(std::move(request_), std::move(reply_to)); });
  request_.trace = trace;
}

// Has reply_ filled, now or later.
void Session::ask(const std::function<void(api::ReplyTo)>& answerer) {
  const auto trace = request_.trace;
  auto ticket = std::make_shared<Ticket>(mailbox_, id_, request_number_, trace);
  ticket->answer_here(&reply_);
  try {
    answerer([ticket](api::Reply reply) { ticket->answer(std::move(reply)); });
  } catch (const std::exception&) {
    // Its text may hold anything; the trace leads to the request.
    log::error("handler_failed", log::field("trace", trace));
    ticket->answer(api::problem_reply({ErrorCode::internal, "a handler threw"}, trace));
  }
  ticket->answer_here(nullptr);
}

void Session::deliver(std::uint64_t request, api::Reply reply) {
  if (request != request_number_ || phase_ != Phase::answer || reply_) return;
  reply_ = std::move(reply);
  answered_.raise();
}

void Session::render(const api::Reply& reply) {
  keep_alive_ = keep_alive_ && !state_.draining;
  ReplyContext context;
  context.date = date_;
  context.trace = request_.trace;
  context.related_trace = related_trace_;
  context.keep_alive = keep_alive_;
  context.says_so = !takes_chunks_;
  context.without_body = head_only_;
  context.secure = stream_.ssl() != nullptr;
  output_.clear();
  auto status = reply.status;
  if (!write_reply(output_, reply, context)) {
    log::error("reply_unsafe", log::field("trace", context.trace));
    const auto problem = api::problem_reply({ErrorCode::internal, "a reply held a control character"}, context.trace);
    write_reply(output_, problem, context);
    status = problem.status;
  }
  const auto status_class = static_cast<std::size_t>(std::clamp(status / 100, 0, 5));
  state_.figures.by_class[status_class]->add();
}

// As much as the socket takes now; true when that was all.
bool Session::begin_writing(std::size_t& written) {
  enter(Phase::write);
  while (written < output_.size()) {
    const auto attempt = stream_.try_write(std::string_view(output_).substr(written));
    if (attempt.outcome != Stream::Outcome::done) return false;
    written += attempt.bytes;
  }
  if (output_.capacity() > kept_output) output_ = std::string();
  return true;
}

Awaitable<bool> Session::finish_writing(std::size_t written) {
  while (true) {
    const auto attempt = stream_.try_write(std::string_view(output_).substr(written));
    if (attempt.outcome == Stream::Outcome::done) {
      written += attempt.bytes;
      if (written < output_.size()) continue;
      co_return true;
    }
    bool ready = attempt.outcome == Stream::Outcome::read || attempt.outcome == Stream::Outcome::write;
    if (ready) ready = co_await wait_for(attempt.outcome);
    if (!ready) {
      aborted_ = true;  // half an answer is out: nothing sensible can follow
      co_return false;
    }
  }
}

// A body in pieces, each made when the one before is out: one piece is in memory. One that cannot be made, or not in
// time, ends the connection before the last chunk.
Awaitable<bool> Session::write_rest(api::NextPiece next) {
  bool more = true;
  while (more) {
    enter(Phase::answer);
    ++request_number_;
    ask(next);
    while (!reply_ && !aborted_) co_await answered_.wait();
    aborted_ = aborted_ || reply_->status != 200;
    if (aborted_) co_return false;
    more = !reply_->body.empty();
    output_.clear();
    write_chunk(output_, reply_->body);
    reply_.reset();
    std::size_t written = 0;
    bool whole = begin_writing(written);
    if (!whole) whole = co_await finish_writing(written);
    if (!whole) co_return false;
  }
  co_return true;
}

// Closing with unread input would reset the connection and could take the answer with it, so the peer closes first.
Awaitable<void> Session::say_goodbye() {
  const bool was_idle = phase_ == Phase::idle;
  enter(Phase::goodbye);
  expired_ = false;
  stream_.end_sending();
  while (!was_idle && !stream_.peer_has_ended()) {
    const bool ready = co_await wait_for(Stream::Outcome::read);
    if (!ready) break;
    stream_.discard_received();
  }
}

void Session::check_deadline(Time now) {
  if (phase_ == Phase::idle && certificate_ && !certificate_holds()) close_if_idle();
  if (now < deadline_) {
    if (phase_ == Phase::idle && holds_memory_) {
      input_.release_if_empty();
      output_ = std::string();
    }
    if ((phase_ == Phase::idle || phase_ == Phase::answer) && holds_memory_) {
      stream_.release_buffers();
      holds_memory_ = phase_ == Phase::answer;  // the answer will need a buffer
    }
    return;
  }
  if (phase_ == Phase::answer) {
    if (reply_) return;
    state_.figures.expired.add();
    ++request_number_;  // the handler's answer, should it come, finds nobody
    keep_alive_ = false;
    reply_ =
        api::unavailable_reply("no answer in time; what was asked may still happen", shed_retry_after, request_.trace);
    answered_.raise();
    return;
  }
  expired_ = true;
  stream_.cancel();
}

void Session::close_if_idle() {
  if (phase_ != Phase::idle || !input_.empty()) return;
  expired_ = true;
  stream_.cancel();
}

void Session::make_way() {
  if (phase_ == Phase::idle)
    close_if_idle();
  else
    abort();
}

void Session::abort() {
  aborted_ = true;
  stream_.cancel();
  if (phase_ == Phase::answer) answered_.raise();
}

}  // namespace ketenpoort::net
