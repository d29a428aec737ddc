#include "gateway/exchange/retention/lifecycle.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "gateway/exchange/retention/day_watch.hpp"
#include "tests/support/log_story.hpp"
#include "tests/unit/exchange/no_vault.hpp"
#include "tests/unit/exchange/story_ledger.hpp"

namespace ketenpoort::exchange {
namespace {

using ledger::History;
using ledger::test::day;
using ledger::test::digest_of;
using ledger::test::Story;
using testing::ElementsAre;
using testing::IsEmpty;

// Somebody whose profile VDAB has, and a newer record about them.
class Lifecycle : public testing::Test {
 protected:
  Lifecycle() {
    story.open();
    story.give_consent();
    story.request(story.main_tx);
    story.permit(story.main_tx, 1);
    story.log.add(ledger::TransferDelivered{1, digest_of(6), 201}, {}, story.subject, story.main_tx);
    known.on = day(2026, 11, 10);
    known.fedasil_number = "F1";
    known.ssin = "number-1";
    known.facts.centre = "C01";
    known.facts.region = "VLA";
    known.facts.birth = IncompleteDate{1990, 5, 14};
    known.facts.as_of = story.today;
    known.facts.profile = "APPLICANT";
    known.facts.status = "LODGED";
    known.facts.lodged_on = day(2026, 1, 10);
    known.facts.documents = {{"AI_MODEL_A", day(2026, 5, 10), day(2027, 5, 9), "UNLIMITED"}};
    now = known.facts;
  }

  // Whom the newer record tells what.
  std::vector<std::string> told(std::string_view identifiers = R"({"fedasilNumber":"F1","ssin":"number-1"})") {
    const auto text = R"({"resident":{"identifiers":)" + std::string(identifiers) + "}}";
    const auto record = formats::parse_json(text).value();
    const auto change = find_life_change(known, record.root(), now, story.today);
    History history;
    EXPECT_TRUE(story.log.replay(history));
    ledger::EntryDraft like;
    like.subject = about;
    ledger::Transaction transaction;
    add_life_notifications(history, like, change, history.size(), parse_rfc3339("2026-11-24T12:00:00Z").value(),
                           transaction);
    std::vector<std::string> out;
    for (const auto& draft : transaction.entries) {
      const auto body = ledger::decode_body<ledger::RecipientNotified>(draft.body).value();
      EXPECT_EQ(draft.refs, std::vector<std::uint64_t>{history.size()});
      EXPECT_EQ(draft.subject, story.subject) << "whose data the recipient has";
      out.push_back(body.recipient + " " + body.cause);
    }
    return out;
  }

