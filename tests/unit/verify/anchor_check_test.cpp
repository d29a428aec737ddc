// Time stamps in a log, as a verifier with the authorities' certificates sees them, and without.
#include "gateway/verify/anchor_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/verify/log_check.hpp"
#include "gateway/verify/report.hpp"
#include "tests/support/long_log.hpp"
#include "tests/support/time_stamping.hpp"

namespace ketenpoort::verify {
namespace {

using ledger::Anchored;
using ledger::Seq;
using ledger::test::LedgerFolder;
using ledger::test::Story;
using ledger::test::test_key;
using ledger::test::TimeStamping;
using testing::HasSubstr;

std::chrono::seconds since_epoch(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch());
}

// An authority whose clock stands where the log's does, with certificates that are valid then and now.
TimeStamping authority_at(Timestamp time) {
  const auto away = std::chrono::duration_cast<std::chrono::hours>(time - Clock().now());
  const std::chrono::hours none{0};
  const std::chrono::hours day{24};
  return TimeStamping(TimeStamping::Wishes{.ca_from = std::min(away, none) - day,
                                           .ca_until = std::max(away, none) + day,
                                           .seconds_since_epoch = since_epoch(time).count()});
}

class TimeStamped : public testing::Test {
 protected:
  TimeStamped() : story_(ledger::test::signed_transfer()), tsa_(authority_at(story_.log.lines.back().time)) {
    anchored_ = stamp(story_);
    story_.log.add(ledger::ClockAnomaly{1});
  }

  // An authority's word on everything so far.
  [[nodiscard]] Seq stamp(Story& story) const {
    const auto entries = story.log.encode();
    const auto root = ledger::test::root_of(entries, entries.size());
    const auto imprint = sha256(as_bytes(ledger::format_checkpoint({"example.org/log", entries.size(), root})));
    const auto request = ledger::make_timestamp_request(imprint);
    const auto roots = ledger::TimestampRoots::from_pem(tsa_.roots()).value();
    const auto token = ledger::accept_timestamp(tsa_.answer(request.der), request, roots);
    EXPECT_TRUE(token) << token.error().message;
    const auto time = Timestamp(since_epoch(story.log.lines.back().time));
    return story.log.add(Anchored{time, "rfc3161", root, entries.size(), to_base64(*token), "tsa-1"});
  }

  Checked<LogReport> check(const Story& story, std::optional<std::string> roots) {
    const auto entries = story.log.encode();
    folder_.write(entries, {entries.size()});
    LogCheck check{.ledger = folder_.path(), .keys = {test_key().verifier()}};
    if (roots) check.anchors.authorities = ledger::TimestampRoots::from_pem(*roots).value();
    return check_log(check);
  }

  Flaw flaw_of(const Story& story, std::optional<std::string> roots) {
    const auto result = check(story, std::move(roots));
    EXPECT_FALSE(result) << "it was passed";
    return result ? Flaw{} : result.error();
  }

  void edit(const std::function<void(Anchored&)>& change) { story_.log.edit<Anchored>(anchored_, change); }

  Story story_;
  TimeStamping tsa_;
  Seq anchored_ = 0;
  LedgerFolder folder_;
};

TEST_F(TimeStamped, vouches_for_what_stands_before_it) {
  const auto report = check(story_, tsa_.roots());
  ASSERT_TRUE(report) << describe(report.error());
  ASSERT_TRUE(report->anchors.authorities);
  EXPECT_EQ(report->anchors.authorities->name, "Test TSA");
  EXPECT_EQ(report->anchors.authorities->size, anchored_);
  EXPECT_THAT(describe(*report), HasSubstr("from " + std::to_string(anchored_) + " on were rewritten"));
  EXPECT_THAT(to_json(*report), HasSubstr(R"("name":"Test TSA")"));
}

TEST_F(TimeStamped, is_not_taken_for_more_than_it_is_without_certificates) {
  const auto report = check(story_, {});
  ASSERT_TRUE(report) << describe(report.error());
  EXPECT_THAT(describe(*report), HasSubstr("give --tsa-ca"));
}

TEST_F(TimeStamped, by_another_authority_does_not_hold) {
  const TimeStamping stranger;
  EXPECT_EQ(flaw_of(story_, stranger.roots()).seq, anchored_);
}

TEST_F(TimeStamped, over_another_root_does_not_hold) {
  edit([](Anchored& b) { b.root = ledger::test::digest_of(1); });
  EXPECT_THAT(flaw_of(story_, {}).what, HasSubstr("rewritten"));
}

TEST_F(TimeStamped, of_another_size_does_not_hold) {
  edit([](Anchored& b) { --b.size; });
  EXPECT_EQ(flaw_of(story_, {}).seq, anchored_);
}

TEST_F(TimeStamped, says_the_time_of_its_token) {
  edit([](Anchored& b) { b.gen_time -= std::chrono::seconds{1}; });
  EXPECT_THAT(flaw_of(story_, {}).what, HasSubstr("genTime"));
}

TEST_F(TimeStamped, with_a_bit_of_the_token_changed_does_not_hold) {
  const auto token = from_base64(ledger::decode_body<Anchored>(story_.log.lines[anchored_].draft.body)->token).value();
  for (std::size_t at = 0; at < token.size(); at += 37) {
    edit([&](Anchored& b) {
      auto changed = token;
      changed[at] ^= 1;
      b.token = to_base64(changed);
    });
    EXPECT_FALSE(check(story_, tsa_.roots())) << "byte " << at;
  }
}

// Whoever has the log's key can leave time stamps out or have new ones made, but not of the past.
TEST_F(TimeStamped, a_log_rewritten_with_its_key_is_found) {
  auto changed = story_;
  changed.log.lines[2].draft.trace = ledger::test::numbered_id(5);
  EXPECT_EQ(flaw_of(changed, tsa_.roots()).seq, anchored_);
  EXPECT_EQ(flaw_of(changed, {}).seq, anchored_) << "even without certificates: the stamp is over something else";

  auto without = ledger::test::signed_transfer();
  without.log.lines[2].draft.trace = ledger::test::numbered_id(5);
  EXPECT_TRUE(check(without, {}));
  EXPECT_THAT(flaw_of(without, tsa_.roots()).what, HasSubstr("may have been rewritten as a whole"));

  tsa_ = authority_at(without.log.lines.back().time + std::chrono::hours{1});
  const auto late = stamp(without);
  without.log.edit<Anchored>(late, [](Anchored& b) { b.gen_time += std::chrono::hours{1}; });
  EXPECT_THAT(flaw_of(without, tsa_.roots()).what, HasSubstr("after the entry says it was written"));
}

}  // namespace
}  // namespace ketenpoort::verify
