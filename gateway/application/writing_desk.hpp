// A thread that writes calls which take long to write (a signature over XML, say), so that whoever hands them over need
// not wait. Its queue is as short as the partner's concurrency: a delivery in it holds a place in the lane.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace ketenpoort {

class WritingDesk {
 public:
  WritingDesk();
  ~WritingDesk();  // ends after the call it is at; those that wait are dropped
  WritingDesk(const WritingDesk&) = delete;
  WritingDesk& operator=(const WritingDesk&) = delete;

  void add(std::function<void()> job);  // from any thread

 private:
  void work();

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace ketenpoort
