// Sends records as fast as the whole chain carries them, and no faster:
//   bench_chain_load URL TOKEN CA METRICS TEMPLATE FIRST_PERSON RECORDS ENTRIES_PER_RECORD WINDOW CONNECTIONS
//
// At most WINDOW records are on their way: accepted, and not yet followed by all the entries that a record whose
// recipients have all acknowledged leaves in the ledger. That is told by the gateway's own count of durable entries,
// asked for every few milliseconds. TEMPLATE is the body of one record in which \1 name \1 stands where something
// differs per person, as in load.lua; every record is another person's.
//
// Prints one line of JSON: records, seconds from the first request to the last entry, and how long answers took.
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "gateway/base/files.hpp"
#include "gateway/net/blocking_client.hpp"
#include "gateway/net/client.hpp"

namespace ketenpoort {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds between_looks{5};
constexpr std::chrono::seconds longest_standstill{30};

struct Options {
  std::string url, token, ca, metrics, body;
  std::uint64_t first = 0, records = 0, entries_each = 0, window = 0, connections = 0;
};

std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) throw std::invalid_argument("not a number");
  return value;
}

// The same people as load.lua's: numbers of the mock register (month + 60), nobody's.
std::map<std::string_view, std::string> person_values(std::uint64_t person) {
  const auto serial = person % 1000;
  auto day = person / 1000;
  const auto year = 50 + day / 336 % 50;
  const auto month = day / 28 % 12 + 1;
  day = day % 28 + 1;
  const auto nine = fmt::format("{:02}{:02}{:02}{:03}", year, month + 60, day, serial);
  return {{"message", fmt::format("00000000-0000-4000-8000-{:012x}", person)},
          {"number", fmt::format("F{:08}", person)},
          {"file", fmt::format("{:08}", person)},
          {"ssin", fmt::format("{}{:02}", nine, 97 - number(nine) % 97)},
          {"birth", fmt::format("19{:02}-{:02}-{:02}", year, month, day)}};
}

std::string body_for(std::string_view text, std::uint64_t person) {
  const auto values = person_values(person);
  std::string out;
  for (bool name = false; !text.empty(); name = !name) {
    const auto end = std::min(text.find('\1'), text.size());
    const auto piece = text.substr(0, end);
    out += name ? std::string_view(values.at(piece)) : piece;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

class Load {
 public:
  explicit Load(Options options) : options_(std::move(options)) {
    net::ClientOptions client;
    client.base_url = options_.url;
    client.ca_file = options_.ca;
    client.max_connections = options_.connections;
    auto opened = net::Client::open(std::move(client));
    auto metrics = net::BlockingClient::open({.base_url = options_.metrics.substr(0, options_.metrics.rfind('/'))});
    if (!opened || !metrics) throw std::runtime_error("cannot open a client");
    client_ = std::move(*opened);
    metrics_ = std::make_unique<net::BlockingClient>(std::move(*metrics));
  }

  void run() {
    const auto base = entries();
    const auto begin = Clock::now();
    auto moved = begin;
    std::uint64_t done = 0;
    while (done < options_.records) {
      send_until(done + options_.window);
      std::this_thread::sleep_for(between_looks);
      const auto now_done = (entries() - base) / options_.entries_each;
      if (now_done != done) moved = Clock::now();
      if (Clock::now() - moved > longest_standstill) throw std::runtime_error("nothing was acknowledged for 30 s");
      done = now_done;
    }
    report(std::chrono::duration<double>(Clock::now() - begin).count());
  }

 private:
  std::uint64_t entries() {
    const auto answer = metrics_->call({.method = "GET", .path = "/metrics", .headers = {}, .body = {}});
    constexpr std::string_view name = "\nketenpoort_ledger_entries ";
    const auto at = answer ? answer->body.find(name) : std::string::npos;
    if (at == std::string::npos) throw std::runtime_error("the gateway tells no figures");
    const auto from = at + name.size();
    return number(std::string_view(answer->body).substr(from, answer->body.find('\n', from) - from));
  }

  void send_until(std::uint64_t most) {
    for (; sent_ < std::min(most, options_.records); ++sent_) {
      Call call{
          .method = "POST", .path = "/records", .headers = {}, .body = body_for(options_.body, options_.first + sent_)};
      call.headers = {{"Authorization", "Bearer " + options_.token}, {"Content-Type", "application/json"}};
      client_->send(std::move(call), [this, at = Clock::now()](const net::CallResult& answer) {
        const std::lock_guard lock(mutex_);
        if (!answer || answer->status != 202) ++refused_;
        took_.push_back(std::chrono::duration<double, std::milli>(Clock::now() - at).count());
      });
    }
  }

  void report(double seconds) {
    const std::lock_guard lock(mutex_);
    std::sort(took_.begin(), took_.end());
    const auto quantile = [this](double q) {
      return took_.empty() ? 0.0 : took_[static_cast<std::size_t>(q * static_cast<double>(took_.size() - 1))];
    };
    fmt::print(
        "{{\"records\":{},\"answered\":{},\"refused\":{},\"seconds\":{:.6f},\"accept_p50\":{:.3f},\"accept_p99\":{:.3f}"
        "}}\n",
        sent_, took_.size(), refused_, seconds, quantile(0.5), quantile(0.99));
  }

  const Options options_;
  std::unique_ptr<net::BlockingClient> metrics_;
  std::uint64_t sent_ = 0;
  std::mutex mutex_;  // guards what follows
  std::uint64_t refused_ = 0;
  std::vector<double> took_;
  std::unique_ptr<net::Client> client_;  // last: its thread uses what stands above
};

int run(int count, char** arguments) {
  if (count != 11) {
    fmt::print(stderr,
               "usage: bench_chain_load URL TOKEN CA METRICS TEMPLATE FIRST RECORDS ENTRIES WINDOW CONNECTIONS\n");
    return 2;
  }
  const auto body = read_file(arguments[5]);
  if (!body) throw std::runtime_error(body.error().message);
  Load load({arguments[1], arguments[2], arguments[3], arguments[4], *body, number(arguments[6]), number(arguments[7]),
             number(arguments[8]), number(arguments[9]), number(arguments[10])});
  load.run();
  return 0;
}

}  // namespace
}  // namespace ketenpoort

int main(int count, char** arguments) {
  try {
    return ketenpoort::run(count, arguments);
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 1;
  }
}
