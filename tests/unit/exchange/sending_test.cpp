#include "gateway/exchange/delivery/sending.hpp"

#include <gtest/gtest.h>

#include "tests/support/log_story.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::History;
using ledger::test::numbered_id;
using ledger::test::Story;

// Somebody about whom something may go, as it was looked at.
class StillSo : public testing::Test {
 protected:
  StillSo() {
    story.open();
    story.give_consent();
    story.request(story.main_tx);
  }

  // What stands in the log when it is to be written.
  void receive(const RecordId& id, const SubjectRef& subject) {
    auto body = story.record_body();
    body.record = id;
    story.log.add(body, {}, subject);
  }
  [[nodiscard]] History history() const {
    History out;
    EXPECT_TRUE(story.log.replay(out));
    return out;
  }
  [[nodiscard]] Dispatcher::Sending look(const History& seen) const {
    Consideration considered;
    considered.the_case = {story.subject, 0, "vdab", "work-guidance", "vdab-profile"};
    considered.on = date_in_brussels(now);
    considered.numbers_as_of = seen.last_number_change();
    considered.newest = seen.latest_record(story.subject)->id;
    considered.decision = policy::decide(seen, considered.question(now));
    return {story.main_tx, seen.transfer(story.main_tx).value(), std::move(considered)};
  }

  Story story;
  Timestamp now = parse_rfc3339("2026-11-24T12:00:00Z").value();
};

TEST_F(StillSo, as_long_as_nothing_was_written_or_about_somebody_else) {
  const auto sending = look(history());
  EXPECT_TRUE(still_so(history(), sending, now));
  receive(numbered_id(101), story.other);
  EXPECT_TRUE(still_so(history(), sending, now));
}

TEST_F(StillSo, not_after_a_newer_record_that_changes_nothing_for_policy) {
  const auto sending = look(history());
  receive(numbered_id(101), story.subject);
  const auto same = still_so(history(), sending, now);
  ASSERT_FALSE(same);
  EXPECT_EQ(same.error().code, ErrorCode::changed);
  EXPECT_TRUE(still_so(history(), look(history()), now)) << "once it was looked at anew";
}

}  // namespace
}  // namespace ketenpoort::exchange
