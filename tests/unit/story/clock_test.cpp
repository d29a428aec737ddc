// A machine whose clock is wrong for a while.
#include <gtest/gtest.h>

#include "tests/unit/story/mailboxes.hpp"

namespace ketenpoort::story {
namespace {

class ClockTest : public testing::Test, protected Mailboxes {
 protected:
  void TearDown() override { check(); }
};

// As after a start before the time server answered: what was taken then is known again when the clock is right.
TEST_F(ClockTest, a_record_taken_while_the_clock_stood_months_back_is_not_taken_twice) {
  const auto right = std::exchange(now, now - 60 * 24h);
  const auto body = record(1, "KAP", agii, course);
  world.set_clock(now);
  const auto taken = world.send_record(body);
  ASSERT_TRUE(taken) << taken.error().message;
  world.set_clock(now = right);
  const auto again = world.send_record(body);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, *taken);
  settle();
}

}  // namespace
}  // namespace ketenpoort::story
