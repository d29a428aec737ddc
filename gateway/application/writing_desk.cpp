#include "gateway/application/writing_desk.hpp"

#include <exception>
#include <utility>

#include "gateway/observability/log.hpp"

namespace ketenpoort {

WritingDesk::WritingDesk() : thread_([this] { work(); }) {}

WritingDesk::~WritingDesk() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void WritingDesk::add(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
}

void WritingDesk::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
    if (ending_) return;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    try {
      job();
    } catch (const std::exception&) {
      log::error("writing_desk_exception");  // the other calls go on
    }
    job = nullptr;  // what it holds goes before the wait
    lock.lock();
  }
}

}  // namespace ketenpoort
