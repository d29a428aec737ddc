// Rights, identity links, outcomes, anchors: what the rules say of the kinds that carry no transfer.
#include <gtest/gtest.h>

#include "tests/support/log_story.hpp"

namespace ketenpoort::ledger::test {
namespace {

class Subjects : public testing::Test {
 protected:
  Subjects() { story.open(); }

  template <class Body>
  Seq add(const Body& body, std::vector<Seq> refs = {}) {
    return story.log.add(body, std::move(refs), story.subject);
  }
  [[nodiscard]] History replayed() const {
    History history;
    const auto done = story.log.replay(history);
    EXPECT_TRUE(done) << done.error().message;
    return history;
  }
  void expect_sound() const {
    History history;
    const auto replayed = story.log.replay(history);
    EXPECT_TRUE(replayed) << replayed.error().message;
  }
  void expect_flaw(std::string_view rule, std::string_view what) const {
    History history;
    const auto replayed = story.log.replay(history);
    ASSERT_FALSE(replayed);
    EXPECT_EQ(history.size(), story.log.lines.size() - 1);
    EXPECT_EQ(replayed.error().issues.at(0).where, rule);
    EXPECT_NE(replayed.error().message.find(what), std::string::npos) << replayed.error().message;
  }

  Story story;
  Uuid request = numbered_id(50);
};

TEST_F(Subjects, a_request_is_opened_once_answered_and_closed) {
  add(RequestOpened{18, day(2026, 12, 24), request});
  add(SubjectRestricted{"unlawful", request});
  add(RequestClosed{"GRANTED", request});
  expect_sound();
  add(SubjectUnrestricted{request});
  expect_flaw("invariant 2", "not an open one");
}

TEST_F(Subjects, a_restriction_ends_where_there_is_one) {
  add(SubjectRestricted{"unlawful", {}});
  add(SubjectUnrestricted{});
  expect_sound();
  add(SubjectUnrestricted{});
  expect_flaw("invariant 2", "nothing restricts");
}

TEST_F(Subjects, a_request_id_is_used_once) {
  add(RequestOpened{18, day(2026, 12, 24), request});
  add(RequestClosed{"WITHDRAWN", request});
  add(RequestOpened{15, day(2026, 12, 24), request});
  expect_flaw("invariant 2", "used before");
}

TEST_F(Subjects, a_request_is_answered_for_its_own_subject) {
  story.log.add(RequestOpened{17, day(2026, 12, 24), request}, {}, story.other);
  add(RequestClosed{"REFUSED", request});
  expect_flaw("invariant 2", "of this subject");
}

template <class Body>
Body link(std::uint8_t mark) {
  Body body;
  body.mark = subject_number(mark);
  body.number = "ssin";
  return body;
}

TEST_F(Subjects, a_number_belongs_to_one_subject_at_a_time) {
  add(link<SubjectLinked>(1));
  add(link<SubjectUnlinked>(1));
  story.log.add(link<SubjectLinked>(1), {}, story.other);
  add(link<SubjectLinked>(2));
  expect_sound();
  add(link<SubjectLinked>(1));
  expect_flaw("invariant 2", "belongs to a subject already");
}

TEST_F(Subjects, a_number_leaves_whom_it_belongs_to) {
  story.log.add(link<SubjectLinked>(1), {}, story.other);
  add(link<SubjectUnlinked>(1));
  expect_flaw("invariant 2", "does not belong to this subject");
}

TEST_F(Subjects, who_got_the_last_number_of_another_continues_it) {
  story.log.add(link<SubjectLinked>(1), {}, story.other);
  story.log.add(link<SubjectLinked>(2), {}, story.other);
  add(link<SubjectLinked>(3));
  const auto first = story.log.add(link<SubjectUnlinked>(1), {}, story.other);
  add(link<SubjectLinked>(1), {first});
  EXPECT_EQ(replayed().same_person(story.other), std::vector{story.other}) << "it has a number left";
  const auto second = story.log.add(link<SubjectUnlinked>(2), {}, story.other);
  EXPECT_EQ(replayed().same_person(story.other), std::vector{story.other}) << "its number is nobody's yet";
  add(link<SubjectLinked>(2), {second});
  const std::vector both{story.subject, story.other};
  EXPECT_EQ(replayed().same_person(story.other), both);
  EXPECT_EQ(replayed().same_person(story.subject), both);
  const auto back = add(link<SubjectUnlinked>(2), {});
  story.log.add(link<SubjectLinked>(2), {back}, story.other);
  EXPECT_EQ(replayed().same_person(story.other), std::vector{story.other}) << "it has its number again";
  EXPECT_EQ(replayed().same_person(story.subject), std::vector{story.subject});
}

TEST_F(Subjects, a_number_that_left_nobody_for_another_continues_nobody) {
  story.log.add(link<SubjectLinked>(1), {}, story.other);
  story.log.add(link<SubjectUnlinked>(1), {}, story.other);
  add(link<SubjectLinked>(1));  // names no entry by which it came
  EXPECT_EQ(replayed().same_person(story.other), std::vector{story.other});
}

TEST_F(Subjects, a_restriction_goes_along_with_the_last_number) {
  const auto third = subject_number(0xC3);
  story.log.add(link<SubjectLinked>(1), {}, story.other);
  story.log.add(SubjectRestricted{"legal-claims", {}}, {}, story.other);
  EXPECT_EQ(replayed().restriction_ground(story.other), "legal-claims");
  auto left = story.log.add(link<SubjectUnlinked>(1), {}, story.other);
  add(link<SubjectLinked>(1), {left});
  EXPECT_TRUE(replayed().is_restricted(story.subject));
  EXPECT_EQ(replayed().restriction_ground(story.subject), std::nullopt) << "not itself";
  left = add(link<SubjectUnlinked>(1), {});
  story.log.add(link<SubjectLinked>(1), {left}, third);
  EXPECT_TRUE(replayed().is_restricted(third)) << "over any number of steps";
  story.log.add(SubjectUnrestricted{}, {}, story.other);
  EXPECT_FALSE(replayed().is_restricted(third));
}

TEST_F(Subjects, what_was_continued_outlives_a_restart) {
  story.log.add(link<SubjectLinked>(1), {}, story.other);
  const auto left = story.log.add(link<SubjectUnlinked>(1), {}, story.other);
  add(link<SubjectLinked>(1), {left});
  const auto again = History::load(replayed().save());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->same_person(story.other).size(), 2U);
  EXPECT_EQ(again->owner_of_number(subject_number(1)), story.subject);
}

TEST_F(Subjects, a_rectification_is_about_what_was_asked_for_before_it) {
  story.request(story.main_tx);
  const auto said = add(SubjectRectified{{Category::contact}, {}});
  story.log.add(SubjectRectified{{Category::contact}, {}}, {}, story.other);
  story.request(story.refused_tx);
  const auto history = replayed();
  EXPECT_EQ(history.rectified_since(story.main_tx), said);
  EXPECT_EQ(history.rectified_since(story.refused_tx), std::nullopt);
  EXPECT_EQ(History::load(history.save())->rectified_since(story.main_tx), said);
}

TEST_F(Subjects, a_rectification_is_not_about_the_record_that_says_it_right) {
  story.request(story.main_tx);
  add(SubjectRectified{{Category::contact}, {}}, {story.received});
  EXPECT_EQ(replayed().rectified_since(story.main_tx), std::nullopt);
}

TEST_F(Subjects, a_request_is_extended_once_by_two_months) {
  add(RequestOpened{15, day(2026, 12, 24), request});
  add(RequestOpened{15, day(2027, 2, 24), request, "complexity"});
  auto history = replayed();
  EXPECT_EQ(history.request(request)->deadline, day(2027, 2, 24));
  EXPECT_TRUE(history.request(request)->extended);
  EXPECT_EQ(history.overdue_requests(day(2027, 2, 24)), 0U);
  EXPECT_EQ(history.overdue_requests(day(2027, 2, 25)), 1U);
  add(RequestClosed{"PARTLY_GRANTED", request});
  history = replayed();
  EXPECT_EQ(history.requests().at(0).outcome, "PARTLY_GRANTED");
  EXPECT_EQ(history.overdue_requests(day(2028, 1, 1)), 0U);
  auto late = story;
  late.log.add(RequestOpened{15, day(2027, 2, 24), request, "complexity"}, {}, story.subject);
  History closed;
  EXPECT_FALSE(late.log.replay(closed));
}

TEST_F(Subjects, an_extension_ends_two_months_and_holidays_on_at_most) {
  add(RequestOpened{15, day(2026, 12, 24), request});
  auto longest = story;
  longest.log.add(RequestOpened{15, day(2027, 3, 3), request, "complexity"}, {}, story.subject);
  History history;
  EXPECT_TRUE(longest.log.replay(history));
  add(RequestOpened{15, day(2027, 3, 4), request, "complexity"});
  expect_flaw("invariant 2", "two months at most");
}

TEST_F(Subjects, what_is_kept_is_not_erased) {
  add(SubjectErased{{"payload"}, {{"proof", "art17-3-e"}}, {}});
  expect_sound();
  add(SubjectErased{{"payload", "proof"}, {{"proof", "art17-3-e"}}, {}});
  expect_flaw("invariant 2", "erased and kept");
}

TEST_F(Subjects, an_erasure_and_a_rectification_name_something) {
  add(SubjectRectified{{Category::contact}, {}});
  expect_sound();
  auto nothing = story;
  nothing.log.add(SubjectErased{{}, {}, {}}, {}, story.subject);
  History history;
  EXPECT_FALSE(nothing.log.replay(history));
  add(SubjectRectified{{}, {}});
  expect_flaw("invariant 2", "nothing is rectified");
}

TEST_F(Subjects, a_consent_holds_twelve_months_at_most) {
  auto given = story.statement_body<ConsentGiven>(numbered_id(300));
  given.valid_until = day(2027, 11, 24);
  add(given);
  expect_sound();
  given.consent = numbered_id(301);
  given.valid_until = day(2027, 11, 25);
  add(given);
  expect_flaw("invariant 4", "at most 12 months");
}

class Outcomes : public Subjects {
 protected:
  Outcomes() {
    story.give_consent();
    story.request(story.main_tx);
    auto back = Story::agreement_value();
    back.id = "sample-back";
    back.direction = "back";
    back.purposes = {"follow-up"};
    back.categories = {Category::outcome};
    agreement = story.log.add(AgreementRegistered{back, {}});
    auto cell = story.statement_body<ConsentGiven>(numbered_id(301));
    cell.purpose = "follow-up";
    cell.recipient = "fedasil";
    cell.categories = {Category::outcome};
    consent = story.log.add(cell, {}, story.subject);
    body = {agreement,      digest_of(1), consent, story.today, 3,      {},
            numbered_id(4), "follow-up",  "vdab",  300,         "TEST", "STARTED"};
  }
  void report() { story.log.add(body, {agreement, consent}, story.subject, story.main_tx); }

