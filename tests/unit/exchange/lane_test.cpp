#include "gateway/exchange/delivery/lane.hpp"

#include <gtest/gtest.h>

#include "gateway/exchange/delivery/in_flight.hpp"

namespace ketenpoort::exchange {
namespace {

TEST(Lane, lets_in_as_many_as_it_has_places_and_calls_the_next_when_one_leaves) {
  Lane lane(2);
  const auto third = new_uuid_v4();
  EXPECT_TRUE(lane.enter(new_uuid_v4()).entered);
  EXPECT_TRUE(lane.enter(new_uuid_v4()).entered);
  EXPECT_FALSE(lane.enter(third).entered);
  EXPECT_EQ(lane.leave(true), std::vector{third});
}

TEST(Lane, opens_the_breaker_after_failures_in_a_row_and_closes_it_on_an_answer) {
  Lane lane(4);
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(lane.enter(new_uuid_v4()).entered);
    (void)lane.leave(false);
  }
  EXPECT_TRUE(lane.breaker_open());
  const auto entrance = lane.enter(new_uuid_v4());
  EXPECT_FALSE(entrance.entered);
  ASSERT_TRUE(entrance.try_again);
  EXPECT_GT(*entrance.try_again, std::chrono::steady_clock::now());
}

TEST(Lane, opens_the_breaker_after_as_many_failures_as_it_is_told) {
  Lane lane(1, 2);
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(lane.breaker_open());
    ASSERT_TRUE(lane.enter(new_uuid_v4()).entered);
    (void)lane.leave(false);
  }
  EXPECT_TRUE(lane.breaker_open());
}

TEST(Lane, one_that_was_not_sent_says_nothing_of_the_recipient) {
  auto now = std::chrono::steady_clock::now();
  Lane lane(2, 2, nullptr, [&] { return now; });
  const auto fail_once = [&] {
    ASSERT_TRUE(lane.enter(new_uuid_v4()).entered);
    (void)lane.leave(false);
  };
  fail_once();
  ASSERT_TRUE(lane.enter(new_uuid_v4()).entered);
  EXPECT_TRUE(lane.give_back().empty());
  fail_once();
  ASSERT_TRUE(lane.breaker_open()) << "two failures in a row";
  now += std::chrono::minutes{1};
  const auto next = new_uuid_v4();
  ASSERT_TRUE(lane.enter(new_uuid_v4()).entered) << "a probe";
  ASSERT_FALSE(lane.enter(next).entered);
  EXPECT_EQ(lane.give_back(), std::vector{next}) << "another comes to probe";
  EXPECT_TRUE(lane.breaker_open());
  EXPECT_EQ(lane.figures().running, 0U);
}

TEST(Lane, an_answer_between_failures_starts_the_count_anew) {
  Lane lane(1);
  for (int i = 0; i < 12; ++i) {
    ASSERT_TRUE(lane.enter(new_uuid_v4()).entered) << i;
    (void)lane.leave(i % 4 == 3);
  }
  EXPECT_FALSE(lane.breaker_open());
}

TEST(Lane, gives_one_that_is_looked_at_again_while_it_waits_no_second_place) {
  Lane lane(1);
  const auto first = new_uuid_v4();
  const auto second = new_uuid_v4();
  ASSERT_TRUE(lane.enter(new_uuid_v4()).entered);
  for (int i = 0; i < 3; ++i) {
    ASSERT_FALSE(lane.enter(first).entered);
    ASSERT_FALSE(lane.enter(second).entered);
  }
  EXPECT_EQ(lane.figures().waiting, 2U);
  ASSERT_EQ(lane.leave(true), std::vector{first});
  ASSERT_TRUE(lane.enter(first).entered);
  ASSERT_FALSE(lane.enter(first).entered) << "it waits again";
  EXPECT_EQ(lane.leave(true), std::vector{second});
  EXPECT_EQ(lane.figures().waiting, 1U);
}

TEST(Lane, calls_another_in_place_of_one_that_does_not_come) {
  Lane lane(1);
  const auto withdrawn = new_uuid_v4();
  const auto patient = new_uuid_v4();
  ASSERT_TRUE(lane.enter(new_uuid_v4()).entered);
  ASSERT_FALSE(lane.enter(withdrawn).entered);
  ASSERT_FALSE(lane.enter(patient).entered);
  EXPECT_EQ(lane.call_next(), std::nullopt) << "no place is free";
  ASSERT_EQ(lane.leave(true), std::vector{withdrawn});
  EXPECT_EQ(lane.call_next(), std::nullopt) << "the place is kept";
  EXPECT_EQ(lane.call_next(withdrawn), patient);
  EXPECT_EQ(lane.call_next(), std::nullopt);
  EXPECT_TRUE(lane.enter(patient).entered);
}

TEST(Lane, keeps_the_place_of_one_that_was_called_from_those_that_come_anew) {
  Lane lane(2);
  const auto first = new_uuid_v4();
  const auto second = new_uuid_v4();
  const auto newcomer = new_uuid_v4();
  ASSERT_TRUE(lane.enter(new_uuid_v4()).entered);
  ASSERT_TRUE(lane.enter(new_uuid_v4()).entered);
  ASSERT_FALSE(lane.enter(first).entered);
  ASSERT_FALSE(lane.enter(second).entered);
  ASSERT_EQ(lane.leave(true), std::vector{first});
  EXPECT_FALSE(lane.enter(newcomer).entered);
  EXPECT_EQ(lane.leave(true), std::vector{second}) << "one for each place, not two for the first";
  EXPECT_TRUE(lane.enter(second).entered);
  EXPECT_TRUE(lane.enter(first).entered);
  EXPECT_EQ(lane.leave(true), std::vector{newcomer});
}

TEST(Lane, keeps_no_place_for_ever) {
  Lane::Moment now{};
  Lane lane(1, 5, nullptr, [&] { return now; });
  const auto lost = new_uuid_v4();
  ASSERT_TRUE(lane.enter(new_uuid_v4()).entered);
  ASSERT_FALSE(lane.enter(lost).entered);
  ASSERT_EQ(lane.leave(true), std::vector{lost});
  now += std::chrono::milliseconds{999};
  const auto newcomer = new_uuid_v4();
  const auto entrance = lane.enter(newcomer);
  EXPECT_FALSE(entrance.entered) << "it may still come";
  ASSERT_TRUE(entrance.try_again) << "nobody is there to call it";
  now = *entrance.try_again;
  EXPECT_TRUE(lane.enter(newcomer).entered);
}

TEST(InFlight, whoever_comes_first_decides) {
  InFlight in_flight;
  const auto sent = new_uuid_v4();
  EXPECT_TRUE(in_flight.begin(sent));
  EXPECT_FALSE(in_flight.try_cancel(sent));
  in_flight.end(sent);

  const auto stopped = new_uuid_v4();
  EXPECT_TRUE(in_flight.try_cancel(stopped));
  EXPECT_FALSE(in_flight.begin(stopped));
}

}  // namespace
}  // namespace ketenpoort::exchange
