#include "gateway/webhooks.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include "adapters/content_digest.hpp"
#include "gateway/base/files.hpp"
#include "gateway/exchange/back_off.hpp"
#include "gateway/observability/log.hpp"

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

struct UrlParts {
  std::string base;  // https://host:port
  std::string path;
};

UrlParts split(const std::string& url) {
  const auto path = url.find('/', url.find("://") + 3);
  if (path == std::string::npos) return {url, "/"};
  return {url.substr(0, path), url.substr(path)};
}

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
  std::unique_ptr<Webhooks> webhooks(new Webhooks(feed, std::move(setup)));
  for (const auto& client : clients)
    if (client.webhook)
      if (auto added = webhooks->add(client); !added) return fail(added.error());
  for (auto& subscriber : webhooks->subscribers_)
    subscriber->thread = std::thread([self = webhooks.get(), one = subscriber.get()] { self->run(*one); });
  return webhooks;
}

Status Webhooks::add(const config::Client& client) {
  std::error_code error;
  std::filesystem::create_directories(setup_.folder, error);
  if (error) return fail(io_error("cannot make", setup_.folder, error.value()));
  const auto file = setup_.folder / client.id;
  api::FeedPlace place;
  if (std::filesystem::exists(file, error)) {
    const auto kept = read_file(file);
    if (!kept) return fail(kept.error());
    const auto read = api::parse_feed_place(std::string_view(*kept).substr(0, kept->find('\n')));
    if (!read)
      return fail(ErrorCode::config, file.string() + " does not say how far client `" + client.id +
                                         "` is: delete it to tell it what happens from now on");
    place = *read;
  } else {
    place = feed_.end();
    if (auto written = replace_file(file, api::to_text(place) + "\n"); !written) return written;
  }
  const auto url = split(client.webhook->url);
  net::ClientOptions options;
  options.base_url = url.base;
  options.ca_file = client.webhook->ca;
  options.certificate_chain = client.webhook->certificate;
  options.private_key = client.webhook->key;
  options.max_connections = 1;
  options.answer_timeout = longest_answer;
  auto opened = net::BlockingClient::open(std::move(options));
  if (!opened) return fail(opened.error());
  subscribers_.push_back(
      std::unique_ptr<Subscriber>(new Subscriber{client.organisation, url.path, file, place, std::move(*opened)}));
  return {};
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
  for (auto& subscriber : subscribers_)
    if (subscriber->thread.joinable()) subscriber->thread.join();
}

std::size_t Webhooks::not_answering() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(subscribers_, [](const auto& one) { return one->failing.load(); }));
}

bool Webhooks::wait(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, time, [this] { return stopping_; });
  return !stopping_;
}

void Webhooks::run(Subscriber& subscriber) {
  ::setpriority(PRIO_PROCESS, 0, nicer);  // on Linux of the thread alone
  unsigned failures = 0;
  auto pause = std::chrono::milliseconds{0};
  while (wait(pause)) {
    const auto before = subscriber.place;
    const bool done = tell_next(subscriber);
    if (done) {
      failures = 0;
      pause = subscriber.place == before ? between_looks : between_batches;
    } else {
      pause = exchange::back_off(setup_.retry, ++failures);
    }
    subscriber.failing = !done;
  }
}

// True: taken, or nothing to tell. Only then does the place move on.
bool Webhooks::tell_next(Subscriber& subscriber) {
  const auto page = feed_.read(subscriber.organisation, subscriber.place, most_events);
  if (!page) {
    log::warning("events_not_read", log::field("code", static_cast<int>(page.error().code)));
    return false;
  }
  if (page->events.empty()) {  // what nobody is told need not be written down
    subscriber.place = page->next;
    return true;
  }
  const auto answer = subscriber.client.call_for_failure(make_call(subscriber, page->events));
  const int status = answer ? answer->status : 0;
  if (status < 200 || status >= 300) {
    log::warning("events_not_taken", log::field("events", page->events.size()), log::field("status", status));
    return false;
  }
  sent_ += page->events.size();
  subscriber.place = page->next;
  if (auto written = replace_file(subscriber.file, api::to_text(page->next) + "\n"); !written)
    log::error("webhook_place_not_written", log::field("code", static_cast<int>(written.error().code)));
  return true;
}

Call Webhooks::make_call(const Subscriber& subscriber, const std::vector<api::FeedEvent>& events) const {
  Call call;
  call.path = subscriber.path;
  call.body = batch_of(events);
  call.headers = {{"Content-Type", std::string(batch_type)},
                  {"Accept", "application/json"},
                  {"Idempotency-Key", key_of(events).text()},
                  {"Content-Digest", adapters::content_digest(call.body)},
                  {"BelGov-Trace-Id", new_uuid_v4().text()}};
  adapters::sign(call, *setup_.key, setup_.key_id, Clock().now());
  return call;
}

}  // namespace ketenpoort
