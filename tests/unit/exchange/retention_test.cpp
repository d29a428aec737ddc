#include "gateway/exchange/retention/retention.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

#include "gateway/exchange/retention/retention_runs.hpp"
#include "tests/unit/exchange/no_vault.hpp"
#include "tests/unit/exchange/story_ledger.hpp"

namespace ketenpoort::exchange {
namespace {

using std::chrono::days;

Date day(int year, unsigned month, unsigned of_month) {
  return Date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{of_month}};
}

class Retention : public testing::Test {
 protected:
  [[nodiscard]] RetentionPlan plan(Date today) const { return plan_retention(holding_, past_, terms_, today); }
  [[nodiscard]] std::vector<std::string> classes(Date today) const { return plan(today).classes.names(); }

  TransferId transfer_ = new_uuid_v4();
  Holding holding_{.subject = random_bytes<16>(),
                   .keys = KeyClassSet::all(),
                   .records = {{new_uuid_v4(), 1000}, {new_uuid_v4(), 2000}},
                   .payloads = {{transfer_, 500}},
                   .identifiers = 2,
                   .stay_ended = {}};
  SubjectPast past_{.something_open = false,
                    .stay_ended = day(2026, 1, 1),
                    .consents_ended = day(2026, 3, 1),
                    .had_consents = true,
                    .standing = {},
                    .ended = {{transfer_, day(2025, 12, 1)}}};
  RetentionTerms terms_{days{180}, days{90}, days{3650}, days{3650}};
};

TEST_F(Retention, each_thing_goes_on_the_day_its_time_is_over) {
  EXPECT_TRUE(plan(day(2026, 2, 28)).empty());
  const auto payload = plan(day(2026, 3, 1));  // 90 days after 1 December
  EXPECT_EQ(payload.payloads.size(), 1U);
  EXPECT_TRUE(payload.records.empty());
  EXPECT_TRUE(payload.classes.empty());

  EXPECT_TRUE(plan(day(2026, 6, 29)).records.empty());
  const auto record = plan(day(2026, 6, 30));  // 180 days after 1 January
  EXPECT_EQ(record.records.size(), 2U);
  EXPECT_EQ(record.classes.names(), std::vector<std::string>{"payload"});
}

TEST_F(Retention, the_last_consent_and_the_stay_decide_about_proof_and_directory) {
  EXPECT_EQ(classes(day(2036, 2, 26)), (std::vector<std::string>{"payload"}));
  EXPECT_EQ(classes(day(2036, 2, 27)), (std::vector<std::string>{"directory", "payload", "proof"}));
  past_.stay_ended = day(2027, 1, 1);
  EXPECT_EQ(classes(day(2036, 2, 27)), (std::vector<std::string>{"payload", "proof"}));
}

TEST_F(Retention, while_a_stay_or_a_consent_lasts_or_a_transfer_is_open_it_stays) {
  past_.consents_ended.reset();
  EXPECT_EQ(classes(day(2040, 1, 1)), std::vector<std::string>{"payload"});
  past_.stay_ended.reset();
  EXPECT_TRUE(plan(day(2040, 1, 1)).records.empty());
  EXPECT_TRUE(plan(day(2040, 1, 1)).classes.empty());
  past_.stay_ended = day(2026, 1, 1);
  past_.something_open = true;
  EXPECT_TRUE(plan(day(2040, 1, 1)).records.empty());
  EXPECT_EQ(plan(day(2040, 1, 1)).payloads.size(), 1U) << "a message that arrived long ago";
}

TEST_F(Retention, a_message_that_did_not_end_keeps_the_key) {
  past_.ended.clear();
  const auto plan_now = plan(day(2030, 1, 1));
  EXPECT_TRUE(plan_now.payloads.empty());
  EXPECT_EQ(plan_now.records.size(), 2U);
  EXPECT_TRUE(plan_now.classes.empty());
}

TEST_F(Retention, what_has_no_term_is_kept) {
  terms_ = {};
  EXPECT_TRUE(plan(day(2090, 1, 1)).empty());
}

TEST_F(Retention, without_consents_proof_counts_from_the_end_of_the_stay) {
  past_.had_consents = false;
  past_.consents_ended.reset();
  EXPECT_EQ(classes(day(2035, 12, 29)), std::vector<std::string>{"payload"});
  EXPECT_EQ(classes(day(2035, 12, 30)), (std::vector<std::string>{"directory", "payload", "proof"}));
}

TEST_F(Retention, a_class_that_went_before_is_not_destroyed_twice) {
  holding_.keys = {KeyClass::proof, KeyClass::directory};
  holding_.records.clear();
  holding_.payloads.clear();
  EXPECT_TRUE(plan(day(2030, 1, 1)).empty());
  EXPECT_EQ(classes(day(2040, 1, 1)), (std::vector<std::string>{"directory", "proof"}));
}

TEST_F(Retention, nothing_goes_of_who_is_restricted_or_waits_for_an_answer) {
  past_.standing.is_protected = true;
  EXPECT_TRUE(plan(day(2040, 1, 1)).empty());
}

class ErasingVault final : public NoVault {
 public:
  ledger::VaultChange erase_subject(const SubjectRef&, KeyClassSet, bool) const override { return {}; }
};

// One subject of whom nothing need be kept any more; `between` happens after they were looked at, and before they go.
class OneLeft final : public VaultStock {
 public:
  Status each_holding(const std::function<void(const Holding&)>& visit) const override {
    visit(holding);
    if (between) between();
    return {};
  }
  std::uint64_t subject_count() const override { return 1; }
  std::uint64_t bytes_on_disk() const override { return 0; }
  ledger::VaultChange note_stay_end(const SubjectRef&, Date) const override { return {}; }
  Status settle() override { return {}; }

