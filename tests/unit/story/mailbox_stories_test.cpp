// Random histories of messages that are fetched: they must keep every promise and please the verifier.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>

#include "tests/unit/story/mailboxes.hpp"

namespace ketenpoort::story {
namespace {

// What a partner that fetches has seen, and what was promised about it.
class Dice : public Mailboxes {
 public:
  explicit Dice(unsigned number) : dice_(number) {}

  void play(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFailure(); ++i) {
      now += 1s;
      world.set_clock(std::max(now, world.last_entry()));
      step(static_cast<int>(dice_() % 3));
    }
  }
  std::set<std::string> met;

 private:
  bool likely(unsigned percent) { return dice_() % 100 < percent; }

  void step(int person) {
    if (erased_.contains(person)) return;
    switch (dice_() % 16) {
      case 0:
      case 1:
        consents[person] = agree(person, likely(85));
        return;
      case 2:
      case 3:
        transfers_[send(person, likely(50) ? "KAP" : "LUB")] = person;
        return;
      case 4:
        if (consents.contains(person)) take_back(person);
        return;
      case 5:
        return pass(std::chrono::minutes{1 + dice_() % 40});
      case 6:
        return pass(std::chrono::hours{dice_() % 60});
      case 7:
        if (likely(40)) restart(likely(50));
        return;
      case 8:
        if (likely(20) && world.find(person)) erase(person);
        return;
      case 9:
        if (likely(50)) {
          paused_ = !paused_;
          EXPECT_TRUE(world.pause(agii, paused_));
          settle();
        }
        return;
      case 10:
      case 11:
        return acknowledge();
      default:
        return fetch();
    }
  }

  void take_back(int person) {
    const auto said =
        world.withdraw({consents.at(person), likely(30) ? CategorySet{Category::residence} : CategorySet{},
                        exchange::WithdrawalRequest::Cell{world.find(person).value_or(SubjectRef{}), course, agii}});
    ASSERT_TRUE(said) << said.error().message;
    settle();
    stopped_.insert(said->stopped.begin(), said->stopped.end());
    for (const auto& id : said->in_flight) {
      EXPECT_TRUE(given_.contains(id)) << "on its way, though nobody fetched it";
      met.insert("in flight");
    }
    if (!said->stopped.empty()) met.insert("stopped");
  }

  void erase(int person) {
    ASSERT_TRUE(world.erase(world.find(person).value(), likely(50)));
    settle();
    erased_.insert(person);
  }

  TransferId choose() {
    if (const auto listed = world.mailbox(agii); !listed.empty() && likely(70)) return listed[dice_() % listed.size()];
    if (transfers_.empty()) return new_uuid_v4();
    auto at = transfers_.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(dice_() % transfers_.size()));
    return at->first;
  }

  void fetch() {
    const auto listed = world.mailbox(agii);
    const auto id = choose();
    const auto answer = world.fetch(id, agii);
    settle();
    const bool was_listed = std::find(listed.begin(), listed.end(), id) != listed.end();
    if (!answer) {
      met.insert("turned down");
      EXPECT_TRUE(!was_listed || paused_) << "listed and not to be had: " << answer.error().message;
      return;
    }
    met.insert(given_.contains(id) ? "given out again" : "given out");
    EXPECT_FALSE(paused_);
    EXPECT_FALSE(stopped_.contains(id)) << "given out after it was stopped";
    if (const auto person = transfers_.find(id); person != transfers_.end())
      EXPECT_FALSE(erased_.contains(person->second)) << "given out after the erasure";
    EXPECT_EQ(state(id), "permitted");
    const auto [first, fresh] = given_.try_emplace(id, answer->message);
    EXPECT_EQ(first->second, answer->message) << "the bytes of a transfer never change";
    const auto again = world.mailbox(agii);
    EXPECT_EQ(std::count(again.begin(), again.end(), id), 0) << "on lease and listed";
  }

  void acknowledge() {
    if (given_.empty()) return;
    auto at = given_.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(dice_() % given_.size()));
    const auto before = state(at->first);
    const auto done = world.acknowledge(at->first, agii);
    settle();
    if (done) {
      EXPECT_TRUE(before == "permitted" || before == "acknowledged") << before;
      EXPECT_EQ(state(at->first), "acknowledged");
      met.insert("acknowledged");
    } else {
      EXPECT_EQ(state(at->first), before);
      met.insert("acknowledged too late");
    }
  }

  std::mt19937 dice_;
  bool paused_ = false;
  std::set<int> erased_;
  std::set<TransferId> stopped_;
  std::map<TransferId, int> transfers_;
  std::map<TransferId, std::string> given_;
};

TEST(MailboxStories, keep_every_promise_in_random_histories) {
  std::set<std::string> met;
  for (unsigned number = 1; number <= 40 && !testing::Test::HasFailure(); ++number) {
    SCOPED_TRACE(number);
    Dice dice(number);
    dice.play(60);
    dice.check();
    met.insert(dice.met.begin(), dice.met.end());
  }
  for (const auto* one :
       {"given out", "given out again", "turned down", "acknowledged", "acknowledged too late", "in flight", "stopped"})
    EXPECT_TRUE(met.contains(one)) << "never came to: " << one;
}

}  // namespace
}  // namespace ketenpoort::story
