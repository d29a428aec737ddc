#include "gateway/exchange/delivery/agenda.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace ketenpoort::exchange {
namespace {

using std::chrono::milliseconds;

Agenda::Moment in(milliseconds wait) {
  return std::chrono::steady_clock::now() + wait;
}

TEST(Agenda, gives_what_is_due_first) {
  Agenda agenda;
  const auto late = new_uuid_v4();
  const auto early = new_uuid_v4();
  agenda.add(late, in(milliseconds{20}));
  agenda.add(early, in(milliseconds{5}));
  EXPECT_EQ(agenda.take(), early);
  EXPECT_EQ(agenda.take(), late);
}

TEST(Agenda, is_idle_while_nothing_is_due_and_nobody_holds_anything) {
  Agenda agenda;
  EXPECT_TRUE(agenda.activity().idle);
  agenda.add(new_uuid_v4(), in(std::chrono::hours{1}));
  EXPECT_TRUE(agenda.activity().idle);
  const auto id = new_uuid_v4();
  agenda.add(id, in(milliseconds{0}));
  EXPECT_FALSE(agenda.activity().idle);
  ASSERT_EQ(agenda.take(), id);
  EXPECT_FALSE(agenda.activity().idle);
  agenda.give_back(id);
  EXPECT_TRUE(agenda.activity().idle);
  EXPECT_EQ(agenda.activity().taken, 1U);
}

TEST(Agenda, an_earlier_wish_stands_and_a_later_one_changes_nothing) {
  Agenda agenda;
  const auto id = new_uuid_v4();
  agenda.add(id, in(std::chrono::hours{1}));
  agenda.add(id, in(milliseconds{0}));
  agenda.add(id, in(std::chrono::hours{2}));
  EXPECT_EQ(agenda.take(), id);
}

TEST(Agenda, a_wish_for_what_is_being_looked_at_comes_after_it_was_given_back) {
  Agenda agenda;
  const auto id = new_uuid_v4();
  agenda.add(id, Agenda::Moment{});
  ASSERT_EQ(agenda.take(), id);
  agenda.add(id, Agenda::Moment{});
  std::optional<TransferId> second;
  std::thread other([&] { second = agenda.take(); });
  std::this_thread::sleep_for(milliseconds{20});
  EXPECT_FALSE(second);  // never two at once
  agenda.give_back(id);
  other.join();
  EXPECT_EQ(second, id);
}

TEST(Agenda, closing_sends_everybody_home) {
  Agenda agenda;
  std::thread waiting([&] { EXPECT_FALSE(agenda.take()); });
  agenda.close();
  waiting.join();
}

}  // namespace
}  // namespace ketenpoort::exchange
