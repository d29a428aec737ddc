#include "gateway/api/http/workers.hpp"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <stdexcept>
#include <string>

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
  Workers workers(1, 32);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(workers.post([&] { ++done; }));
  workers.stop();
  EXPECT_EQ(done, 10);
  EXPECT_FALSE(workers.post([] {}));
}

// A job that goes on until it is let go; the worker is at it when the function returns.
std::promise<void> occupy(Workers& workers) {
  std::promise<void> let_go;
  auto begun = std::make_shared<std::promise<void>>();
  EXPECT_TRUE(workers.post([begun, gone = let_go.get_future().share()] {
    begun->set_value();
    gone.wait();
  }));
  begun->get_future().wait();
  return let_go;
}

TEST(Workers, let_clients_take_turns) {
  std::string order;
  Workers workers(1, 64);
  auto let_go = occupy(workers);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(workers.post([&] { order += 'a'; }, "many calls"));
  ASSERT_TRUE(workers.post([&] { order += 'b'; }, "another"));
  ASSERT_TRUE(workers.post([&] { order += 'c'; }, "a third"));
  let_go.set_value();
  workers.stop();
  EXPECT_EQ(order, "abcaa");
}

TEST(Workers, keep_a_place_for_others_when_a_client_has_taken_all_it_may) {
  Workers workers(1, 64);
  auto let_go = occupy(workers);
  int taken = 0;
  while (workers.post([] {}, "many calls")) ++taken;
  EXPECT_EQ(taken, 32);
  EXPECT_TRUE(workers.post([] {}, "another"));
  EXPECT_FALSE(workers.post([] {}, "many calls"));
  let_go.set_value();
}

}  // namespace
}  // namespace ketenpoort::api
