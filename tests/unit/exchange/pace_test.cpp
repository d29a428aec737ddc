// What a partner is promised of our speed, by a clock that the test turns.
#include "gateway/exchange/facilities/pace.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

#include "gateway/exchange/delivery/back_off.hpp"
#include "gateway/exchange/delivery/lane.hpp"

namespace ketenpoort::exchange {
namespace {

using namespace std::chrono_literals;
using Moment = Pace::Moment;

constexpr Moment start{1h};

TEST(Pace, gives_as_many_at_once_as_it_may_in_a_second_and_says_when_the_next_comes_back) {
  Pace pace(2);
  EXPECT_FALSE(pace.take(start));
  EXPECT_FALSE(pace.take(start + 300ms));
  EXPECT_EQ(pace.take(start + 400ms), start + 1s);
  EXPECT_EQ(pace.next_token(start + 999ms), start + 1s);
  EXPECT_FALSE(pace.take(start + 1s));
  EXPECT_EQ(pace.take(start + 1s), start + 1300ms);
}

TEST(Pace, never_gives_more_in_any_second_whatever_is_asked) {
  std::minstd_rand dice{7};
  for (const std::size_t limit : {1U, 3U, 10U}) {
    Pace pace(limit);
    std::deque<Moment> given;
    auto now = start;
    for (int i = 0; i < 5000; ++i) {
      now += std::chrono::milliseconds{dice() % 60};
      const auto wait = pace.take(now);
      if (!wait) given.push_back(now);
      if (wait) ASSERT_GT(*wait, now);
    }
    for (std::size_t i = limit; i < given.size(); ++i) ASSERT_GE(given[i] - given[i - limit], 1s) << limit;
    EXPECT_GT(given.size(), limit * 100) << "it holds nobody back for longer than it must";
  }
}

// A recipient of one lane, whose transfers all come when they are called, take `length` and leave.
class Traffic {
 public:
  Traffic(std::size_t concurrency, std::size_t per_second, std::chrono::milliseconds length)
      : length_(length), lane_(concurrency, 5, std::make_shared<Pace>(per_second), [this] { return now_; }) {}

  void bring(int count) {
    for (int i = 0; i < count; ++i) due_.emplace(now_, new_uuid_v4());
  }
  // Gone before it was called: withdrawn.
  void withdraw_called() {
    const auto [at, id] = *due_.begin();
    due_.erase(due_.begin());
    if (const auto next = lane_.call_next(id)) due_.emplace(now_, *next);
  }
  // Again before its time, as when its subject is woken.
  void wake_called() {
    const auto [at, id] = *due_.begin();
    due_.erase(due_.begin());
    due_.emplace(now_, id);
  }
  void run_for(std::chrono::milliseconds time) {
    for (const auto end = now_ + time; now_ < end; now_ += 1ms) {
      while (!running_.empty() && *running_.begin() <= now_) {
        running_.erase(running_.begin());
        for (const auto& id : lane_.leave(true)) due_.emplace(now_, id);
      }
      while (!due_.empty() && due_.begin()->first <= now_) come();
    }
  }

  std::vector<Moment> begun;
  std::size_t asked = 0;

 private:
  void come() {
    const auto id = due_.begin()->second;
    due_.erase(due_.begin());
    ++asked;
    const auto entrance = lane_.enter(id);
    if (entrance.entered) {
      begun.push_back(now_);
      running_.insert(now_ + length_);
    }
    if (entrance.try_again) due_.emplace(*entrance.try_again, id);
    if (entrance.next) due_.emplace(entrance.next->second, entrance.next->first);
  }

  std::chrono::milliseconds length_;
  Moment now_ = start;
  Lane lane_;
  std::multimap<Moment, TransferId> due_;
  std::multiset<Moment> running_;
};

TEST(Lane, keeps_the_pace_with_a_crowd_waiting_and_uses_all_of_it) {
  for (const auto length : {1ms, 70ms, 600ms}) {
    Traffic traffic(8, 10, length);
    traffic.bring(200);
    traffic.run_for(10s);
    EXPECT_GE(traffic.begun.size(), 98U) << length.count();
    EXPECT_LE(traffic.begun.size(), 100U) << length.count();
    for (std::size_t i = 10; i < traffic.begun.size(); ++i)
      ASSERT_GE(traffic.begun[i] - traffic.begun[i - 10], 1s) << length.count();
    EXPECT_LT(traffic.asked, 200 + 4 * traffic.begun.size()) << "the crowd came again and again";
  }
}

TEST(Lane, a_slow_recipient_is_bounded_by_its_places_and_a_quick_one_by_its_pace) {
  Traffic slow(2, 100, 500ms);
  slow.bring(100);
  slow.run_for(5s);
  EXPECT_NEAR(static_cast<double>(slow.begun.size()), 20, 2);
  Traffic quick(2, 5, 1ms);
  quick.bring(100);
  quick.run_for(5s);
  EXPECT_NEAR(static_cast<double>(quick.begun.size()), 25, 1);
}

TEST(Lane, whoever_was_called_for_a_token_and_does_not_come_strands_nobody) {
  Traffic traffic(4, 1, 1ms);
  traffic.bring(6);
  traffic.run_for(10ms);
  ASSERT_EQ(traffic.begun.size(), 1U);
  traffic.withdraw_called();
  traffic.run_for(10s);
  EXPECT_EQ(traffic.begun.size(), 5U);
}

TEST(Lane, whoever_was_called_for_a_token_and_comes_early_is_not_forgotten) {
  Traffic traffic(4, 1, 1ms);
  traffic.bring(3);
  traffic.run_for(10ms);
  traffic.wake_called();
  traffic.run_for(10s);
  EXPECT_EQ(traffic.begun.size(), 3U);
}

TEST(BackOff, doubles_up_to_the_longest_and_is_a_fifth_more_or_less) {
  const RetryPlan plan{1s, 2.0, 8s, 12};
  for (const auto& [attempts, middle] :
       {std::pair{1U, 1000.0}, {2U, 2000.0}, {3U, 4000.0}, {4U, 8000.0}, {9U, 8000.0}}) {
    std::set<std::int64_t> waits;
    for (int i = 0; i < 200; ++i) {
      const auto wait = back_off(plan, attempts).count();
      ASSERT_GE(static_cast<double>(wait), middle * 0.8 - 1);
      ASSERT_LE(static_cast<double>(wait), middle * 1.2);
      waits.insert(wait);
    }
    EXPECT_GT(waits.size(), 50U) << "all would come back at once";
  }
}

}  // namespace
}  // namespace ketenpoort::exchange
