// Replies from other threads on their way to the connections of one I/O thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "gateway/api/http/http.hpp"
#include "gateway/net/server_state.hpp"

namespace ketenpoort::net {

struct Completion {
  std::uint64_t session = 0;
  std::uint64_t request = 0;  // the session's count: a reply that comes after its deadline finds another number
  api::Reply reply;
};

// However many replies arrive before the I/O thread looks, it is woken once: a ledger batch of a hundred records costs
// one wake-up.
class Mailbox : public std::enable_shared_from_this<Mailbox> {
 public:
  using Deliver = std::function<void(Completion)>;

  Mailbox(std::shared_ptr<ServerState> state, boost::asio::io_context& context, Deliver deliver);
  void put(Completion completion);  // from any thread
  void close();                     // whatever comes later is dropped; returns when nobody posts any more

  [[nodiscard]] ServerState& state() const { return *state_; }

 private:
  void drain();

  std::shared_ptr<ServerState> state_;
  boost::asio::io_context& context_;
  Deliver deliver_;
  std::mutex mutex_;
  std::vector<Completion> waiting_;
  bool closed_ = false;
};

// One request's way back. Answers at most once; destroyed unanswered (a handler that lost its ReplyTo) it answers 500.
class Ticket {
 public:
  Ticket(std::shared_ptr<Mailbox> mailbox, std::uint64_t session, std::uint64_t request, const Uuid& trace);
  ~Ticket();
  Ticket(const Ticket&) = delete;
  Ticket& operator=(const Ticket&) = delete;

  void answer(api::Reply reply);

  // While the handler runs on the I/O thread, an answer given there goes straight into `slot`; null ends that.
  void answer_here(std::optional<api::Reply>* slot) { slot_ = slot; }

 private:
  std::shared_ptr<Mailbox> mailbox_;
  std::uint64_t session_;
  std::uint64_t request_;
  Uuid trace_;
  std::thread::id io_thread_ = std::this_thread::get_id();
  std::optional<api::Reply>* slot_ = nullptr;  // touched by the I/O thread alone
  std::atomic<bool> answered_{false};
};

}  // namespace ketenpoort::net
