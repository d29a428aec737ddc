#include "gateway/cli/ground_check.hpp"

#include <gmock/gmock.h>

#include "tests/unit/exchange/small_mappings.hpp"

namespace ketenpoort::cli {
namespace {

using config::Configuration;
using config::Partner;
using config::StatedAgreement;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Date day(std::string_view text) {
  return *parse_date(text);
}

StatedAgreement agreement(std::string id, std::string_view from, std::string_view until = {}) {
  Agreement made;
  made.id = std::move(id);
  made.direction = "out";
  made.recipient = "vdab";
  made.recipient_body = "0887010362";
  made.purposes = {"work-guidance"};
  made.valid_from = day(from);
  if (!until.empty()) made.valid_until = day(until);
  return {made, {}, {}};
}

class GroundCheck : public ::testing::Test {
 protected:
  [[nodiscard]] std::vector<std::string> told(const Configuration& of, std::string_view today) const {
    std::vector<std::string> out;
    for (const auto& end : find_ground_ends(of, library(), day(today))) out.push_back(tell_end(end, day(today)));
    return out;
  }
  [[nodiscard]] std::vector<std::string> told(std::string_view today) const { return told(configuration, today); }
  [[nodiscard]] std::vector<Issue> missing(std::string_view today) const {
    return find_missing_ground(configuration, library(), day(today));
  }

  Configuration configuration;
  exchange::SmallMappings mappings;

 private:
  [[nodiscard]] mapping::Library library() const { return mapping::Library::load(mappings.folder()).value(); }
};

TEST_F(GroundCheck, an_agreement_is_told_of_thirty_days_before_and_after_its_last_day) {
  configuration.agreements = {agreement("one", "2026-01-01", "2026-06-30")};
  EXPECT_THAT(told("2026-05-30"), IsEmpty());
  EXPECT_THAT(told("2026-05-31"), ElementsAre("agreement one ends on 2026-06-30"));
  EXPECT_THAT(told("2026-06-30"), ElementsAre("agreement one ends on 2026-06-30"));
  EXPECT_THAT(told("2026-07-01"), ElementsAre("agreement one ended on 2026-06-30"));
  EXPECT_THAT(told("2026-07-30"), ElementsAre("agreement one ended on 2026-06-30"));
  EXPECT_THAT(told("2026-07-31"), IsEmpty());
}

TEST_F(GroundCheck, one_that_is_followed_the_day_after_is_not_told_of) {
  configuration.agreements = {agreement("one", "2026-01-01", "2026-06-30"), agreement("two", "2026-07-01")};
  EXPECT_THAT(told("2026-06-15"), IsEmpty());
  configuration.agreements[1] = agreement("two", "2026-07-02");
  EXPECT_THAT(told("2026-06-15"), ElementsAre("agreement one ends on 2026-06-30"));
  // The gap is over.
  EXPECT_THAT(told("2026-07-02"), IsEmpty());
}

TEST_F(GroundCheck, what_follows_must_be_for_the_same_recipient_body_direction_and_purposes) {
  configuration.agreements = {agreement("one", "2026-01-01", "2026-06-30"), agreement("two", "2026-01-01")};
  EXPECT_THAT(told("2026-06-15"), IsEmpty());
  const auto other = [&](const auto& change) {
    auto changed = configuration;
    change(changed.agreements[1].agreement);
    return told(changed, "2026-06-15");
  };
  const auto ends = ElementsAre("agreement one ends on 2026-06-30");
  EXPECT_THAT(other([](Agreement& a) { a.recipient = "agii"; }), ends);
  EXPECT_THAT(other([](Agreement& a) { a.recipient_body = "0316380841"; }), ends);
  EXPECT_THAT(other([](Agreement& a) { a.direction = "back"; }), ends);
  EXPECT_THAT(other([](Agreement& a) { a.purposes = {"civic-integration"}; }), ends);
  configuration.agreements[0].agreement.purposes = {"work-guidance", "civic-integration", "warm-handover"};
  EXPECT_THAT(told("2026-06-15"), ends) << "once, though two purposes are left without it";
}

TEST_F(GroundCheck, purposes_and_rules_end_too) {
  Purpose purpose;
  purpose.id = "work-guidance";
  purpose.recipient = "vdab";
  purpose.valid_from = day("2026-01-01");
  purpose.valid_until = day("2026-06-30");
  Rule rule;
  rule.id = "labour-market-access";
  rule.valid_from = day("2026-01-01");
  rule.valid_until = day("2026-06-20");
  configuration.purposes = {purpose};
  configuration.rules = {{rule, {}}};
  EXPECT_THAT(told("2026-06-15"),
              ElementsAre("purpose work-guidance ends on 2026-06-30", "rule labour-market-access ends on 2026-06-20"));
  rule.valid_from = day("2026-06-21");
  rule.valid_until.reset();
  configuration.rules.push_back({rule, {}});
  EXPECT_THAT(told("2026-06-15"), ElementsAre("purpose work-guidance ends on 2026-06-30"));
}

TEST_F(GroundCheck, a_mapping_ends_too_unless_another_version_follows) {
  mappings.mapping("1.0.0", "trim", "from: 2020-01-01, until: 2026-06-30");
  EXPECT_THAT(told("2026-06-15"), ElementsAre("mapping m-1.0.0 ends on 2026-06-30"));
  mappings.mapping("1.1.0", "trim", "from: 2026-07-01", "m-2.yaml");
  EXPECT_THAT(told("2026-06-15"), IsEmpty());
}

TEST_F(GroundCheck, a_partner_without_an_agreement_in_force_is_named) {
  Partner partner;
  partner.id = partner.recipient = "vdab";
  configuration.partners = {partner};
  configuration.agreements = {agreement("one", "2026-01-01")};
  EXPECT_THAT(missing("2026-06-15"), IsEmpty());
  const auto lacks = [&] {
    const auto issues = missing("2026-06-15");
    EXPECT_THAT(issues, SizeIs(1));
    return issues.empty() ? Issue{ErrorCode::config, {}, {}} : issues.back();
  };
  configuration.agreements[0].agreement.direction = "back";
  EXPECT_EQ(lacks().where, "partner vdab");
  EXPECT_THAT(lacks().detail,
              HasSubstr("no agreement with recipient `vdab` (direction out) is in force on 2026-06-15"));
  configuration.agreements = {agreement("later", "2026-06-16")};
  EXPECT_EQ(lacks().where, "partner vdab");
  configuration.agreements = {agreement("long over", "2024-01-01", "2024-12-31")};
  EXPECT_EQ(lacks().where, "partner vdab");
}

TEST_F(GroundCheck, what_ends_is_told_with_what_to_do) {
  configuration.agreements = {agreement("one", "2026-01-01", "2026-06-30")};
  const auto before = missing("2026-06-15");
  ASSERT_THAT(before, SizeIs(1));
  EXPECT_EQ(before[0].where, "agreement one");
  EXPECT_THAT(before[0].detail, HasSubstr("it ends on 2026-06-30 and nothing follows it"));
  const auto after = missing("2026-07-15");
  ASSERT_THAT(after, SizeIs(1));
  EXPECT_THAT(after[0].detail, HasSubstr("it ended on 2026-06-30"));
}

}  // namespace
}  // namespace ketenpoort::cli
