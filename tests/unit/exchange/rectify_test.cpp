#include "gateway/exchange/rights/rectify.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>

#include "tests/unit/exchange/no_vault.hpp"
#include "tests/unit/exchange/story_ledger.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::test::digest_of;
using testing::ElementsAre;

class Rectifying : public testing::Test {
 protected:
  Rectifying() {
    story.open();
    story.give_consent();
    story.request(story.main_tx);
    story.permit(story.main_tx, 1);
    story.log.add(ledger::TransferDelivered{1, digest_of(6), 201}, {}, story.subject, story.main_tx);
  }

  RightsOutcome rectify(const SubjectRef& subject) {
    auto& facilities = log.open("2026-11-29T12:00:00Z");
    RightsCall call{{"rights", "0860737913", "rights-officer", new_uuid_v4()}, subject, {}};
    const auto done = std::make_shared<std::promise<Result<RightsOutcome>>>();
    rectify_subject(facilities, in_flight, call, {{Category::identity_core}, {}},
                    [done](Result<RightsOutcome> outcome) { done->set_value(std::move(outcome)); });
    return done->get_future().get().value();
  }
  std::vector<std::pair<std::string, SubjectRef>> written() const {
    std::vector<std::pair<std::string, SubjectRef>> out;
    for (const auto& entry : log.written()) out.emplace_back(entry.kind, entry.subject);
    return out;
  }

  NoVault vault;
  InFlight in_flight;
  test::StoryLedger log{vault};
  ledger::test::Story& story = log.story;
};

TEST_F(Rectifying, reaches_every_subject_that_is_the_same_person) {
  story.request(story.refused_tx);  // waits
  test::pass_number(story.log, 1, story.subject, story.other);
  const auto outcome = rectify(story.other);
  EXPECT_THAT(outcome.to_notify, ElementsAre("vdab"));
  EXPECT_THAT(outcome.stopped, ElementsAre(story.refused_tx));
  EXPECT_EQ(outcome.seq, story.log.lines.size());
  EXPECT_THAT(
      written(),
      ElementsAre(std::pair("subject.rectified", story.other), std::pair("subject.rectified", story.subject),
                  std::pair("transfer.cancelled", story.subject), std::pair("recipient.notified", story.subject)));
}

TEST_F(Rectifying, leaves_who_was_erased_out) {
  test::pass_number(story.log, 1, story.subject, story.other);
  story.log.add(ledger::SubjectErased{}, {}, story.subject);
  const auto outcome = rectify(story.other);
  EXPECT_TRUE(outcome.to_notify.empty());
  EXPECT_THAT(written(), ElementsAre(std::pair("subject.rectified", story.other)));
}

}  // namespace
}  // namespace ketenpoort::exchange
