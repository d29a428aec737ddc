// Sends clients the events of what became of their records (api/event_feed.hpp): signed, in order, again and again
// until they are taken. How far each client is stands in STATE/webhooks; an event may come twice, with the same id, and
// none is left out, whatever is killed when.
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "adapters/http_signature.hpp"
#include "gateway/api/routes/event_feed.hpp"
#include "gateway/base/in_use.hpp"
#include "gateway/config/settings.hpp"
#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/net/blocking_client.hpp"
#include "gateway/observability/log.hpp"

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

  // Other clients, in two steps: what they need is opened now, and counts once the step that is handed back is taken.
  // It cannot fail, and must not outlive this. A call under way ends as it began; nobody's place is lost.
  Result<std::function<void()>> prepare(const std::vector<config::Client>& clients, Setup setup);

  void stop();

  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::vector<std::string> not_answering() const;  // clients that did not take what was sent last
  [[nodiscard]] std::uint64_t sent() const { return sent_; }

 private:
  // Whom a subscriber tells, and how: swapped when the configuration changes.
  struct Target {
    std::string organisation;
    std::string path;  // of the URL
    std::shared_ptr<net::BlockingClient> client;
    exchange::RetryPlan retry;
    std::shared_ptr<const adapters::SigningKey> key;
    std::string key_id;
  };
  struct Subscriber {
    std::optional<log::ConfiguredName> client;  // nothing where its id is no text for a log
    std::filesystem::path file;
    api::FeedPlace place;
    InUse<Target> target;
    std::atomic<bool> failing{false};
    std::atomic<bool> leaving{false};  // its client has no webhook any more
    std::thread thread{};
  };
  using Subscribers = std::map<std::string, std::unique_ptr<Subscriber>>;  // by client

  Webhooks(const api::EventFeed& feed, std::filesystem::path folder) : feed_(feed), folder_(std::move(folder)) {}
  static Result<std::shared_ptr<const Target>> open(const config::Client& client, const Setup& setup);
  Result<std::unique_ptr<Subscriber>> subscribe(const std::string& client,
                                                const std::shared_ptr<const Target>& target) const;
  void use(const std::map<std::string, std::shared_ptr<const Target>>& targets, Subscribers& added);
  void join_those_who_left();
  void run(Subscriber& subscriber);
  static void note(Subscriber& subscriber, bool taken);
  bool tell_next(Subscriber& subscriber);
  bool tell_safely(Subscriber& subscriber);
  static Call make_call(const Target& target, const std::vector<api::FeedEvent>& events);
  bool wait(const Subscriber& subscriber, std::chrono::milliseconds time);  // false: it is over

  const api::EventFeed& feed_;
  std::filesystem::path folder_;
  std::atomic<std::uint64_t> sent_{0};
  mutable std::mutex mutex_;
  Subscribers subscribers_;
  std::vector<std::unique_ptr<Subscriber>> left_;  // their threads end with the call under way
  std::condition_variable wake_;
  bool stopping_ = false;
};

}  // namespace ketenpoort
