// Lets one coroutine wait until somebody on the same I/O thread says go.
#pragma once

#include <boost/asio/async_result.hpp>
#include <optional>
#include <utility>

#include "gateway/net/stream.hpp"

namespace ketenpoort::net {

class Signal {
 public:
  // Resumes at once when the signal was raised before; lowers it.
  Awaitable<void> wait() {
    if (!raised_) {
      auto token = use_awaitable;
      Initiation initiation{this};
      co_await boost::asio::async_initiate<Token, void()>(initiation, token);
    }
    raised_ = false;
  }

  // The waiting coroutine runs inside this call, up to where it next suspends.
  void raise() {
    raised_ = true;
    if (!waiter_) return;
    auto waiter = std::move(*waiter_);
    waiter_.reset();
    waiter();
  }

 private:
  using Token = boost::asio::use_awaitable_t<Executor>;
  // The concrete type: any_completion_handler of Boost 1.81 wraps itself without end when it is moved.
  using Waiter = boost::asio::async_result<Token, void()>::handler_type;
  struct Initiation {
    Signal* signal;
    void operator()(Waiter waiter) const { signal->waiter_.emplace(std::move(waiter)); }
  };

  std::optional<Waiter> waiter_;
  bool raised_ = false;
};

}  // namespace ketenpoort::net
