#include "gateway/observability/metrics.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace ketenpoort::metrics {
namespace {

std::string text_of(const Tags& tags) {
  std::string out;
  for (const auto& tag : tags) {
    if (!out.empty()) out += ',';
    out += tag.text();
  }
  return out;
}

std::string in_braces(const std::string& tags) {
  return tags.empty() ? "" : "{" + tags + "}";
}

template <class Instrument>
Instrument& find_or_make(std::map<std::string, std::unique_ptr<Instrument>>& instruments, const Tags& tags) {
  auto& slot = instruments[text_of(tags)];
  if (!slot) slot = std::make_unique<Instrument>();
  return *slot;
}

}  // namespace

void Histogram::observe(std::chrono::nanoseconds duration) {
  std::size_t bucket = 0;
  while (bucket < bounds.size() && duration > bounds[bucket]) ++bucket;
  buckets_[bucket].fetch_add(1, std::memory_order_relaxed);
  sum_nanoseconds_.fetch_add(static_cast<std::uint64_t>(duration.count()), std::memory_order_relaxed);
}

std::uint64_t Histogram::count() const {
  std::uint64_t total = 0;
  for (const auto& bucket : buckets_) total += bucket.load(std::memory_order_relaxed);
  return total;
}

void Histogram::render(std::string& out, const std::string& name, const std::string& tags) const {
  const std::string before = tags.empty() ? "" : tags + ",";
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    total += buckets_[i].load(std::memory_order_relaxed);
    const double bound = std::chrono::duration<double>(bounds[i]).count();
    out += fmt::format("{}_bucket{{{}le=\"{}\"}} {}\n", name, before, bound, total);
  }
  total += buckets_.back().load(std::memory_order_relaxed);
  const double sum = static_cast<double>(sum_nanoseconds_.load(std::memory_order_relaxed)) / 1e9;
  out += fmt::format("{}_bucket{{{}le=\"+Inf\"}} {}\n", name, before, total);
  out += fmt::format("{}_sum{} {}\n{}_count{} {}\n", name, in_braces(tags), sum, name, in_braces(tags), total);
}

Registry::Family& Registry::family(Label name, Label help, std::string_view type) {
  auto& found = families_[std::string(name.text())];
  if (found.type.empty()) {
    found.type = type;
    found.help = help.text();
  }
  if (found.type != type) throw std::logic_error("one metric name, two types: " + std::string(name.text()));
  return found;
}

Counter& Registry::counter(Label name, Label help, const Tags& tags) {
  const std::lock_guard lock(mutex_);
  return find_or_make(family(name, help, "counter").counters, tags);
}

Gauge& Registry::gauge(Label name, Label help, const Tags& tags) {
  const std::lock_guard lock(mutex_);
  return find_or_make(family(name, help, "gauge").gauges, tags);
}

Histogram& Registry::histogram(Label name, Label help, const Tags& tags) {
  const std::lock_guard lock(mutex_);
  return find_or_make(family(name, help, "histogram").histograms, tags);
}

void Registry::before_render(std::function<void()> action) {
  const std::lock_guard lock(mutex_);
  actions_.push_back(std::move(action));
}

void Registry::show(Label name, Label help, const Tags& tags, std::int64_t value) {
  const std::lock_guard lock(mutex_);
  family(name, help, "gauge").shown[text_of(tags)] = value;
}

std::string Registry::render() const {
  const std::lock_guard one(rendering_);
  std::vector<std::function<void()>> actions;
  {
    const std::lock_guard lock(mutex_);
    actions = actions_;
    for (const auto& [name, family] : families_) family.shown.clear();
  }
  for (const auto& action : actions) action();  // unlocked: an action may ask for instruments
  const std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& [name, family] : families_) {
    out += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, family.help, name, family.type);
    for (const auto& [tags, counter] : family.counters)
      out += fmt::format("{}{} {}\n", name, in_braces(tags), counter->value());
    for (const auto& [tags, gauge] : family.gauges)
      out += fmt::format("{}{} {}\n", name, in_braces(tags), gauge->value());
    for (const auto& [tags, value] : family.shown) out += fmt::format("{}{} {}\n", name, in_braces(tags), value);
    for (const auto& [tags, histogram] : family.histograms) histogram->render(out, name, tags);
  }
  return out;
}

}  // namespace ketenpoort::metrics
