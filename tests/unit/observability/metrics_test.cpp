#include "gateway/observability/metrics.hpp"

#include <gmock/gmock.h>

#include <thread>

namespace ketenpoort::metrics {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(Registry, renders_counters_and_gauges_in_the_text_format) {
  Registry registry;
  registry.counter("requests_total", "Requests", {{"status", Label("2xx")}}).add(3);
  registry.counter("requests_total", "Requests", {{"status", Label("4xx")}}).add();
  registry.gauge("queue_length", "Waiting").set(-2);
  EXPECT_EQ(registry.render(),
            "# HELP queue_length Waiting\n"
            "# TYPE queue_length gauge\n"
            "queue_length -2\n"
            "# HELP requests_total Requests\n"
            "# TYPE requests_total counter\n"
            "requests_total{status=\"2xx\"} 3\n"
            "requests_total{status=\"4xx\"} 1\n");
}

TEST(Registry, renders_histograms_cumulatively) {
  Registry registry;
  auto& histogram = registry.histogram("took_seconds", "Time", {{"step", Label("map")}});
  histogram.observe(100us);
  histogram.observe(101us);
  histogram.observe(20s);
  const auto text = registry.render();
  EXPECT_THAT(text, HasSubstr("took_seconds_bucket{step=\"map\",le=\"0.0001\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("took_seconds_bucket{step=\"map\",le=\"0.00025\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("took_seconds_bucket{step=\"map\",le=\"10\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("took_seconds_bucket{step=\"map\",le=\"+Inf\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("took_seconds_sum{step=\"map\"} 20.000201\n"));
  EXPECT_THAT(text, HasSubstr("took_seconds_count{step=\"map\"} 3\n"));
  EXPECT_EQ(histogram.count(), 3U);
}

TEST(Registry, gives_the_same_instrument_for_the_same_name_and_tags) {
  Registry registry;
  EXPECT_EQ(&registry.counter("a", "A"), &registry.counter("a", "A"));
  EXPECT_NE(&registry.counter("a", "A"), &registry.counter("a", "A", {{"b", Label("c")}}));
}

TEST(Registry, refuses_one_name_with_two_types) {
  Registry registry;
  registry.counter("a", "A");
  EXPECT_THROW(registry.gauge("a", "A"), std::logic_error);
}

TEST(Registry, shows_of_what_is_read_no_more_than_there_is_now) {
  Registry registry;
  std::vector<std::string> folders{"registry", "desk"};
  registry.before_render([&] {
    for (const auto& folder : folders)
      registry.show("usable", "Usable", {{"folder", ConfiguredName::parse(folder).value()}}, 1);
  });
  EXPECT_EQ(registry.render(),
            "# HELP usable Usable\n# TYPE usable gauge\nusable{folder=\"desk\"} 1\nusable{folder=\"registry\"} 1\n");
  folders.pop_back();
  EXPECT_THAT(registry.render(), testing::Not(HasSubstr("desk")));
}

TEST(Registry, asks_for_fresh_values_before_it_renders) {
  Registry registry;
  auto& gauge = registry.gauge("a", "A");
  registry.before_render([&] { gauge.add(1); });
  EXPECT_THAT(registry.render(), HasSubstr("a 1\n"));
  EXPECT_THAT(registry.render(), HasSubstr("a 2\n"));
}

TEST(Registry, counts_from_many_threads_without_losing_one) {
  Registry registry;
  auto& counter = registry.counter("a", "A");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 10'000; ++n) counter.add();
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(counter.value(), 40'000U);
}

}  // namespace
}  // namespace ketenpoort::metrics
