// One I/O thread of a server: its io_context, its connections, the sweep that keeps their deadlines.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>

#include "gateway/net/mailbox.hpp"
#include "gateway/net/session.hpp"

namespace ketenpoort::net {

class Worker {
 public:
  explicit Worker(std::shared_ptr<ServerState> state);
  ~Worker();  // after finish()
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start();
  void adopt(Socket socket);  // from any thread; counts against the limit of connections
  void close_idle();          // from any thread
  void abort_all();           // from any thread
  void finish();              // lets the thread end once its connections have, and waits for it

  boost::asio::io_context& context() { return context_; }

 private:
  using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                  boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

  void run();
  void open(Socket socket);
  bool make_room();
  void forget(std::uint64_t id);
  void deliver(Completion completion);
  void schedule_sweep();
  void sweep();

  std::shared_ptr<ServerState> state_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<Executor> work_;
  Timer sweep_timer_;
  bool sweeping_ = false;
  std::shared_ptr<Mailbox> mailbox_;
  std::string date_;
  std::unordered_map<std::uint64_t, std::unique_ptr<Session>> sessions_;
  std::uint64_t last_id_ = 0;
  std::thread thread_;
};

}  // namespace ketenpoort::net
