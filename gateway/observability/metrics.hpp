// Counters, gauges and histograms, rendered as Prometheus text format 0.0.4. Tags are fixed texts or configured names
// (as in the log), so no personal data can become a time series; updating one is a relaxed atomic addition.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "gateway/observability/log.hpp"

namespace ketenpoort::metrics {

using log::ConfiguredName;
using log::Label;

class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t n) { value_.fetch_add(n, std::memory_order_relaxed); }
  [[nodiscard]] std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

// Durations in fixed buckets, 100 microseconds to 10 seconds.
class Histogram {
 public:
  static constexpr std::array<std::chrono::microseconds, 16> bounds = {std::chrono::microseconds(100),
                                                                       std::chrono::microseconds(250),
                                                                       std::chrono::microseconds(500),
                                                                       std::chrono::microseconds(1'000),
                                                                       std::chrono::microseconds(2'500),
                                                                       std::chrono::microseconds(5'000),
                                                                       std::chrono::microseconds(10'000),
                                                                       std::chrono::microseconds(25'000),
                                                                       std::chrono::microseconds(50'000),
                                                                       std::chrono::microseconds(100'000),
                                                                       std::chrono::microseconds(250'000),
                                                                       std::chrono::microseconds(500'000),
                                                                       std::chrono::seconds(1),
                                                                       std::chrono::microseconds(2'500'000),
                                                                       std::chrono::seconds(5),
                                                                       std::chrono::seconds(10)};

  void observe(std::chrono::nanoseconds duration);
  [[nodiscard]] std::uint64_t count() const;
  void render(std::string& out, const std::string& name, const std::string& tags) const;

 private:
  std::array<std::atomic<std::uint64_t>, bounds.size() + 1> buckets_{};
  std::atomic<std::uint64_t> sum_nanoseconds_{0};
};

// One tag of a time series.
class Tag {
 public:
  Tag(Label name, Label value) : name_(name.text()), value_(value.text()) {}
  Tag(Label name, const ConfiguredName& value) : name_(name.text()), value_(value.text()) {}
  template <log::NamedEnum T>
  Tag(Label name, T value) : name_(name.text()), value_(to_text(value)) {}
  [[nodiscard]] std::string text() const { return name_ + "=\"" + value_ + "\""; }

 private:
  std::string name_;
  std::string value_;
};
using Tags = std::vector<Tag>;

// Owns every instrument; what it hands out lives as long as it does. The same name and tags give the same instrument.
// Asking takes a lock: ask once at start-up, keep the reference.
class Registry {
 public:
  Counter& counter(Label name, Label help, const Tags& tags = {});
  Gauge& gauge(Label name, Label help, const Tags& tags = {});
  Histogram& histogram(Label name, Label help, const Tags& tags = {});

  // Called at the start of every render(), to set gauges that are read rather than kept (queue length, memory).
  void before_render(std::function<void()> action);
  // From such an action: a gauge of this render alone. What a reload took away has none in the next, where a kept one
  // would say for ever what was last read.
  void show(Label name, Label help, const Tags& tags, std::int64_t value);

  [[nodiscard]] std::string render() const;  // text/plain; version=0.0.4

 private:
  struct Family {
    std::string type;
    std::string help;
    std::map<std::string, std::unique_ptr<Counter>> counters;
    std::map<std::string, std::unique_ptr<Gauge>> gauges;
    std::map<std::string, std::unique_ptr<Histogram>> histograms;
    mutable std::map<std::string, std::int64_t> shown;  // in the render under way
  };
  Family& family(Label name, Label help, std::string_view type);

  mutable std::mutex rendering_;  // one at a time
  mutable std::mutex mutex_;
  std::map<std::string, Family, std::less<>> families_;
  std::vector<std::function<void()>> actions_;
};

inline constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace ketenpoort::metrics
