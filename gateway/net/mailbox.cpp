#include "gateway/net/mailbox.hpp"

#include <boost/asio/post.hpp>

#include "gateway/api/http/problem.hpp"

namespace ketenpoort::net {

Mailbox::Mailbox(std::shared_ptr<ServerState> state, boost::asio::io_context& context, Deliver deliver)
    : state_(std::move(state)), context_(context), deliver_(std::move(deliver)) {}

void Mailbox::put(Completion completion) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  waiting_.push_back(std::move(completion));
  if (waiting_.size() == 1) boost::asio::post(context_, [self = shared_from_this()] { self->drain(); });
}

void Mailbox::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  waiting_.clear();
}

void Mailbox::drain() {
  std::vector<Completion> arrived;
  {
    const std::lock_guard lock(mutex_);
    arrived.swap(waiting_);
  }
  for (auto& completion : arrived) deliver_(std::move(completion));
}

Ticket::Ticket(std::shared_ptr<Mailbox> mailbox, std::uint64_t session, std::uint64_t request, const Uuid& trace)
    : mailbox_(std::move(mailbox)), session_(session), request_(request), trace_(trace) {
  mailbox_->state().in_flight.fetch_add(1, std::memory_order_relaxed);
}

Ticket::~Ticket() {
  if (!answered_) answer(api::problem_reply({ErrorCode::internal, "a handler gave no answer"}, trace_));
}

void Ticket::answer(api::Reply reply) {
  if (answered_.exchange(true)) return;
  mailbox_->state().in_flight.fetch_sub(1, std::memory_order_relaxed);
  if (std::this_thread::get_id() == io_thread_ && slot_ != nullptr) {
    *slot_ = std::move(reply);
    return;
  }
  mailbox_->put({session_, request_, std::move(reply)});
}

}  // namespace ketenpoort::net
