// The register says what runs according to the log, not what the configuration hopes for.
#include "gateway/reporting/register.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/formats/json.hpp"
#include "tests/support/linked_data.hpp"
#include "tests/support/log_story.hpp"

namespace ketenpoort::reporting {
namespace {

using ledger::test::day;
using ledger::test::Story;

class Register : public testing::Test {
 protected:
  Register() {
    configuration_.activities.push_back({"chain",
                                         "1",
                                         "Passing on",
                                         "0123456749",
                                         {"work-guidance", "not-registered"},
                                         {"vdab"},
                                         "as retention.yaml says",
                                         "mutual TLS, keys per person",
                                         {"residents"}});
    configuration_.retention.push_back({"record", std::chrono::days{180}, "stay-ended", "GDPR art. 5(1)(e)"});
  }

  // Everything is registered and nothing has happened yet.
  static Story opened() {
    Story story;
    story.open();
    return story;
  }

  ActivityRegister make(Story story, Date on = day(2026, 11, 24)) {
    ledger::History history;
    const auto replayed = story.log.replay(history);
    EXPECT_TRUE(replayed) << replayed.error().message;
    return make_register(history, configuration_, on);
  }

  config::Configuration configuration_;
  exchange::Terms terms_;
};

TEST_F(Register, has_purposes_with_their_agreements_and_mappings) {
  const auto lines = make(opened());
  ASSERT_EQ(lines.activities.size(), 1U);
  ASSERT_EQ(lines.activities[0].purposes.size(), 1U) << "the one that is registered";
  const auto& line = lines.activities[0].purposes[0];
  EXPECT_EQ(line.purpose.id, "work-guidance");
  ASSERT_EQ(line.recipient.agreements.size(), 1U);
  ASSERT_EQ(line.recipient.mappings.size(), 1U);
  EXPECT_EQ(line.categories(),
            line.purpose.allowed() & Story::agreement_value().categories & Story::mapping_body().categories);
  EXPECT_FALSE(line.categories().empty());
}

TEST_F(Register, leaves_out_what_no_agreement_in_force_covers) {
  const auto before = make(opened(), day(2025, 12, 31));
  for (const auto& line : before.activities[0].purposes) {
    EXPECT_TRUE(line.recipient.agreements.empty());
    EXPECT_TRUE(line.categories().empty());
  }
  const auto ended = make(Story::whole());  // which ends with the end of its agreement
  ASSERT_EQ(ended.activities[0].purposes.size(), 1U);
  EXPECT_TRUE(ended.activities[0].purposes[0].recipient.agreements.empty());
}

TEST_F(Register, says_the_same_in_every_form) {
  const auto lines = make(opened());
  const auto json = formats::parse_json(register_as_json(lines, terms_, "self")).value();
  const auto purpose = json.root().find("items").at(0).find("purposes").at(0);
  EXPECT_EQ(purpose.find("dataCategories").size(), lines.activities[0].purposes[0].categories().size());
  EXPECT_EQ(json.root().find("items").at(0).find("dataSubjects").at(0).as_string(), "residents");
  EXPECT_EQ(purpose.find("agreements").at(0).find("sample").as_bool(), true);
  EXPECT_EQ(json.root().find("items").at(0).find("securityMeasures").size(), 2U) << "its own and the agreement's";
  const auto csv = register_as_csv(lines);
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 2);
  EXPECT_THAT(csv, testing::HasSubstr("work-guidance,vdab,0887010362"));
  const auto linked = formats::parse_json(register_as_jsonld(lines, terms_, "self")).value();
  EXPECT_EQ(linked.root().find("dct:hasPart").at(0).find("dpv:hasProcess").size(), 1U);
  EXPECT_THAT(test::names_read_as_texts(register_as_jsonld(lines, terms_, "self")), testing::IsEmpty());
}

}  // namespace
}  // namespace ketenpoort::reporting
