// Figures from a log and from what was counted without a name.
#include "gateway/reporting/figures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/audit/index_writer.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/tree/segments.hpp"
#include "tests/support/log_story.hpp"
#include "tests/support/scratch_folder.hpp"
#include "tests/unit/exchange/no_vault.hpp"

namespace ketenpoort::reporting {
namespace {

using exchange::CountedOutcome;
using ledger::test::day;
using ledger::test::Story;

class CountingVault final : public exchange::NoVault {
 public:
  std::vector<CountedOutcome> all;
  Result<std::vector<CountedOutcome>> counted_outcomes(Date from, Date to) const override {
    std::vector<CountedOutcome> out;
    for (const auto& one : all)
      if (from <= one.month && one.month < to) out.push_back(one);
    return out;
  }
};

class Figures : public testing::Test {
 protected:
  void SetUp() override {
    auto writer = audit::IndexWriter::open(folder_.path() / "index.sqlite").value();
    std::string records;
    for (const auto& entry : story_.log.encode()) ledger::append_record(records, entry);
    ASSERT_TRUE(writer->add(0, records));
    reader_ = audit::IndexReader::open(folder_.path() / "index.sqlite").value();
  }

  void count(int times, Date month, std::string centre, std::string recipient = "vdab") {
    for (int i = 0; i < times; ++i) vault_.all.push_back({month, centre, recipient, "EMPLOYMENT", "STARTED", ""});
  }

  std::vector<Figure> make(Date today, std::string recipient = {}) {
    return make_figures(*reader_, vault_, {std::chrono::year{2026}, std::move(recipient), today}).value();
  }

  // "C01 2026-11: 6" and the like, "-" for what is not shown, of one outcome.
  static std::vector<std::string> lines(const std::vector<Figure>& figures, std::string_view outcome) {
    std::vector<std::string> out;
    for (const auto& figure : figures)
      if (figure.outcome == outcome)
        out.push_back((figure.centre.empty() ? "all" : figure.centre) + ' ' +
                      (figure.month ? to_iso(*figure.month).substr(0, 7) : "year") + ": " +
                      (figure.count ? std::to_string(*figure.count) : "-"));
    return out;
  }