  Story story;
  SubjectRef about = story.subject;
  KnownLife known;
  policy::Facts now;
};

TEST_F(Lifecycle, a_record_like_the_one_before_tells_nobody_anything) {
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(Lifecycle, an_end_of_the_stay_is_told_once) {
  now.stay_until = day(2026, 11, 24);
  now.stay_end_reason = "LEFT";
  EXPECT_THAT(told(), ElementsAre("vdab STAY_ENDED"));
  known.facts = now;
  EXPECT_THAT(told(), ElementsAre("vdab STAY_ENDED"));  // it had not ended on the day the one before came
  known.on = story.today;
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(Lifecycle, an_end_that_is_still_to_come_is_not) {
  now.stay_until = day(2026, 11, 25);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(Lifecycle, a_move_within_the_region_closes_nothing_and_another_region_does) {
  now.stay_end_reason = "MOVED";
  now.centre = "C01";
  EXPECT_THAT(told(), IsEmpty());
  now.region = "WAL";
  EXPECT_THAT(told(), ElementsAre("vdab STAY_ENDED"));
  known.facts.region = "WAL";
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(Lifecycle, a_refusal_that_counts_is_told_to_who_serves_the_resident) {
  now.refusal_notified_on = day(2026, 4, 1);
  EXPECT_THAT(told(), ElementsAre("vdab RECTIFICATION"));
  known.facts = now;
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(Lifecycle, another_number_is_told_and_a_first_one_is_not) {
  EXPECT_THAT(told(R"({"fedasilNumber":"F1","ssin":"number-2"})"), ElementsAre("vdab IDENTITY_CHANGED"));
  EXPECT_THAT(told(R"({"fedasilNumber":"F2","ssin":"number-1"})"), ElementsAre("vdab IDENTITY_CHANGED"));
  EXPECT_THAT(told(R"({"fedasilNumber":"F1"})"), IsEmpty());
  known.ssin.clear();
  EXPECT_THAT(told(R"({"fedasilNumber":"F1","ssin":"number-2"})"), IsEmpty());
}

TEST_F(Lifecycle, a_stay_that_ends_by_itself_is_told_on_its_day_unless_its_record_said_so_when_it_came) {
  now.stay_until = day(2026, 11, 24);
  const auto came = day(2026, 11, 10);
  EXPECT_TRUE(ends_between(now, came, day(2026, 11, 23), day(2026, 11, 24)));
  EXPECT_TRUE(ends_between(now, came, day(2026, 11, 1), day(2026, 12, 1)));                  // after days of silence
  EXPECT_FALSE(ends_between(now, came, day(2026, 11, 22), day(2026, 11, 23)));               // not yet
  EXPECT_FALSE(ends_between(now, came, day(2026, 11, 24), day(2026, 11, 25)));               // told
  EXPECT_FALSE(ends_between(now, day(2026, 11, 24), day(2026, 11, 23), day(2026, 11, 24)));  // told when it came
  now.stay_end_reason = "MOVED";
  EXPECT_FALSE(ends_between(now, came, day(2026, 11, 23), day(2026, 11, 24)));
  EXPECT_FALSE(ends_between(now, came, day(2026, 11, 30), day(2026, 12, 1)));
  EXPECT_TRUE(ends_between(now, came, day(2026, 12, 1), day(2026, 12, 2)));  // no other centre has said so for a week
  EXPECT_FALSE(ends_between(now, came, day(2026, 12, 2), day(2026, 12, 3)));
}

TEST_F(Lifecycle, a_stay_elsewhere_that_ended_long_ago_with_a_move_is_not_told) {
  now.stay_until = day(2026, 11, 1);
  now.stay_end_reason = "MOVED";
  EXPECT_THAT(told(), ElementsAre("vdab STAY_ENDED"));
  known.facts.centre = "C02";  // where the resident is, by what is known
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(Lifecycle, what_arrived_is_asked_for_anew_unless_the_record_repeats_it_or_something_waits) {
  Terms terms;
  terms.recipients["vdab"].routes["work-guidance"] = {{"vdab-profile", {}, false}, {"vdab-referral", {}, true}};
  const auto messages = [&](std::vector<Repeated> repeated) {
    History history;
    EXPECT_TRUE(story.log.replay(history));
    std::vector<std::string> out;
    for (const auto& [last, message] : find_to_update(history, terms, story.subject, repeated)) {
      EXPECT_EQ(last.id, story.main_tx);
      out.push_back(message);
    }
    return out;
  };
  EXPECT_THAT(messages({}), ElementsAre("vdab-profile", "vdab-referral"));
  EXPECT_THAT(messages({{"agii", "language-course"}}), ElementsAre("vdab-profile", "vdab-referral"));
  EXPECT_THAT(messages({{"vdab", "work-guidance"}}), IsEmpty());
  story.request(story.refused_tx);  // a profile waits, and goes as the newest record says
  EXPECT_THAT(messages({}), ElementsAre("vdab-referral"));
  story.log.lines.pop_back();
  story.withdraw();
  EXPECT_THAT(messages({}), IsEmpty());
}

TEST_F(Lifecycle, a_status_or_another_place_needs_an_update_and_fresh_facts_alone_do_not) {
  const auto update = [&] { return needs_update({false, false, known.facts, now}); };
  now.as_of = day(2026, 11, 25);
  now.documents.clear();
  EXPECT_FALSE(update());
  now.status = "REFUGEE";
  EXPECT_TRUE(update());
  now = known.facts;
  now.centre = "C02";
  EXPECT_TRUE(update());
}

TEST_F(Lifecycle, an_end_that_was_told_is_told_again_only_to_who_got_something_since) {
  now.stay_until = day(2026, 11, 24);
  now.stay_end_reason = "LEFT";
  story.log.add(ledger::RecipientNotified{"STAY_ENDED", "vdab", day(2026, 12, 8), story.main_tx}, {story.received},
                story.subject);
  EXPECT_THAT(told(), IsEmpty());
  History history;
  ASSERT_TRUE(story.log.replay(history));
  const auto loaded = History::load(history.save());
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(loaded->holdings(story.subject).front().end_told) << "a start from a snapshot knows it too";
  story.request(story.refused_tx);
  story.permit(story.refused_tx, 1);
  story.log.add(ledger::TransferDelivered{1, digest_of(6), 201}, {}, story.subject, story.refused_tx);
  EXPECT_THAT(told(), ElementsAre("vdab STAY_ENDED"));
}

TEST_F(Lifecycle, who_has_data_of_another_subject_that_is_the_same_person_is_told_too) {
  now.stay_end_reason = "DIED";
  about = story.other;
  EXPECT_THAT(told(), IsEmpty());
  test::pass_number(story.log, 1, story.subject, story.other);
  EXPECT_THAT(told(), ElementsAre("vdab STAY_ENDED"));
  now = known.facts;
  EXPECT_THAT(told(R"({"fedasilNumber":"F1","ssin":"number-2"})"), ElementsAre("vdab IDENTITY_CHANGED"));
  story.log.add(ledger::SubjectErased{}, {}, story.subject);
  now.stay_end_reason = "DIED";
  EXPECT_THAT(told(), IsEmpty());
}

// Whose a number is, and what persons decided.
class NumberVault final : public NoVault {
 public:
  IdentifierMark mark(IdentifierKind, std::string_view value) const override {
    return digest_of(static_cast<std::uint8_t>(value.back()));
  }
  std::optional<SubjectRef> find_subject(const IdentifierMark& mark) const override {
    const auto owner = owners.find(mark);
    return owner == owners.end() ? std::nullopt : std::optional(owner->second);
  }
  std::optional<NumberDecision> find_number(const IdentifierMark& mark, const SubjectRef& subject) const override {
    if (mark != decided) return std::nullopt;
    return NumberDecision{mark, subject, {}, NumberDecision::State::borne};
  }
  std::map<IdentifierMark, SubjectRef> owners;
  IdentifierMark decided{};
};

TEST_F(Lifecycle, a_number_is_news_unless_it_was_decided_or_only_takes_its_place_back) {
  NumberVault vault;
  const auto is_news = [&] { return is_news_of_number(vault, story.subject, IdentifierKind::ssin, "old-1", "new-2"); };
  vault.owners = {{vault.mark({}, "1"), story.subject}};
  EXPECT_TRUE(is_news());
  vault.owners[vault.mark({}, "2")] = story.subject;  // a consent brought it
  EXPECT_TRUE(is_news());
  vault.owners[vault.mark({}, "1")] = story.other;  // the record before named somebody else's
  EXPECT_FALSE(is_news());
  vault.owners = {{vault.mark({}, "1"), story.subject}};
  vault.decided = vault.mark({}, "2");
  EXPECT_FALSE(is_news());
}

TEST_F(Lifecycle, a_number_that_is_no_news_is_not_told) {
  const auto record = formats::parse_json(R"({"resident":{"identifiers":{"ssin":"number-2"}}})").value();
  const auto change = [&](bool news) {
    return find_life_change(known, record.root(), now, story.today, [&](auto...) { return news; });
  };
  EXPECT_TRUE(change(true).renumbered);
  EXPECT_FALSE(change(false).renumbered);
}

TEST_F(Lifecycle, who_has_nothing_is_told_nothing) {
  story.log.lines.pop_back();
  story.fail_attempt(story.main_tx, 1, false);
  now.stay_end_reason = "DIED";
  EXPECT_THAT(told(), IsEmpty());
}

}  // namespace
}  // namespace ketenpoort::exchange
