#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/net/loopback.hpp"

namespace ketenpoort::net::test {

// A handler that keeps every request's way back until the test answers.
class Keeper {
 public:
  api::Handler handler() {
    return [this](const api::Request& request, api::ReplyTo reply_to) {
      const std::lock_guard lock(mutex_);
      traces_.push_back(request.trace);
      waiting_.push_back(std::move(reply_to));
    };
  }
  void wait_for(std::size_t count) {
    for (int i = 0; i < 500 && size() < count; ++i) std::this_thread::sleep_for(10ms);
    ASSERT_GE(size(), count);
  }
  std::size_t size() {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }
  void answer_all(const std::string& body) {
    const std::lock_guard lock(mutex_);
    for (auto& reply_to : waiting_) reply_to({202, "text/plain", body});
    waiting_.clear();
  }
  void lose_all() {
    const std::lock_guard lock(mutex_);
    waiting_.clear();
  }

 private:
  std::mutex mutex_;
  std::vector<api::ReplyTo> waiting_;
  std::vector<Uuid> traces_;
};

}  // namespace ketenpoort::net::test
