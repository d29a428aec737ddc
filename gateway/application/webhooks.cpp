#include "gateway/application/webhooks.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include "adapters/content_digest.hpp"
#include "gateway/base/error_text.hpp"
#include "gateway/base/files.hpp"
#include "gateway/base/url.hpp"
#include "gateway/exchange/delivery/back_off.hpp"

namespace ketenpoort {
namespace {

constexpr std::size_t most_events = 200;                  // in one call
constexpr std::chrono::milliseconds between_looks{500};   // when there was nothing to tell
constexpr std::chrono::milliseconds between_batches{50};  // events follow deliveries, they do not compete with them
constexpr std::chrono::seconds longest_answer{10};        // so long an end of the gateway may wait for one
constexpr int nicer = 10;
constexpr std::string_view batch_type = "application/cloudevents-batch+json";
constexpr std::uint8_t version_8 = 0x80;
constexpr std::uint8_t rfc_variant = 0x80;

// The same for the same events, so that a repetition is known by it.
Uuid key_of(const std::vector<api::FeedEvent>& events) {
  std::string ids;
  for (const auto& event : events) ids += event.id.text();
  const auto digest = sha256(as_bytes(ids));
  Uuid key;
  std::copy_n(digest.begin(), key.bytes.size(), key.bytes.begin());
  key.bytes[6] = static_cast<std::uint8_t>((key.bytes[6] & 0x0FU) | version_8);
  key.bytes[8] = static_cast<std::uint8_t>((key.bytes[8] & 0x3FU) | rfc_variant);
  return key;
}

log::Field who(const std::optional<log::ConfiguredName>& client) {
  return client ? log::field("client", *client) : log::field("client", log::Label("unnamed"));
}

std::string batch_of(const std::vector<api::FeedEvent>& events) {
  std::string body = "[";
  for (const auto& event : events) {
    if (body.size() > 1) body += ',';
    body += event.json;
  }
  return body + "]";
}

}  // namespace

Result<std::unique_ptr<Webhooks>> Webhooks::start(const std::vector<config::Client>& clients,
                                                  const api::EventFeed& feed, Setup setup) {
  std::unique_ptr<Webhooks> webhooks(new Webhooks(feed, setup.folder));
  const auto begin = webhooks->prepare(clients, std::move(setup));
  if (!begin) return fail(begin.error());
  (*begin)();
  return webhooks;
}

Result<std::function<void()>> Webhooks::prepare(const std::vector<config::Client>& clients, Setup setup) {
  join_those_who_left();  // one of them may come back, and go on where it was
  std::map<std::string, std::shared_ptr<const Target>> targets;
  const auto added = std::make_shared<Subscribers>();
  for (const auto& client : clients) {
    if (!client.webhook) continue;
    auto target = open(client, setup);
    if (!target) return fail(std::move(target.error()));
    if (const std::lock_guard lock(mutex_); !subscribers_.contains(client.id)) {
      auto subscriber = subscribe(client.id, *target);
      if (!subscriber) return fail(std::move(subscriber.error()));
      added->emplace(client.id, std::move(*subscriber));
    }
    targets.emplace(client.id, std::move(*target));
  }
  return [this, targets = std::move(targets), added] { use(targets, *added); };
}

Result<std::shared_ptr<const Webhooks::Target>> Webhooks::open(const config::Client& client, const Setup& setup) {
  const auto url = split_url(client.webhook->url);
  net::ClientOptions options;
  options.base_url = url.base;
  options.ca_file = client.webhook->ca;
  options.certificate_chain = client.webhook->certificate;
  options.private_key = client.webhook->key;
  options.max_connections = 1;
  options.answer_timeout = longest_answer;
  auto opened = net::BlockingClient::open(std::move(options));
  if (!opened) return fail(opened.error());
  return std::make_shared<const Target>(client.organisation, url.path,
                                        std::make_shared<net::BlockingClient>(std::move(*opened)), setup.retry,
                                        setup.key, setup.key_id);
}

Result<std::unique_ptr<Webhooks::Subscriber>> Webhooks::subscribe(const std::string& client,
                                                                  const std::shared_ptr<const Target>& target) const {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) return fail(io_error("cannot make", folder_, error.value()));
  const auto file = folder_ / client;
  api::FeedPlace place;
  if (std::filesystem::exists(file, error)) {
    const auto kept = read_file(file);
    if (!kept) return fail(kept.error());
    const auto read = api::parse_feed_place(std::string_view(*kept).substr(0, kept->find('\n')));
    if (!read)
      return fail(ErrorCode::config, file.string() + " does not say how far client `" + client +
                                         "` is: delete it to tell it what happens from now on");
    place = *read;
  } else {
    place = feed_.end();
    if (auto written = replace_file(file, api::to_text(place) + "\n"); !written) return fail(written.error());
  }
  return std::unique_ptr<Subscriber>(
      new Subscriber{log::ConfiguredName::parse(client), file, place, InUse<Target>(target)});
}

