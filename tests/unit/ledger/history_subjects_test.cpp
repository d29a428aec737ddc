// Rights, identity links, outcomes, anchors: what the rules say of the kinds that carry no transfer.
#include <gtest/gtest.h>

#include "tests/support/log_story.hpp"

namespace ketenpoort::ledger::test {
namespace {

class Subjects : public testing::Test {
 protected:
  Subjects() { story.open(); }

  template <class Body>
  void add(const Body& body, std::vector<Seq> refs = {}) {
    story.log.add(body, std::move(refs), story.subject);
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
    story.log.add(Anchored{parse_rfc3339("2026-11-24T11:00:00Z").value(), "rfc3161", digest_of(1), 2, "AA", tsa});
  }
  void cosign(const std::string& witness) { story.log.add(Cosigned{digest_of(1), {"\u2014 " + witness + " AAAA"}, 2}); }
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
