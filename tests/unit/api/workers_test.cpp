#include "gateway/api/http/workers.hpp"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <stdexcept>

namespace ketenpoort::api {
namespace {

// It ended the gateway, and every call under way with it.
TEST(Workers, go_on_after_a_job_that_throws) {
  Workers workers(1, 16);
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> gone = held;
  ASSERT_TRUE(workers.post([held = std::move(held)] { throw std::runtime_error("the vault cannot be read"); }));
  std::promise<bool> done;
  ASSERT_TRUE(workers.post([&] { done.set_value(gone.expired()); }));
  EXPECT_TRUE(done.get_future().get()) << "what a job holds, the way to answer its call among it, goes as it ends";
}

TEST(Workers, finish_what_waits_when_they_stop) {
  int done = 0;
  Workers workers(1, 16);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(workers.post([&] { ++done; }));
  workers.stop();
  EXPECT_EQ(done, 10);
  EXPECT_FALSE(workers.post([] {}));
}

}  // namespace
}  // namespace ketenpoort::api
