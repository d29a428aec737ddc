// What the index tells of events: entries of an organisation's records, and dates that passed by themselves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "gateway/audit/deadlines.hpp"
#include "gateway/audit/index_reader.hpp"
#include "gateway/audit/index_writer.hpp"
#include "gateway/ledger/tree/segments.hpp"
#include "tests/support/log_story.hpp"
#include "tests/support/scratch_folder.hpp"

namespace ketenpoort::audit {
namespace {

using ledger::test::day;
using ledger::test::digest_of;
using ledger::test::numbered_id;
using ledger::test::Story;
using std::chrono::days;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::chrono::days patience{30};
const std::string ours = "0123456749";

Timestamp moment(std::string_view text) {
  return parse_rfc3339(text).value();
}

TEST(RecheckDue, is_the_start_of_the_day_a_week_before_in_belgium) {
  const auto held = moment("2026-11-24T11:00:00Z");
  EXPECT_EQ(find_recheck_due(day(2026, 12, 16), held, false), moment("2026-12-08T23:00:00Z"));
  EXPECT_EQ(find_recheck_due(day(2027, 4, 1), held, false),
            moment("2027-03-24T23:00:00Z"));  // before the clocks change
  EXPECT_EQ(find_recheck_due(day(2027, 4, 8), held, false), moment("2027-03-31T22:00:00Z"));  // after
  EXPECT_EQ(find_recheck_due(day(2028, 3, 7), held, false), moment("2028-02-28T23:00:00Z"));  // the leap day
}

TEST(RecheckDue, is_not_asked_for_a_week_that_began_already_unless_the_facts_are_too_old) {
  const auto held = moment("2026-11-24T11:00:00Z");
  EXPECT_EQ(find_recheck_due(day(2026, 12, 1), held, false), std::nullopt);
  EXPECT_EQ(find_recheck_due(day(2026, 12, 1), held, true), held);
  EXPECT_EQ(find_recheck_due(day(2026, 12, 1), moment("2026-11-23T22:59:59Z"), false), moment("2026-11-23T23:00:00Z"));
}

class EventsOfStory : public testing::Test {
 protected:
  EventsOfStory() {
    story_.open();
    story_.requested = story_.request(story_.main_tx);
  }

  template <class Body>
  void later(const Body& body, std::chrono::milliseconds wait, std::optional<TransferId> tx) {
    ledger::EntryDraft draft;
    draft.kind = std::string(Body::kind);
    draft.subject = story_.subject;
    draft.tx = tx;
    draft.body = ledger::encode_body(body);
    story_.log.add(std::move(draft), wait);
  }
  void hold(std::vector<Reason> reasons, std::optional<Date> until, std::chrono::milliseconds wait = {}) {
    ledger::TransferHeld body;
    body.decided_for = story_.today;
    body.held_until = until;
    body.reasons = std::move(reasons);
    later(body, wait, story_.main_tx);
  }
  void deliver(std::chrono::milliseconds wait = {}) {
    later(ledger::TransferDelivered{1, digest_of(6), 201}, wait, story_.main_tx);
  }
  void report(std::chrono::milliseconds wait) {
    ledger::OutcomeReceived body;
    body.outcome = numbered_id(900);
    body.recipient = "vdab";
    body.purpose = "follow-up";
    body.sort = "REGISTRATION";
    body.status = "REGISTERED";
    later(body, wait, story_.main_tx);
  }

  // The index as it is after what was told so far.
  IndexReader& index() {
    const auto file = folder_.path() / ("index-" + std::to_string(++files_));
    auto writer = IndexWriter::open(file).value();
    std::string records;
    for (const auto& bytes : story_.log.encode()) ledger::append_record(records, bytes);
    EXPECT_TRUE(writer->add(0, records));
    reader_ = IndexReader::open(file).value();
    return *reader_;
  }
  std::vector<std::string> rechecks(std::string_view until) {
    std::vector<std::string> out;
    const auto due = index().rechecks_due({ours, {}, moment(until)}).value();
    for (const auto& event : due) out.push_back(to_rfc3339(event.time) + " " + to_iso(*event.held_until));
    return out;
  }
  std::vector<std::string> overdue(std::string_view until) {
    std::vector<std::string> out;
    const auto due = index().answers_overdue({ours, {}, moment(until)}, patience).value();
    for (const auto& event : due) out.push_back(to_rfc3339(event.time));
    return out;
  }

