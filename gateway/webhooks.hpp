// Sends clients the events of what became of their records (api/event_feed.hpp): signed, in order, again and again
// until they are taken. How far each client is stands in STATE/webhooks; an event may come twice, with the same id, and
// none is left out, whatever is killed when.
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "adapters/http_signature.hpp"
#include "gateway/api/event_feed.hpp"
#include "gateway/config/settings.hpp"
#include "gateway/exchange/facilities.hpp"
#include "gateway/net/blocking_client.hpp"

namespace ketenpoort {

class Webhooks {
 public:
  struct Setup {
    std::filesystem::path folder;  // STATE/webhooks
    exchange::RetryPlan retry;     // `attempts` does not count: it never gives up
    std::shared_ptr<const adapters::SigningKey> key;
    std::string key_id;
  };

  // One thread for each client that has a webhook. One that is new hears of what happens from now on.
  static Result<std::unique_ptr<Webhooks>> start(const std::vector<config::Client>& clients, const api::EventFeed& feed,
                                                 Setup setup);
  ~Webhooks();
  Webhooks(const Webhooks&) = delete;
  Webhooks& operator=(const Webhooks&) = delete;

  void stop();

  [[nodiscard]] std::size_t size() const { return subscribers_.size(); }
  [[nodiscard]] std::size_t not_answering() const;  // that did not take what was sent last
  [[nodiscard]] std::uint64_t sent() const { return sent_; }

 private:
  struct Subscriber {
    std::string organisation;
    std::string path;  // of the URL
    std::filesystem::path file;
    api::FeedPlace place;
    net::BlockingClient client;
    std::atomic<bool> failing{false};
    std::thread thread{};
  };

  Webhooks(const api::EventFeed& feed, Setup setup) : feed_(feed), setup_(std::move(setup)) {}
  Status add(const config::Client& client);
  void run(Subscriber& subscriber);
  bool tell_next(Subscriber& subscriber);
  [[nodiscard]] Call make_call(const Subscriber& subscriber, const std::vector<api::FeedEvent>& events) const;
  bool wait(std::chrono::milliseconds time);  // false: it is over

  const api::EventFeed& feed_;
  Setup setup_;
  std::vector<std::unique_ptr<Subscriber>> subscribers_;
  std::atomic<std::uint64_t> sent_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
};

}  // namespace ketenpoort
