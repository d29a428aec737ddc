#include "gateway/base/now_and_then.hpp"

#include <gtest/gtest.h>

namespace ketenpoort {
namespace {

using namespace std::chrono_literals;

TEST(NowAndThen, is_due_once_in_each_while) {
  NowAndThen said(1min);
  const NowAndThen::Clock::time_point start{5h};
  EXPECT_TRUE(said.is_due(start));
  EXPECT_FALSE(said.is_due(start));
  EXPECT_FALSE(said.is_due(start + 59s));
  EXPECT_TRUE(said.is_due(start + 60s));
  EXPECT_FALSE(said.is_due(start + 61s));
  EXPECT_TRUE(said.is_due(start + 3h));
}

}  // namespace
}  // namespace ketenpoort
