#include "gateway/exchange/rights/record_breach.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>

#include "gateway/ledger/entry/entry.hpp"
#include "tests/unit/exchange/reply_vault.hpp"
#include "tests/unit/exchange/story_ledger.hpp"

namespace ketenpoort::exchange {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Timestamp now = parse_rfc3339("2026-11-24T12:00:00+01:00").value();

ledger::BreachRecorded lost_device() {
  ledger::BreachRecorded out;
  out.aware_at = now - std::chrono::hours{2};
  out.cause = "lost-device";
  out.effects = {"identity-theft"};
  out.nature = {"confidentiality"};
  out.risk = "high";
  return out;
}

std::vector<std::string> complaints(const ledger::BreachRecorded& breach) {
  std::vector<std::string> out;
  for (const auto& issue : check_breach(breach, now)) out.push_back(issue.where);
  return out;
}

TEST(CheckBreach, takes_what_is_known_at_first_and_all_there_may_be) {
  auto breach = lost_device();
  EXPECT_THAT(complaints(breach), IsEmpty());
  breach.aware_at = breach.authority_told.emplace(now);
  breach.from = parse_date("2026-01-31");
  breach.until = breach.subjects_told = parse_date("2026-11-24");
  EXPECT_THAT(complaints(breach), IsEmpty());
}

TEST(CheckBreach, knows_nothing_before_it_is_known) {
  auto breach = lost_device();
  breach.aware_at = now + std::chrono::milliseconds{1};
  EXPECT_THAT(complaints(breach), ElementsAre("awareAt"));
  breach.aware_at = parse_rfc3339("2006-11-24T12:00:00Z").value();
  EXPECT_THAT(complaints(breach), ElementsAre("awareAt")) << "a year that was mistyped";
}

TEST(CheckBreach, tells_nobody_before_it_is_known_nor_tomorrow) {
  auto breach = lost_device();
  breach.authority_told = breach.aware_at - std::chrono::milliseconds{1};
  breach.subjects_told = parse_date("2026-11-23");
  EXPECT_THAT(complaints(breach), ElementsAre("authorityTold", "subjectsTold"));
  breach.authority_told = now + std::chrono::milliseconds{1};
  breach.subjects_told = parse_date("2026-11-25");
  EXPECT_THAT(complaints(breach), ElementsAre("authorityTold", "subjectsTold"));
}

TEST(CheckBreach, begins_before_it_is_known_and_may_go_on_after) {
  auto breach = lost_device();
  breach.aware_at = parse_rfc3339("2026-11-20T12:00:00Z").value();
  breach.from = parse_date("2026-11-20");
  breach.until = parse_date("2026-11-24");
  EXPECT_THAT(complaints(breach), IsEmpty());
  breach.from = parse_date("2026-11-21");
  EXPECT_THAT(complaints(breach), ElementsAre("from"));
  breach.from = parse_date("2026-11-20");
  breach.until = parse_date("2026-11-19");
  EXPECT_THAT(complaints(breach), ElementsAre("until"));
  breach.until = parse_date("2026-11-25");
  EXPECT_THAT(complaints(breach), ElementsAre("until"));
}

TEST(CheckBreach, counts_days_in_brussels) {
  auto breach = lost_device();
  breach.aware_at = parse_rfc3339("2026-11-20T23:30:00Z").value();
  breach.from = breach.until = breach.subjects_told = parse_date("2026-11-21");
  EXPECT_THAT(complaints(breach), IsEmpty()) << "half past midnight";
}

TEST(CheckBreach, is_a_breach_of_something_and_a_high_risk_one_of_something) {
  auto breach = lost_device();
  breach.nature.clear();
  breach.effects.clear();
  EXPECT_THAT(complaints(breach), ElementsAre("nature", "effects"));
  breach.nature = {"availability"};
  breach.risk = "risk";
  EXPECT_THAT(complaints(breach), IsEmpty());
}

class Recording : public testing::Test {
 protected:
  Recording() {
    log.story.open();
    facilities = &log.open("2026-11-24T12:00:00+01:00");
  }

  Result<PastReply> record(BreachWish wish) {
    const auto done = std::make_shared<std::promise<Result<PastReply>>>();
    record_breach(
        *facilities, {"rights", "0860737913", "rights-officer", new_uuid_v4()}, wish,
        [](const RecordedBreach& recorded) {
          return recorded.breach.breach.text() + ' ' + std::to_string(recorded.seq);
        },
        [done](Result<PastReply> reply) { done->set_value(std::move(reply)); });
    return done->get_future().get();
  }

  ledger::BreachRecorded at(std::uint64_t seq) const {
    const auto bytes = facilities->sequencer.entry_bytes(seq).value();
    const auto entry = ledger::decode_entry(bytes).value();
    EXPECT_EQ(entry.kind, "breach.recorded");
    EXPECT_EQ(entry.actor.role, "rights-officer");
    EXPECT_FALSE(entry.subject);
    return ledger::decode_body<ledger::BreachRecorded>(entry.body).value();
  }

  [[nodiscard]] std::uint64_t size() const { return facilities->sequencer.size(); }

  ReplyVault vault;
  test::StoryLedger log{vault};
  Facilities* facilities = nullptr;
};

TEST_F(Recording, writes_a_new_breach_and_later_versions_under_its_id) {
  const auto first = size();
  const auto reply = record({lost_device()}).value();
  EXPECT_EQ(reply.status, 201);
  const auto id = at(first).breach;
  EXPECT_EQ(reply.body, id.text() + ' ' + std::to_string(first));
  auto later = lost_device();
  later.subjects = 7;
  EXPECT_EQ(record({later, id}).value().status, 200);
  EXPECT_EQ(at(first + 1).breach, id);
  EXPECT_EQ(at(first + 1).subjects, 7U);
  EXPECT_NE(at(first).breach, record({lost_device()}).value().status == 201 ? at(first + 2).breach : id);
}

TEST_F(Recording, answers_a_repetition_as_before) {
  const auto first = size();
  const auto reply = record({lost_device(), {}, "key-1", "body"}).value();
  EXPECT_EQ(record({lost_device(), {}, "key-1", "body"}).value().body, reply.body);
  EXPECT_EQ(record({lost_device(), {}, "key-1", "another body"}).error().code, ErrorCode::conflict);
  EXPECT_EQ(size(), first + 1);
  const auto id = at(first).breach;
  EXPECT_EQ(record({lost_device(), id, "key-1", "body"}).value().status, 200) << "another call, another key";
  EXPECT_EQ(size(), first + 2);
}

TEST_F(Recording, writes_nothing_that_cannot_be) {
  const auto first = size();
  auto breach = lost_device();
  breach.nature.clear();
  const auto reply = record({breach});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::invalid_input);
  EXPECT_EQ(reply.error().issues.size(), 1U);
  EXPECT_EQ(size(), first);
}

}  // namespace
}  // namespace ketenpoort::exchange