  test::ScratchFolder folder_;
  int files_ = 0;
  Story story_;
  std::unique_ptr<IndexReader> reader_;
};

TEST_F(EventsOfStory, a_hold_makes_a_recheck_due_a_week_before_its_day) {
  hold({Reason::too_early}, day(2026, 12, 16));
  EXPECT_THAT(rechecks("2026-12-08T22:59:59Z"), IsEmpty());
  EXPECT_THAT(rechecks("2026-12-08T23:00:00Z"), ElementsAre("2026-12-08T23:00:00.000Z 2026-12-16"));
}

TEST_F(EventsOfStory, a_hold_that_ended_before_makes_none_due) {
  hold({Reason::too_early}, day(2026, 12, 16));
  later(ledger::TransferCancelled{{{Reason::superseded}, 0, {}, {}, {}, true, {}}, {}}, days{2}, story_.main_tx);
  EXPECT_THAT(rechecks("2027-01-01T00:00:00Z"), IsEmpty());
}

TEST_F(EventsOfStory, a_hold_that_ended_after_was_due_all_the_same) {
  hold({Reason::too_early}, day(2026, 12, 16));
  hold({Reason::document_missing}, {}, days{22});
  EXPECT_THAT(rechecks("2027-01-01T00:00:00Z"), ElementsAre("2026-12-08T23:00:00.000Z 2026-12-16"));
}

TEST_F(EventsOfStory, another_day_is_asked_for_anew_and_other_reasons_are_not) {
  hold({Reason::too_early}, day(2026, 12, 16));
  hold({Reason::too_early, Reason::no_consent}, day(2026, 12, 16), days{1});
  EXPECT_THAT(rechecks("2027-01-01T00:00:00Z"), ElementsAre("2026-12-08T23:00:00.000Z 2026-12-16"));
  hold({Reason::too_early}, day(2026, 12, 23), days{1});
  EXPECT_THAT(rechecks("2027-01-01T00:00:00Z"), ElementsAre("2026-12-15T23:00:00.000Z 2026-12-23"));
  hold({Reason::too_early}, day(2027, 1, 23), days{20});
  EXPECT_THAT(rechecks("2027-01-17T00:00:00Z"),
              ElementsAre("2026-12-15T23:00:00.000Z 2026-12-23", "2027-01-15T23:00:00.000Z 2027-01-23"));
}

TEST_F(EventsOfStory, facts_that_grew_too_old_within_the_week_are_asked_for_at_once_and_once) {
  hold({Reason::too_early}, day(2026, 11, 28));
  EXPECT_THAT(rechecks("2027-01-01T00:00:00Z"), IsEmpty());
  hold({Reason::too_early, Reason::procedure_stale}, day(2026, 11, 28), days{1});
  const auto first = rechecks("2027-01-01T00:00:00Z");
  EXPECT_EQ(first.size(), 1U);
  hold({Reason::too_early, Reason::procedure_stale, Reason::no_consent}, day(2026, 11, 28), days{1});
  EXPECT_EQ(rechecks("2027-01-01T00:00:00Z"), first);
}

TEST_F(EventsOfStory, a_referral_without_an_answer_is_overdue_once) {
  deliver();
  const auto delivered = story_.log.lines.back().time;
  EXPECT_THAT(overdue(to_rfc3339(delivered + patience - std::chrono::milliseconds{1})), IsEmpty());
  EXPECT_THAT(overdue(to_rfc3339(delivered + patience)), ElementsAre(to_rfc3339(delivered + patience)));
  deliver(days{2});  // an update of the same referral
  EXPECT_THAT(overdue("2027-06-01T00:00:00Z"), ElementsAre(to_rfc3339(delivered + patience)));
}

TEST_F(EventsOfStory, a_report_in_time_leaves_nothing_overdue_and_a_late_one_does) {
  deliver();
  const auto before = story_.log;
  report(days{29});
  EXPECT_THAT(overdue("2027-06-01T00:00:00Z"), IsEmpty());
  story_.log = before;
  report(days{31});
  EXPECT_EQ(overdue("2027-06-01T00:00:00Z").size(), 1U);
}

// It fetched the message and acknowledges later, or its answer to us was lost on the way.
TEST_F(EventsOfStory, a_report_that_comes_before_the_delivery_is_known_is_an_answer) {
  later(ledger::TransferFailed{1, "timeout", true, {}}, days{1}, story_.main_tx);
  report(days{1});
  EXPECT_THAT(overdue("2027-06-01T00:00:00Z"), IsEmpty()) << "it is not known to have arrived";
  deliver(days{1});
  EXPECT_THAT(overdue("2027-06-01T00:00:00Z"), IsEmpty());
  EXPECT_EQ(index().count_unanswered(story_.log.lines.back().time + days{60}).value(), 0U);
}

TEST_F(EventsOfStory, a_report_that_comes_after_all_was_to_be_forgotten_answers_no_later_referral) {
  deliver();
  later(ledger::RecipientNotified{"WITHDRAWAL", "vdab", day(2026, 12, 8), story_.main_tx}, days{1}, {});
  report(days{1});
  deliver(days{3});
  EXPECT_EQ(overdue("2027-06-01T00:00:00Z").size(), 1U);
}

TEST_F(EventsOfStory, referrals_without_an_answer_are_counted_and_listed_until_one_comes) {
  deliver();
  const auto delivered = story_.log.lines.back().time;
  const auto soon = delivered + days{30};
  EXPECT_EQ(index().count_unanswered(delivered - std::chrono::milliseconds{1}).value(), 0U);
  EXPECT_EQ(index().count_unanswered(soon).value(), 1U);
  TransferQuery query;
  query.unanswered_since = soon;
  const auto listed = index().transfers(query).value();
  ASSERT_EQ(listed.size(), 1U);
  query.recipient = "agii";
  EXPECT_THAT(index().transfers(query).value(), IsEmpty());
  const auto awaited = index().open_referrals(listed.front().subject).value();
  ASSERT_EQ(awaited.size(), 1U);
  EXPECT_EQ(awaited.front().recipient, "vdab");
  EXPECT_EQ(awaited.front().since, delivered);
  report(days{31});
  query.recipient.clear();
  EXPECT_THAT(index().transfers(query).value(), IsEmpty());
  EXPECT_EQ(index().count_unanswered(delivered + days{60}).value(), 0U);
  const auto answered = index().open_referrals(listed.front().subject).value();
  ASSERT_EQ(answered.size(), 1U);
  EXPECT_TRUE(answered.front().answered);
}

TEST_F(EventsOfStory, who_must_forget_a_person_owes_no_answer_and_a_new_referral_does) {
  deliver();
  later(ledger::RecipientNotified{"RECTIFICATION", "vdab", day(2026, 12, 8), story_.main_tx}, days{1}, {});
  EXPECT_EQ(overdue("2027-06-01T00:00:00Z").size(), 1U);
  later(ledger::RecipientNotified{"STAY_ENDED", "vdab", day(2026, 12, 8), story_.main_tx}, days{1}, {});
  EXPECT_THAT(overdue("2027-06-01T00:00:00Z"), IsEmpty());
  deliver(days{3});
  EXPECT_EQ(overdue("2027-06-01T00:00:00Z").size(), 1U);
}

TEST_F(EventsOfStory, only_the_organisation_that_sent_the_record_hears_of_it) {
  hold({Reason::too_early}, day(2026, 12, 16));
  auto& reader = index();
  EXPECT_EQ(reader.rechecks_due({ours, {}, moment("2027-01-01T00:00:00Z")}).value().size(), 1U);
  EXPECT_THAT(reader.rechecks_due({"0860737913", {}, moment("2027-01-01T00:00:00Z")}).value(), IsEmpty());
  EXPECT_EQ(reader.entry_events({ours}).value().events.size(), 1U);
  EXPECT_THAT(reader.entry_events({"0860737913"}).value().events, IsEmpty());
}

// One person whom two organisations sent: to VDAB the one, to AgII the other, which came last.
TEST_F(EventsOfStory, of_two_organisations_each_hears_whom_its_own_referrals_told) {
  const std::string others = "0999999999";
  const auto add = [&](const auto& body, std::vector<ledger::Seq> refs, std::optional<TransferId> tx) {
    ledger::EntryDraft draft;
    draft.actor = {"system", others, "source-system", ""};
    draft.kind = std::string(std::decay_t<decltype(body)>::kind);
    draft.subject = story_.subject;
    draft.tx = tx;
    draft.refs = std::move(refs);
    draft.body = ledger::encode_body(body);
    return story_.log.add(std::move(draft));
  };
  auto record = story_.record_body();
  record.record = numbered_id(101);
  record.source.organisation = others;
  const auto received = add(record, {}, {});
  auto request = story_.request_body();
  request.record = record.record;
  request.recipient = "agii";
  add(request, {received}, numbered_id(210));
  for (const std::string recipient : {"vdab", "agii"})
    later(ledger::RecipientNotified{"RESTRICTION", recipient, day(2026, 12, 8), {}}, {}, {});
  auto& reader = index();
  for (const auto& [organisation, recipient, own] :
       {std::tuple{ours, "vdab", story_.record}, std::tuple{others, "agii", record.record}}) {
    std::vector<EntryEvent> told;
    for (ledger::Seq from = 0; from < story_.log.lines.size();) {
      const auto part = reader.entry_events({organisation, from, 1}).value();
      told.insert(told.end(), part.events.begin(), part.events.end());
      ASSERT_GT(part.next, from);
      from = part.next;
    }
    ASSERT_EQ(told.size(), 1U) << organisation;
    EXPECT_EQ(told[0].kind, "recipient.notified");
    EXPECT_EQ(told[0].matter.recipient, recipient);
    EXPECT_EQ(told[0].matter.record, own);
  }
}

// Holds and deliveries at random against the simplest reading of the rules: walk through all that happened.
TEST_F(EventsOfStory, agree_with_a_walk_through_what_happened) {
  std::mt19937 dice{20261124};
  const auto before = story_.log;
  for (int round = 0; round < 40; ++round) {
    story_.log = before;
    struct Step {
      Timestamp time{};
      std::optional<Date> until;
      bool stale = false, delivered = false, reported = false;
    };
    std::vector<Step> steps;
    for (int i = 0; i < 12; ++i) {
      const std::chrono::hours wait{dice() % 200};
      const auto sort = dice() % 8;
      Step step;
      if (sort < 5) {
        step.until = add_days(story_.today, static_cast<int>(dice() % 4) * 20 + 10);
        step.stale = dice() % 3 == 0;
        hold(step.stale ? std::vector{Reason::too_early, Reason::procedure_stale} : std::vector{Reason::too_early},
             step.until, wait);
      } else if (sort == 5) {
        hold({Reason::no_consent}, {}, wait);
      } else if (sort == 6) {
        deliver(wait);
        step.delivered = true;
      } else {
        report(wait);
        step.reported = true;
      }
      step.time = story_.log.lines.back().time;
      steps.push_back(step);
    }
    const auto end = steps.back().time + days{100};
    std::vector<std::string> expected;
    for (std::size_t i = 0; i < steps.size();) {
      if (steps[i].reported || !steps[i].until) {
        ++i;
        continue;
      }
      // A run of holds until the same day, reports in between notwithstanding.
      std::optional<Timestamp> due;
      std::size_t j = i;
      for (; j < steps.size() && (steps[j].reported || steps[j].until == steps[i].until); ++j)
        if (!steps[j].reported && !due) due = find_recheck_due(*steps[i].until, steps[j].time, steps[j].stale);
      const auto ended = j < steps.size() ? steps[j].time : end + days{1};
      if (due && *due <= end && ended > *due) expected.push_back(to_rfc3339(*due) + " " + to_iso(*steps[i].until));
      i = j;
    }
    std::ranges::sort(expected);
    expected.erase(std::unique(expected.begin(), expected.end()), expected.end());  // held until the same day again
    EXPECT_EQ(rechecks(to_rfc3339(end)), expected) << "round " << round;

    std::vector<std::string> late;
    const auto first = std::ranges::find_if(steps, [](const Step& step) { return step.delivered; });
    const bool early = std::any_of(steps.begin(), first, [](const Step& step) { return step.reported; });
    if (first != steps.end() && !early) {
      const auto reported = std::find_if(first, steps.end(), [](const Step& step) { return step.reported; });
      if (reported == steps.end() || reported->time > first->time + patience)
        late.push_back(to_rfc3339(first->time + patience));
    }
    EXPECT_EQ(overdue(to_rfc3339(end)), late) << "round " << round;
  }
}

// Who looks after every entry, and moves on even when there is nothing, hears what who looks once at the end hears.
TEST_F(EventsOfStory, no_date_is_passed_over_by_who_moves_on_without_one) {
  std::mt19937 dice{20261128};
  const auto before = story_.log;
  std::size_t told = 0;
  for (int round = 0; round < 20; ++round) {
    story_.log = before;
    for (int i = 0; i < 25; ++i) {
      const std::chrono::milliseconds wait = dice() % 3 == 0 ? std::chrono::milliseconds{0} : days{dice() % 12};
      const auto sort = dice() % 8;
      if (sort < 4)
        hold(dice() % 3 == 0 ? std::vector{Reason::too_early, Reason::procedure_stale} : std::vector{Reason::too_early},
             add_days(story_.today, static_cast<int>(dice() % 6) * 20 + 10), wait);
      else if (sort == 4)
        hold({Reason::no_consent}, {}, wait);
      else
        sort < 7 ? deliver(wait) : report(wait);
    }
    const auto file = folder_.path() / ("following-" + std::to_string(round));
    auto writer = IndexWriter::open(file).value();
    auto reader = IndexReader::open(file).value();
    EXPECT_EQ(reader->settled_dates(moment("2026-11-28T00:00:00Z")).value(), std::nullopt);
    DatePlace recheck, answer;
    std::vector<DatePlace> rechecks, answers;
    const auto look = [&](Timestamp now) {
      const auto settled = reader->settled_dates(now).value().value();
      const auto due = reader->rechecks_due({ours, recheck, now}).value();
      for (const auto& event : due) rechecks.push_back(recheck = event.place);
      recheck = std::max(recheck, settled);
      const auto settled_answers = reader->settled_dates(now - patience).value().value();
      const auto late = reader->answers_overdue({ours, answer, now}, patience).value();
      for (const auto& event : late) answers.push_back(answer = event.place);
      answer = std::max(answer, settled_answers);
    };
    ledger::Seq seq = 0;
    for (const auto& bytes : story_.log.encode()) {
      std::string record;
      ledger::append_record(record, bytes);
      ASSERT_TRUE(writer->add(seq, record));
      // What falls due in this very millisecond, the next entry may still end.
      const auto now = story_.log.lines[seq++].time - std::chrono::milliseconds{1};
      look(now);
      EXPECT_GE(recheck.time, now.time_since_epoch().count()) << "it moves on";
    }
    const auto end = story_.log.lines.back().time + days{200};
    look(end);
    std::vector<DatePlace> all_rechecks, all_answers;
    const auto due = reader->rechecks_due({ours, {}, end}).value();
    for (const auto& event : due) all_rechecks.push_back(event.place);
    const auto late = reader->answers_overdue({ours, {}, end}, patience).value();
    for (const auto& event : late) all_answers.push_back(event.place);
    EXPECT_EQ(rechecks, all_rechecks) << "round " << round;
    EXPECT_EQ(answers, all_answers) << "round " << round;
    told += rechecks.size() + answers.size();
  }
  EXPECT_GT(told, 40U);
}

TEST(Events, come_in_the_order_of_the_log_page_by_page) {
  const test::ScratchFolder folder;
  const auto story = Story::whole();
  std::string records;
  for (const auto& bytes : story.log.encode()) ledger::append_record(records, bytes);
  auto writer = IndexWriter::open(folder.path() / "index").value();
  ASSERT_TRUE(writer->add(0, records));
  auto reader = IndexReader::open(folder.path() / "index").value();
  const auto whole = reader->entry_events({ours, 0, 500}).value();
  EXPECT_EQ(whole.next, story.log.lines.size());
  std::vector<std::string> kinds;
  for (const auto& event : whole.events) kinds.push_back(event.kind);
  EXPECT_THAT(kinds, ElementsAre("transfer.held", "transfer.failed", "transfer.delivered", "transfer.acknowledged",
                                 "transfer.refused", "consent.withdrawn", "transfer.cancelled", "recipient.notified",
                                 "transfer.failed", "transfer.abandoned", "transfer.delivered"));
  std::vector<ledger::Seq> paged;
  for (ledger::Seq from = 0; from < whole.next;) {
    const auto page = reader->entry_events({ours, from, 2}).value();
    for (const auto& event : page.events) paged.push_back(event.place.seq);
    ASSERT_GT(page.next, from);
    from = page.next;
  }
  std::vector<ledger::Seq> all;
  for (const auto& event : whole.events) all.push_back(event.place.seq);
  EXPECT_EQ(paged, all);
  EXPECT_EQ(whole.events.front().matter.transfer, story.main_tx);
  EXPECT_EQ(whole.events.front().matter.record, story.record);
  EXPECT_EQ(whole.events[5].matter.transfer, std::nullopt);  // a consent is not about one transfer
  EXPECT_EQ(whole.events[5].matter.record, story.record);
}

}  // namespace
}  // namespace ketenpoort::audit
