#include "gateway/net/worker.hpp"

#include <fmt/chrono.h>
#include <pthread.h>
#include <signal.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "gateway/observability/log.hpp"

namespace ketenpoort::net {
namespace asio = boost::asio;

namespace {

constexpr std::chrono::milliseconds sweep_interval{50};

std::string http_date() {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(std::time(nullptr)));
}

}  // namespace

Worker::Worker(std::shared_ptr<ServerState> state)
    : state_(std::move(state)), work_(context_.get_executor()), sweep_timer_(context_) {
  mailbox_ =
      std::make_shared<Mailbox>(state_, context_, [this](Completion completion) { deliver(std::move(completion)); });
}

Worker::~Worker() {
  mailbox_->close();
}

void Worker::start() {
  // Signals are the main thread's.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Worker::run() {
  while (true) {
    try {
      context_.run();
      return;
    } catch (const std::exception&) {
      log::error("io_thread_exception");  // a connection's own; the others go on
    }
  }
}

void Worker::adopt(Socket socket) {
  asio::post(context_, [this, moved = std::move(socket)]() mutable { open(std::move(moved)); });
}

void Worker::open(Socket socket) {
  if (state_->draining) return;
  if (state_->connections >= state_->options.limits.connections && !make_room()) return;  // closes the newcomer
  const auto files_read = state_->files_read.load();
  auto ssl = state_->new_ssl();
  const auto id = ++last_id_;
  auto session = std::make_unique<Session>(id, std::move(socket), std::move(ssl), files_read, mailbox_, date_);
  auto& opened = *sessions_.emplace(id, std::move(session)).first->second;
  state_->connection_opened();
  if (!sweeping_) schedule_sweep();
  asio::co_spawn(context_, opened.run(), [this, id](const std::exception_ptr& failure) {
    if (failure) log::error("session_failed");
    asio::post(context_, [this, id] { forget(id); });  // not from inside the session's own call
  });
}

// Beyond the limit the connection that has waited for its peer for longest gives way, whatever it waits for: else
// whoever opens that many and says nothing would lock all others out.
bool Worker::make_room() {
  Session* longest = nullptr;
  std::optional<Session::Time> since;
  for (auto& [id, session] : sessions_)
    if (const auto waits = session->waits_since(); waits && (!since || *waits < *since)) {
      longest = session.get();
      since = waits;
    }
  if (longest == nullptr) return false;
  longest->make_way();
  return true;
}

void Worker::forget(std::uint64_t id) {
  if (sessions_.erase(id) > 0) state_->connection_ended();
}

void Worker::deliver(Completion completion) {
  const auto found = sessions_.find(completion.session);
  if (found != sessions_.end()) found->second->deliver(completion.request, std::move(completion.reply));
}

void Worker::schedule_sweep() {
  sweeping_ = true;
  date_ = http_date();
  sweep_timer_.expires_after(sweep_interval);
  sweep_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) sweep();
  });
}

void Worker::sweep() {
  const auto now = std::chrono::steady_clock::now();
  for (auto& [id, session] : sessions_) session->check_deadline(now);
  sweeping_ = !sessions_.empty();
  if (sweeping_) schedule_sweep();
}

void Worker::close_idle() {
  asio::post(context_, [this] {
    for (auto& [id, session] : sessions_) session->close_if_idle();
  });
}

void Worker::abort_all() {
  asio::post(context_, [this] {
    for (auto& [id, session] : sessions_) session->abort();
  });
}

void Worker::finish() {
  mailbox_->close();
  asio::post(context_, [this] {
    for (auto& [id, session] : sessions_) session->abort();  // came as the server was found empty
    if (sessions_.empty()) sweep_timer_.cancel();            // else the sweep ends by itself with the last of them
    work_.reset();
  });
  if (thread_.joinable()) thread_.join();
}

}  // namespace ketenpoort::net
