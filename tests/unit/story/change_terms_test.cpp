// Partners that are configured anew while transfers wait and are under way.
#include "gateway/exchange/terms/change_terms.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "tests/unit/story/mailboxes.hpp"

namespace ketenpoort::story {
namespace {

using exchange::Terms;

const std::string town = "municipality";
constexpr auto handover = "warm-handover";

class ChangeTerms : public testing::Test, protected Mailboxes {
 protected:
  std::string granted(int person) {
    Circumstances facts;
    facts.status = "REFUGEE";
    facts.lodged = add_days(mailbox_day, -250);
    facts.as_of = date_in_brussels(now);
    facts.chosen_nis = "11002";
    return record_json(person, facts, {{town, handover}},
                       "3d9c1724-11e2-4b8f-ab0d-" + fmt::format("{:012}", ++records));
  }
  TransferId send_granted(int person) {
    const auto ids = world.send_record(granted(person));
    if (!ids) throw std::runtime_error(ids.error().message);
    settle();
    return ids->front();
  }
  // The municipality is reached at another place.
  Status move_to(const std::string& place) {
    return world.change_terms(
        [partner = world.partner(place)](Terms& terms) { terms.recipients.at(town).partner = partner; });
  }
  // AgII fetched its messages; from now on they are sent to it.
  template <class Partner>
  Status push_to(const Partner& partner) {
    return world.change_terms([&](Terms& terms) {
      auto& recipient = terms.recipients.at(agii);
      recipient.partner = partner;
      for (auto& [purpose, routes] : recipient.routes)
        for (auto& route : routes) route.channel.clear();
    });
  }
  void TearDown() override { check(); }
};

TEST_F(ChangeTerms, what_is_under_way_ends_where_it_went_and_the_next_goes_to_the_new_place) {
  agree(1, true, town, handover);
  agree(2, true, town, handover);
  world.behave(town, Manner::silent);
  const auto first = send_granted(1);
  ASSERT_EQ(state(first), "permitted");
  world.add_partner("elsewhere");
  ASSERT_TRUE(move_to("elsewhere"));
  settle();
  const auto second = send_granted(2);
  EXPECT_EQ(story(second), "requested permitted delivered acknowledged");
  EXPECT_EQ(state(first), "permitted");
  world.answer(town, Manner::refers);
  settle();
  EXPECT_EQ(story(first), "requested permitted delivered acknowledged");
  EXPECT_EQ(world.partner(town)->brought().size(), 1U);
  EXPECT_EQ(world.partner("elsewhere")->brought().count(first), 0U);
}

TEST_F(ChangeTerms, what_failed_goes_to_the_new_place_with_the_same_bytes) {
  agree(1, true, town, handover);
  world.behave(town, Manner::times_out);
  const auto id = send_granted(1);
  ASSERT_EQ(state(id), "failed");
  world.add_partner("elsewhere");
  ASSERT_TRUE(move_to("elsewhere"));
  pass(2h);
  EXPECT_EQ(story(id), "requested permitted failed permitted delivered acknowledged");
  EXPECT_EQ(world.two_stories(), 0U);
}

TEST_F(ChangeTerms, a_recipient_cannot_go_while_something_waits_for_it_and_nothing_has_changed) {
  const auto id = send_granted(1);
  ASSERT_EQ(state(id), "held");
  const auto size = world.log().size();
  const auto gone = world.change_terms([](Terms& terms) { terms.recipients.erase(town); });
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, ErrorCode::config);
  ASSERT_EQ(gone.error().issues.size(), 1U);
  EXPECT_EQ(gone.error().issues.front().where, "recipient municipality, purpose warm-handover");
  EXPECT_NE(gone.error().issues.front().detail.find("1 transfer of `municipality-profile`"), std::string::npos);
  EXPECT_EQ(world.log().size(), size) << "nothing is written of what is refused";
  agree(1, true, town, handover);
  EXPECT_EQ(state(id), "acknowledged");
}

TEST_F(ChangeTerms, a_message_under_way_keeps_its_recipient_and_an_ended_one_does_not) {
  agree(1, true, town, handover);
  world.behave(town, Manner::silent);
  const auto id = send_granted(1);
  const auto take_away = [](Terms& terms) { terms.recipients.at(town).routes.erase(handover); };
  EXPECT_FALSE(world.change_terms(take_away));
  world.answer(town, Manner::refers);
  settle();
  ASSERT_EQ(state(id), "acknowledged");
  EXPECT_TRUE(world.change_terms(take_away));
  EXPECT_TRUE(world.change_terms([](Terms& terms) { terms.recipients.erase(town); }));
  settle();
  EXPECT_EQ(state(send_granted(2)), "refused") << "nobody is there who takes it";
}

TEST_F(ChangeTerms, one_that_comes_is_delivered_to_from_then_on) {
  ASSERT_TRUE(world.change_terms([](Terms& terms) { terms.recipients.erase(town); }));
  const auto partner = world.partner(town);
  ASSERT_TRUE(world.change_terms([&](Terms& terms) {
    auto& recipient = terms.recipients[town];
    recipient.id = town;
    recipient.partner = partner;
    recipient.routes[handover] = {{"municipality-profile", "resident-to-municipality-profile", false}};
  }));
  settle();
  agree(1, true, town, handover);
  EXPECT_EQ(state(send_granted(1)), "acknowledged");
}

TEST_F(ChangeTerms, a_pause_outlives_it) {
  agree(1, true, town, handover);
  ASSERT_TRUE(world.pause(town, true));
  world.add_partner("elsewhere");
  ASSERT_TRUE(move_to("elsewhere"));
  const auto id = send_granted(1);
  EXPECT_EQ(story(id), "requested");
  ASSERT_TRUE(world.pause(town, false));
  settle();
  EXPECT_EQ(state(id), "acknowledged");
  EXPECT_TRUE(world.partner(town)->brought().empty());
}

TEST_F(ChangeTerms, what_was_fetched_before_messages_were_pushed_is_acknowledged_and_not_sent_again) {
  const auto fetched = wait_with(1);
  consents[2] = agree(2);
  const auto waits = send(2);
  ASSERT_TRUE(world.fetch(fetched, agii));
  const auto partner = world.add_partner("agii-by-push");
  ASSERT_TRUE(push_to(partner));
  settle();
  EXPECT_EQ(state(waits), "acknowledged") << "what waited in the mailbox goes by itself";
  EXPECT_TRUE(world.mailbox(agii).empty());
  EXPECT_EQ(state(fetched), "permitted");
  EXPECT_TRUE(world.acknowledge(fetched, agii));
  settle();
  EXPECT_EQ(state(fetched), "acknowledged");
  EXPECT_EQ(partner->brought().count(fetched), 0U);
}

TEST_F(ChangeTerms, what_was_fetched_and_is_not_acknowledged_is_pushed_when_its_lease_ends) {
  const auto id = wait_with(1);
  ASSERT_TRUE(world.fetch(id, agii));
  const auto partner = world.add_partner("agii-by-push");
  ASSERT_TRUE(push_to(partner));
  for (int i = 0; i < 4; ++i) pass(2h);
  EXPECT_EQ(state(id), "acknowledged");
  EXPECT_EQ(partner->brought().count(id), 1U);
}

TEST_F(ChangeTerms, what_is_being_pushed_when_messages_are_to_be_fetched_is_not_acknowledged_before_its_answer) {
  agree(1, true, town, handover);
  world.behave(town, Manner::silent);
  const auto id = send_granted(1);
  ASSERT_EQ(state(id), "permitted");
  ASSERT_TRUE(world.change_terms([](Terms& terms) {
    for (auto& route : terms.recipients.at(town).routes.at(handover)) route.channel = mailbox_channel;
  }));
  const auto acknowledged = world.acknowledge(id, town);
  ASSERT_FALSE(acknowledged);
  EXPECT_EQ(acknowledged.error().code, ErrorCode::conflict);
  world.answer(town, Manner::refers);
  settle();
  EXPECT_EQ(story(id), "requested permitted delivered acknowledged");
}

TEST_F(ChangeTerms, what_was_decided_by_the_terms_before_is_decided_again) {
  const auto id = send_granted(1);
  ASSERT_EQ(state(id), "held");
  const auto partner = world.partner(town);
  world.put_terms([](Terms& terms) { terms.recipients.at(town).partner.reset(); });  // by these it would be refused
  auto go_on = world.stop_log();
  const auto taken = world.dispatcher().activity().taken;
  world.dispatcher().wake(id);
  while (!world.dispatcher().activity().idle || world.dispatcher().activity().taken == taken)
    std::this_thread::sleep_for(100us);
  world.put_terms([&](Terms& terms) { terms.recipients.at(town).partner = partner; });
  go_on.set_value();
  settle();
  EXPECT_EQ(story(id), "requested held");
  agree(1, true, town, handover);
  EXPECT_EQ(state(id), "acknowledged");
}

// The mapping's route goes by another channel and place at each swap, and the terms before take the messages no more:
// whoever decided by these must not be heard.
TEST_F(ChangeTerms, nothing_is_lost_refused_or_doubled_however_often_it_happens_under_load) {
  constexpr int persons = 60;
  for (int person = 1; person <= persons; ++person) agree(person, true, town, handover);
  const std::array partners{world.add_partner("even"), world.add_partner("odd")};
  std::atomic<bool> sending{true};
  std::thread swapper([&] {
    for (int turn = 0; sending; ++turn) {
      const auto changed = world.change_terms([&](Terms& terms) {
        auto& recipient = terms.recipients.at(town);
        const auto channel = fmt::format("by-{}", turn % 2);
        recipient.channels = {{channel, partners.at(static_cast<std::size_t>(turn % 2))}};
        recipient.partner.reset();
        recipient.concurrency = static_cast<std::size_t>(turn % 3) + 1;
        for (auto& route : recipient.routes.at(handover)) route.channel = channel;
      });
      ASSERT_TRUE(changed) << changed.error().message;
    }
  });
  std::vector<TransferId> ids;
  for (int person = 1; person <= persons; ++person) {
    const auto sent = world.send_record(granted(person));
    ASSERT_TRUE(sent);
    ids.push_back(sent->front());
  }
  sending = false;
  swapper.join();
  settle();
  for (const auto& id : ids) EXPECT_EQ(story(id), "requested permitted delivered acknowledged");
  std::map<TransferId, unsigned> brought;
  for (const auto& partner : partners)
    for (const auto& [id, times] : partner->brought()) brought[id] += times;
  for (const auto& [id, times] : world.partner(town)->brought()) brought[id] += times;
  EXPECT_EQ(brought.size(), static_cast<std::size_t>(persons));
  for (const auto& [id, times] : brought) EXPECT_EQ(times, 1U);
}

}  // namespace
}  // namespace ketenpoort::story