  Holding holding;
  std::function<void()> between;
};

class RetentionRun : public testing::Test {
 protected:
  RetentionRun() {
    story.open();
    stock.holding.subject = story.subject;
    stock.holding.keys = KeyClassSet::all();
    stock.holding.stay_ended = day(2010, 1, 1);
  }

  // Whether the subject was erased; `meanwhile` is written down between look and deed.
  template <class Body>
  bool erases_though(const Body& meanwhile) {
    auto& facilities = log.open("2026-11-29T12:00:00Z");
    stock.between = [&] { write(facilities, meanwhile); };
    return erases(facilities);
  }
  bool erases(Facilities& facilities) {
    const RetentionTerms terms{days{180}, days{90}, days{365}, days{365}};
    const auto report = apply_retention(facilities, stock, terms, false, [](auto, auto) { return true; });
    EXPECT_TRUE(report) << report.error().message;
    const bool erased =
        facilities.sequencer.read([&](const auto& history) { return history.is_erased(story.subject); });
    EXPECT_EQ(report->retired, erased ? 1U : 0U);
    return erased;
  }
  template <class Body>
  void write(Facilities& facilities, const Body& body) {
    ledger::EntryDraft draft;
    draft.kind = std::string(Body::kind);
    draft.actor = {"system", "0123456749", "gateway", ""};
    draft.subject = story.subject;
    draft.body = ledger::encode_body(body);
    const auto done = facilities.sequencer.submit_and_wait(
        [&](const ledger::History&, std::uint64_t, Timestamp) -> Result<ledger::Transaction> {
          ledger::Transaction transaction;
          transaction.entries.push_back(draft);
          return transaction;
        });
    ASSERT_TRUE(done) << done.error().message;
  }

  const ledger::RequestOpened request{
      .article = 15, .deadline = day(2026, 12, 29), .request = ledger::test::numbered_id(500)};
  ErasingVault vault;
  test::StoryLedger log{vault};
  ledger::test::Story& story = log.story;
  OneLeft stock;
};

TEST_F(RetentionRun, takes_who_has_nothing_left_to_keep) {
  EXPECT_TRUE(erases(log.open("2026-11-29T12:00:00Z")));
}

TEST_F(RetentionRun, ends_where_it_is_when_the_gateway_stops) {
  auto& facilities = log.open("2026-11-29T12:00:00Z");
  int looks = 0;
  const auto until_planned = [&](auto, auto) { return ++looks < 2; };
  const auto report =
      apply_retention(facilities, stock, {days{180}, days{90}, days{365}, days{365}}, false, until_planned);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(log.written().empty());
  EXPECT_TRUE(erases(facilities)) << "the next run does the rest";
}

TEST_F(RetentionRun, says_that_it_broke_off_on_what_nobody_foresaw) {
  auto& facilities = log.open("2026-11-29T12:00:00Z");
  RetentionRuns runs(facilities, stock, {days{180}, days{90}, days{365}, days{365}});
  stock.between = [] { throw std::runtime_error("the vault cannot be read"); };
  const auto ended = [&](const Uuid& id) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (runs.find(id)->state == RetentionRuns::State::running && std::chrono::steady_clock::now() < give_up)
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    return *runs.find(id);
  };
  const auto broken = ended(runs.start(false)->id);
  EXPECT_EQ(broken.state, RetentionRuns::State::failed);
  EXPECT_THAT(broken.problem, testing::HasSubstr("broke off"));
  stock.between = {};
  EXPECT_EQ(ended(runs.start(false)->id).state, RetentionRuns::State::done) << "another may be started";
}

TEST_F(RetentionRun, leaves_who_said_yes_since_they_were_looked_at) {
  EXPECT_FALSE(erases_though(story.statement_body<ledger::ConsentGiven>(ledger::test::numbered_id(400))));
}

TEST_F(RetentionRun, leaves_who_asked_for_something_since_they_were_looked_at) {
  EXPECT_FALSE(erases_though(request));
}

TEST_F(RetentionRun, leaves_who_was_restricted_since_they_were_looked_at) {
  EXPECT_FALSE(erases_though(ledger::SubjectRestricted{"legal-claims", {}}));
}

TEST_F(RetentionRun, leaves_who_is_restricted_until_that_ends) {
  story.log.add(ledger::SubjectRestricted{"legal-claims", {}}, {}, story.subject);
  auto& facilities = log.open("2026-11-29T12:00:00Z");
  EXPECT_FALSE(erases(facilities));
  write(facilities, ledger::SubjectUnrestricted{});
  EXPECT_TRUE(erases(facilities));
}

TEST_F(RetentionRun, leaves_whose_request_is_open_until_it_is_answered) {
  story.log.add(request, {}, story.subject);
  auto& facilities = log.open("2026-11-29T12:00:00Z");
  EXPECT_FALSE(erases(facilities));
  write(facilities, ledger::RequestClosed{"GRANTED", request.request});
  EXPECT_TRUE(erases(facilities));
}

TEST_F(RetentionRun, leaves_who_is_one_person_with_somebody_restricted) {
  test::pass_number(story.log, 1, story.subject, story.other);
  story.log.add(ledger::SubjectRestricted{"legal-claims", {}}, {}, story.other);
  EXPECT_FALSE(erases(log.open("2026-11-29T12:00:00Z")));
}

}  // namespace
}  // namespace ketenpoort::exchange
