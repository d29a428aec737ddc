// A small bounded pool for calls that read the vault or translate: the I/O threads never wait for a disk. Clients take
// turns, so that one with many calls keeps no other waiting for all of them.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "gateway/observability/log.hpp"

namespace ketenpoort::api {

class Workers {
 public:
  Workers(unsigned threads, std::size_t most_waiting) : most_waiting_(most_waiting) {
    for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
  }
  ~Workers() { stop(); }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // False when there is no place: the caller answers 503. A client has as many places as it leaves free, so half of
  // them when it is alone, and there is one left for whoever comes next.
  [[nodiscard]] bool post(std::function<void()> job, std::string_view client = {}) {
    {
      const std::lock_guard lock(mutex_);
      auto own = jobs_.find(client);
      const auto places = own == jobs_.end() ? 0 : own->second.size();
      if (stopping_ || places >= most_waiting_ - waiting_) return false;
      if (own == jobs_.end()) {
        own = jobs_.emplace(client, std::deque<std::function<void()>>()).first;
        turns_.push_back(own);
      }
      own->second.push_back(std::move(job));
      ++waiting_;
    }
    ready_.notify_one();
    return true;
  }

  // Finishes what waits.
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    ready_.notify_all();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  using Jobs = std::map<std::string, std::deque<std::function<void()>>, std::less<>>;  // by client; none is empty

  // Of the client whose turn it is; its next comes when all others that wait had theirs.
  std::function<void()> take_job() {
    const auto client = turns_.front();
    turns_.pop_front();
    auto job = std::move(client->second.front());
    client->second.pop_front();
    --waiting_;
    if (client->second.empty())
      jobs_.erase(client);
    else
      turns_.push_back(client);
    return job;
  }

  void work() {
    while (true) {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      auto job = take_job();
      lock.unlock();
      try {
        job();
      } catch (const std::exception&) {
        // Its text may hold anything. The call it was for is answered with 500 as the job goes (net/mailbox.hpp).
        log::error("worker_job_failed");
      }
    }
  }

  std::size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable ready_;
  Jobs jobs_;
  std::deque<Jobs::iterator> turns_;
  std::size_t waiting_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace ketenpoort::api