  test::ScratchFolder folder_;
  Story story_ = Story::whole();
  CountingVault vault_;
  std::unique_ptr<audit::IndexReader> reader_;
};

TEST_F(Figures, of_one_person_are_not_shown_however_many_transfers_there_are) {
  const auto figures = make(day(2026, 12, 24));
  for (const auto* outcome : {"REFERRED", "DELIVERED", "HELD", "REFUSED", "CANCELLED"})
    EXPECT_THAT(lines(figures, outcome), testing::ElementsAre("C01 2026-11: -", "all 2026-11: -")) << outcome;
}

TEST_F(Figures, of_outcomes_without_a_name_add_up_by_centre_and_month) {
  count(6, day(2026, 11, 1), "C01");
  count(5, day(2026, 11, 1), "C02");
  count(7, day(2026, 10, 1), "C01");
  count(9, day(2025, 12, 1), "C01");
  count(8, day(2026, 11, 1), "C01", "agii");
  EXPECT_THAT(
      lines(make(day(2026, 12, 24), "vdab"), "STARTED"),
      testing::ElementsAre("C01 2026-10: 7", "C01 2026-11: 6", "C02 2026-11: 5", "all 2026-10: 7", "all 2026-11: 11"));
  EXPECT_EQ(lines(make(day(2026, 12, 24), "agii"), "STARTED").size(), 2U);
}

TEST_F(Figures, of_a_year_that_is_over_have_totals_over_its_months) {
  count(6, day(2026, 11, 1), "C01");
  count(5, day(2026, 12, 1), "C02");
  EXPECT_THAT(lines(make(day(2027, 1, 1), "vdab"), "STARTED"),
              testing::ElementsAre("C01 2026-11: 6", "C01 year: 6", "C02 2026-12: 5", "C02 year: 5", "all 2026-11: 6",
                                   "all 2026-12: 5", "all year: 11"));
}

TEST_F(Figures, of_a_month_stay_as_they_were_when_the_year_ends) {
  count(3, day(2026, 11, 1), "C01");
  count(6, day(2026, 11, 1), "C02");
  count(20, day(2026, 11, 1), "C03");
  count(2, day(2026, 12, 1), "C03");
  const auto before = lines(make(day(2026, 12, 31)), "STARTED");
  auto after = lines(make(day(2027, 1, 1)), "STARTED");
  std::erase_if(after, [](const auto& line) {
    return line.find("year") != std::string::npos || line.find("2026-12") != std::string::npos;
  });
  EXPECT_EQ(after, before);
  EXPECT_THAT(before, testing::Contains("C02 2026-11: -"));
}

// Day by day through a year in which one more comes each day: nobody who compares two looks sees what a day added.
TEST_F(Figures, of_a_month_are_shown_once_it_is_over_and_then_stand_still) {
  count(6, day(2026, 9, 1), "C01");
  std::vector<std::string> before;
  Date last = day(2026, 9, 30);
  for (auto at = std::chrono::sys_days(day(2026, 10, 1)); at < std::chrono::sys_days(day(2026, 12, 31));
       at += std::chrono::days{1}) {
    const Date today(at);
    count(1, today.year() / today.month() / 1, "C01");
    const auto now = lines(make(today, "vdab"), "STARTED");
    if (today.month() == last.month())
      EXPECT_EQ(now, before) << to_iso(today);
    else
      EXPECT_EQ(now.size(), before.size() + 2) << to_iso(today);  // the month that ended, of the centre and of all
    before = now;
    last = today;
  }
  EXPECT_THAT(before, testing::ElementsAre("C01 2026-09: 6", "C01 2026-10: 31", "C01 2026-11: 30", "all 2026-09: 6",
                                           "all 2026-10: 31", "all 2026-11: 30"));
  EXPECT_TRUE(make(day(2026, 1, 31)).empty());
}

TEST_F(Figures, of_the_running_month_are_shown_where_a_test_asks_for_them) {
  count(6, day(2026, 11, 1), "C01");
  const FigureQuery query{std::chrono::year{2026}, "vdab", day(2026, 11, 24), true};
  const auto figures = make_figures(*reader_, vault_, query).value();
  EXPECT_THAT(lines(figures, "STARTED"), testing::ElementsAre("C01 2026-11: 6", "all 2026-11: 6"));
  const auto json = formats::parse_json(figures_as_json(figures, query, "self")).value();
  EXPECT_EQ(json.root().find("provisional").as_string(), "2026-11");
}

TEST_F(Figures, say_what_is_not_shown_in_each_form) {
  count(6, day(2026, 11, 1), "C01");
  const auto figures = make(day(2026, 12, 24));
  const auto csv = figures_as_csv(figures);
  EXPECT_THAT(csv, testing::StartsWith("recipient,outcome,kind,reason,centre,month,total,count,suppressed\r\n"));
  EXPECT_THAT(csv, testing::HasSubstr("vdab,STARTED,EMPLOYMENT,,C01,2026-11,no,6,no\r\n"));
  EXPECT_THAT(csv, testing::HasSubstr("vdab,HELD,,,C01,2026-11,no,,yes\r\n"));
  const auto json =
      formats::parse_json(figures_as_json(figures, {std::chrono::year{2026}, {}, day(2026, 12, 24)}, "self")).value();
  EXPECT_EQ(json.root().find("until").as_string(), "2026-11");
  EXPECT_FALSE(json.root().find("provisional"));
  for (const auto item : json.root().find("items").elements()) {
    EXPECT_NE(static_cast<bool>(item.find("count")), static_cast<bool>(item.find("suppressed")));
    EXPECT_GE(item.find("count").as_int().value_or(5), 5);
  }
}

}  // namespace
}  // namespace ketenpoort::reporting