  Seq agreement = 0;
  Seq consent = 0;
  OutcomeReceived body;
};

TEST_F(Outcomes, come_back_under_an_agreement_and_a_consent_of_their_own) {
  report();
  expect_sound();
}

TEST_F(Outcomes, need_an_agreement_that_goes_back) {
  body.agreement = story.agreement;
  agreement = story.agreement;
  report();
  expect_flaw("invariant 3", "does not go back");
}

TEST_F(Outcomes, need_the_consent_they_name) {
  body.consent = consent = story.given;
  report();
  expect_flaw("invariant 4", "not the last word");
}

TEST_F(Outcomes, come_from_whom_the_transfer_went_to) {
  body.recipient = "agii";
  report();
  expect_flaw("invariant 2", "another recipient");
}

TEST_F(Outcomes, are_not_taken_of_a_restricted_subject) {
  add(SubjectRestricted{});
  report();
  expect_flaw("invariant 5", "restricted");
}

class Anchors : public testing::Test {
 protected:
  Anchors() {
    story.open();
    story.log.edit<ConfigActivated>(1, [](auto& b) { b.anchoring = Anchoring{3600, 2}; });
    story.give_consent();
    story.request(story.main_tx);
  }
  void anchor(std::string tsa) {
    story.log.add(Anchored{parse_rfc3339("2026-11-24T11:00:00Z").value(), "rfc3161", digest_of(1), 2, "AAAA", tsa});
  }
  void cosign(const std::string& witness) {
    story.log.add(Cosigned{digest_of(1), {"\u2014 " + witness + " AAAAAAA="}, 2});
  }
  void wait() {
    EntryDraft later;
    later.kind = std::string(ClockAnomaly::kind);
    later.body = encode_body(ClockAnomaly{1});
    story.log.add(later, std::chrono::minutes{61});
  }
  Status replay() const {
    History history;
    return story.log.replay(history);
  }
  Story story;
};

TEST_F(Anchors, permit_while_a_quorum_is_young) {
  wait();
  anchor("tsa-1");
  cosign("witness.example.org");
  story.permit(story.main_tx, 1);
  const auto replayed = replay();
  EXPECT_TRUE(replayed) << replayed.error().message;
}

TEST_F(Anchors, have_time_when_anchoring_begins) {
  story.permit(story.main_tx, 1);
  EXPECT_TRUE(replay());
}

TEST_F(Anchors, permit_nothing_without_a_quorum) {
  wait();
  anchor("tsa-1");
  anchor("tsa-1");
  story.permit(story.main_tx, 1);
  EXPECT_FALSE(replay());
}

TEST_F(Anchors, permit_nothing_once_one_of_the_quorum_is_old) {
  anchor("tsa-1");
  wait();
  cosign("witness.example.org");
  story.permit(story.main_tx, 1);
  const auto replayed = replay();
  ASSERT_FALSE(replayed);
  EXPECT_NE(replayed.error().message.find("anchors are too old"), std::string::npos) << replayed.error().message;
}

}  // namespace
}  // namespace ketenpoort::ledger::test
