#include "gateway/base/remembered.hpp"

#include <gtest/gtest.h>

namespace ketenpoort {
namespace {

using std::chrono::milliseconds;

TEST(Remembered, is_computed_once_in_its_lifetime) {
  std::chrono::steady_clock::time_point now{};
  Remembered<int> figure(milliseconds{1000}, [&] { return now; });
  int computed = 0;
  const auto ask = [&] { return figure.get([&] { return ++computed; }); };
  EXPECT_EQ(ask(), 1);
  now += milliseconds{999};
  EXPECT_EQ(ask(), 1);
  now += milliseconds{1};
  EXPECT_EQ(ask(), 2);
  EXPECT_EQ(computed, 2);
}

TEST(Remembered, rests_after_a_computation_that_took_longer_than_it) {
  std::chrono::steady_clock::time_point now{};
  Remembered<int> figure(milliseconds{1000}, [&] { return now; });
  int computed = 0;
  const auto ask = [&] {
    return figure.get([&] {
      now += milliseconds{5000};
      return ++computed;
    });
  };
  EXPECT_EQ(ask(), 1);
  EXPECT_EQ(ask(), 1);
}

}  // namespace
}  // namespace ketenpoort
