#include "gateway/exchange/delivery/lanes.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace ketenpoort::exchange {
namespace {

using namespace std::chrono_literals;
using Named = Lanes<std::string>;

TransferId transfer(std::uint8_t number) {
  TransferId id{};
  id.bytes[15] = number;
  return id;
}

TEST(Lanes, one_that_stays_keeps_who_is_under_way_and_takes_as_many_as_it_may_now) {
  Named lanes(Named::Plans{{"a", {.concurrency = 2}}});
  const auto lane = lanes.find("a");
  ASSERT_TRUE(lane->enter(transfer(1)).entered);
  ASSERT_TRUE(lane->enter(transfer(2)).entered);
  lanes.use({{"a", {.concurrency = 1}}, {"b", {.concurrency = 1}}});
  EXPECT_EQ(lanes.find("a"), lane);
  EXPECT_FALSE(lane->enter(transfer(3)).entered);
  EXPECT_TRUE(lane->leave(true).empty()) << "there is one too many still";
  EXPECT_EQ(lane->leave(true), std::vector{transfer(3)});
  EXPECT_TRUE(lanes.find("b")->enter(transfer(4)).entered);
}

TEST(Lanes, one_that_goes_lives_until_the_last_has_left_it) {
  Named lanes(Named::Plans{{"a", {.concurrency = 1}}});
  const auto lane = lanes.find("a");
  ASSERT_TRUE(lane->enter(transfer(1)).entered);
  ASSERT_FALSE(lane->enter(transfer(2)).entered);
  lanes.use({});
  EXPECT_EQ(lanes.find("a"), nullptr);
  EXPECT_EQ(lane->leave(true), std::vector{transfer(2)}) << "whoever waited in it is called all the same";
}

TEST(Lanes, a_breaker_stays_open_and_by_another_connection_the_next_one_tries_at_once) {
  const int here = 0, there = 0;
  auto now = Lane::Moment{} + 1h;
  Lane lane({.concurrency = 4, .failures_to_open = 1, .connection = &here}, [&] { return now; });
  ASSERT_TRUE(lane.enter(transfer(1)).entered);
  (void)lane.leave(false);
  ASSERT_TRUE(lane.breaker_open());
  lane.change({.concurrency = 4, .failures_to_open = 1, .connection = &here});
  EXPECT_TRUE(lane.breaker_open());
  EXPECT_FALSE(lane.enter(transfer(2)).entered) << "nothing says that it would answer now";
  lane.change({.concurrency = 4, .failures_to_open = 1, .connection = &there});
  EXPECT_TRUE(lane.breaker_open()) << "it has not answered yet";
  EXPECT_TRUE(lane.enter(transfer(3)).entered);
  EXPECT_FALSE(lane.enter(transfer(4)).entered) << "one probes";
  (void)lane.leave(true);
  EXPECT_FALSE(lane.breaker_open());
}

TEST(Lanes, one_that_stays_keeps_to_the_rate_that_counts_now) {
  const auto now = Lane::Moment{} + 1h;
  Lane lane(10, 5, nullptr, [&] { return now; });
  ASSERT_TRUE(lane.enter(transfer(1)).entered);
  lane.change({.concurrency = 10, .pace = std::make_shared<Pace>(1)});
  EXPECT_TRUE(lane.enter(transfer(2)).entered);
  EXPECT_FALSE(lane.enter(transfer(3)).entered) << "one in a second";
  lane.change({.concurrency = 10});
  EXPECT_TRUE(lane.enter(transfer(4)).entered) << "as they come";
}

TEST(Lanes, a_rate_that_changes_counts_what_was_sent_before_it) {
  const auto now = Pace::Moment{} + 1h;
  Pace before(2);
  EXPECT_FALSE(before.take(now));
  EXPECT_FALSE(before.take(now));
  Pace faster(3);
  faster.follow(before);
  EXPECT_FALSE(faster.take(now));
  EXPECT_EQ(faster.take(now), now + 1s) << "three in this second, over both";
  Pace slower(1);
  slower.follow(faster);
  EXPECT_EQ(slower.take(now + 500ms), now + 1s);
}

}  // namespace
}  // namespace ketenpoort::exchange