void Webhooks::use(const std::map<std::string, std::shared_ptr<const Target>>& targets, Subscribers& added) {
  {
    const std::lock_guard lock(mutex_);
    for (auto at = subscribers_.begin(); at != subscribers_.end();) {
      if (const auto target = targets.find(at->first); target != targets.end()) {
        (at++)->second->target.put(target->second);
        continue;
      }
      at->second->leaving = true;
      left_.push_back(std::move(at->second));
      at = subscribers_.erase(at);
    }
    for (auto& [client, subscriber] : added) {
      subscriber->thread = std::thread([this, one = subscriber.get()] { run(*one); });
      subscribers_.emplace(client, std::move(subscriber));
    }
  }
  wake_.notify_all();
}

Webhooks::~Webhooks() {
  stop();
}

void Webhooks::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& [client, subscriber] : subscribers_)
    if (subscriber->thread.joinable()) subscriber->thread.join();
  join_those_who_left();
}

void Webhooks::join_those_who_left() {
  for (auto& subscriber : left_) subscriber->thread.join();
  left_.clear();
}

std::size_t Webhooks::size() const {
  const std::lock_guard lock(mutex_);
  return subscribers_.size();
}

std::vector<std::string> Webhooks::not_answering() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> clients;
  for (const auto& [client, subscriber] : subscribers_)
    if (subscriber->failing) clients.push_back(client);
  return clients;
}

bool Webhooks::wait(const Subscriber& subscriber, std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  const auto is_over = [&] { return stopping_ || subscriber.leaving; };
  wake_.wait_for(lock, time, is_over);
  return !is_over();
}

void Webhooks::run(Subscriber& subscriber) {
  ::setpriority(PRIO_PROCESS, 0, nicer);  // on Linux of the thread alone
  unsigned failures = 0;
  auto pause = std::chrono::milliseconds{0};
  while (wait(subscriber, pause)) {
    const auto before = subscriber.place;
    const bool done = tell_safely(subscriber);
    if (done) {
      failures = 0;
      pause = subscriber.place == before ? between_looks : between_batches;
    } else {
      pause = exchange::back_off(subscriber.target->retry, ++failures);
    }
    note(subscriber, done);
  }
}

// That it goes on again is said once; that it does not, at each attempt (tell_next).
void Webhooks::note(Subscriber& subscriber, bool taken) {
  const bool failed_before = subscriber.failing.exchange(!taken);
  if (taken && failed_before) log::info("events_taken_again", who(subscriber.client));
}

// What nobody foresaw is one more failure of this client's.
bool Webhooks::tell_safely(Subscriber& subscriber) {
  try {
    return tell_next(subscriber);
  } catch (const std::exception&) {  // its text may hold anything
    log::error("events_not_read", who(subscriber.client), log::field("code", ErrorCode::internal));
    return false;
  }
}

// True: taken, or nothing to tell. Only then does the place move on.
bool Webhooks::tell_next(Subscriber& subscriber) {
  const auto target = subscriber.target.get();
  const auto page = feed_.read(target->organisation, subscriber.place, most_events);
  if (!page) {
    log::warning("events_not_read", who(subscriber.client), log::field("code", page.error().code));
    return false;
  }
  if (page->events.empty()) {  // what nobody is told need not be written down
    subscriber.place = page->next;
    return true;
  }
  const auto answer = target->client->call_for_failure(make_call(*target, page->events));
  const int status = answer ? answer->status : 0;
  if (status < 200 || status >= 300) {
    log::warning("events_not_taken", who(subscriber.client), log::field("events", page->events.size()),
                 log::field("status", status));
    return false;
  }
  sent_ += page->events.size();
  subscriber.place = page->next;
  if (auto written = replace_file(subscriber.file, api::to_text(page->next) + "\n"); !written)
    log::error("webhook_place_not_written", who(subscriber.client), log::field("code", written.error().code));
  return true;
}

Call Webhooks::make_call(const Target& target, const std::vector<api::FeedEvent>& events) {
  Call call;
  call.path = target.path;
  call.body = batch_of(events);
  call.headers = {{"Content-Type", std::string(batch_type)},
                  {"Accept", "application/json"},
                  {"Idempotency-Key", key_of(events).text()},
                  {"Content-Digest", adapters::content_digest(call.body)},
                  {"BelGov-Trace-Id", new_uuid_v4().text()}};
  adapters::sign(call, *target.key, target.key_id, Clock().now());
  return call;
}

}  // namespace ketenpoort
