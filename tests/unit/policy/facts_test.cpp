#include "gateway/policy/facts.hpp"

#include <gmock/gmock.h>

#include "gateway/ledger/entry/canonical.hpp"
#include "tests/unit/policy/builders.hpp"

namespace ketenpoort::policy::test {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;

constexpr std::string_view full_record = R"({
  "source":{"centre":{"code":"POE","municipalityNis":"33040","region":"VLA"}},
  "resident":{"identifiers":{"fedasilNumber":"F1","ssin":"90610112345"},
    "birth":{"date":"1990-00-00","ageAssessmentPending":true},
    "contact":{"preferredLanguage":"fra"},
    "stay":{"from":"2026-01-01","until":"2026-12-01","endReason":"MOVED"},
    "representative":{"kind":"VOOGD","validFrom":"2025-01-13","validUntil":"2026-06-30"}},
  "procedure":{"asOf":"2026-11-20","profile":"APPLICANT","track":"SUBSEQUENT","status":"APPEAL_CALL",
    "lodgedOn":"2026-02-01","statusGrantedOn":"2026-11-01",
    "documents":[{"type":"ANNEX_26","number":"A1","validFrom":"2026-02-01"},
                 {"type":"AI_MODEL_A","number":"B1","validFrom":"2026-02-01","validUntil":"2026-06-01","labourMarket":"NO"}],
    "cgrsDecision":{"outcome":"REFUSED","notifiedOn":"2026-05-05"}},
  "screening":{"languages":[{"code":"lin","native":true,"contact":true},{"code":"eng","contact":false},
                            {"code":"fra","contact":true},{"code":"nld"}],
    "literacy":{"latinScript":"NONE","otherScript":"FULL","otherScriptName":"Arab"}},
  "handover":{"municipalityNis":"44021"}})";

Result<Facts> read(std::string_view json) {
  const auto document = formats::parse_json(json);
  EXPECT_TRUE(document);
  return read_facts(document->root());
}

std::string with(std::string_view what, std::string_view instead) {
  std::string record{full_record};
  const auto at = record.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return record.replace(at, what.size(), instead);
}

TEST(ReadFacts, takes_what_decisions_use) {
  const auto facts = read(full_record);
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(facts->centre, "POE");
  EXPECT_EQ(facts->centre_municipality, "33040");
  EXPECT_EQ(facts->region, "VLA");
  EXPECT_TRUE(facts->has_ssin);
  EXPECT_EQ(facts->birth->year, 1990);
  EXPECT_TRUE(facts->age_assessment_pending);
  EXPECT_EQ(facts->stay_until, day("2026-12-01"));
  EXPECT_EQ(facts->stay_end_reason, "MOVED");
  EXPECT_EQ(facts->representative->valid_until, day("2026-06-30"));
  EXPECT_EQ(facts->as_of, day("2026-11-20"));
  EXPECT_EQ(facts->track, "SUBSEQUENT");
  EXPECT_EQ(facts->refusal_notified_on, day("2026-05-05"));
  EXPECT_EQ(facts->handover_municipality, "44021");
  EXPECT_THAT(facts->languages, ElementsAre("fra", "lin"));  // the preferred one first, none twice
  ASSERT_EQ(facts->documents.size(), 2U);
  EXPECT_EQ(facts->documents[0].valid_until, std::nullopt);
  EXPECT_EQ(facts->documents[1].labour_market, "NO");
}

TEST(ReadFacts, a_record_need_not_name_a_centre) {
  const auto facts = read(with(R"("centre":{"code":"POE","municipalityNis":"33040","region":"VLA"})", ""));
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_EQ(facts->centre, "");
  EXPECT_EQ(facts->region, "");
  const auto again = decode_facts(encode(*facts));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->centre, "");
}

TEST(ReadFacts, a_decision_other_than_a_refusal_is_none) {
  EXPECT_EQ(read(with("\"REFUSED\"", "\"REFUGEE\""))->refusal_notified_on, std::nullopt);
}

TEST(ReadFacts, names_every_missing_fact_by_its_path_and_never_its_value) {
  auto record = with("\"asOf\":\"2026-11-20\",", "");
  record.replace(record.find("2026-02-01"), 10, "2026-02-30");
  const auto facts = read(record);
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().code, ErrorCode::schema_violation);
  EXPECT_THAT(facts.error().issues,
              ElementsAre(Field(&Issue::where, "procedure.asOf"), Field(&Issue::where, "procedure.lodgedOn")));
  for (const auto& issue : facts.error().issues) EXPECT_EQ(issue.detail.find("2026-02-30"), std::string::npos);
}

TEST(ReadFacts, points_into_the_list_of_documents) {
  const auto facts = read(with("\"validUntil\":\"2026-06-01\"", "\"validUntil\":\"soon\""));
  ASSERT_FALSE(facts);
  EXPECT_THAT(facts.error().issues, ElementsAre(Field(&Issue::where, "procedure.documents[1].validUntil")));
}

TEST(ReadFacts, names_what_is_wrong_within_lists_and_literacy) {
  const auto first_fault = [](std::string_view what, std::string_view instead) {
    const auto facts = read(with(what, instead));
    return facts || facts.error().issues.size() != 1 ? std::string() : facts.error().issues[0].where;
  };
  EXPECT_EQ(first_fault(R"("type":"ANNEX_26",)", ""), "procedure.documents[0].type");
  EXPECT_EQ(first_fault(R"("type":"ANNEX_26")", R"("type":26)"), "procedure.documents[0].type");
  EXPECT_EQ(first_fault(R"("validUntil":"2026-06-01")", R"("validUntil":[])"), "procedure.documents[1].validUntil");
  EXPECT_EQ(first_fault(R"("labourMarket":"NO")", R"("labourMarket":false)"), "procedure.documents[1].labourMarket");
  EXPECT_EQ(first_fault(R"("code":"fra")", R"("code":{})"), "screening.languages[2].code");
  EXPECT_EQ(first_fault(R"("code":"eng")", R"("code":{})"), "");
  EXPECT_EQ(first_fault(R"("otherScriptName":"Arab")", R"("otherScriptName":1)"), "screening.literacy.otherScriptName");
}

TEST(EncodeFacts, comes_back_as_it_was_in_canonical_form) {
  for (const auto& facts : {*read(full_record), an_applicant(), a_refugee(), Facts{.as_of = day("2026-11-24")}}) {
    const auto text = encode(facts);
    EXPECT_TRUE(ledger::is_canonical(text)) << text;
    const auto back = decode_facts(text);
    ASSERT_TRUE(back) << text;
    EXPECT_EQ(encode(*back), text);
    EXPECT_EQ(back->documents.size(), facts.documents.size());
    EXPECT_EQ(back->is_minor(day("2026-11-24")), facts.is_minor(day("2026-11-24")));
    EXPECT_EQ(back->stay_until, facts.stay_until);
    EXPECT_EQ(back->languages, facts.languages);
  }
}

// What is sealed in the ledger says each fact: a decision could not be taken again without one.
TEST(EncodeFacts, says_every_fact_that_the_record_gives) {
  const auto text = encode(*read(full_record));
  EXPECT_EQ(text, R"({"ageAssessmentPending":true,"asOf":"2026-11-20","birth":"1990-00-00","centre":"POE",)"
                  R"("documents":[{"type":"ANNEX_26","validFrom":"2026-02-01"},)"
                  R"({"labourMarket":"NO","type":"AI_MODEL_A","validFrom":"2026-02-01","validUntil":"2026-06-01"}],)"
                  R"("handover":"44021","languages":["fra","lin"],)"
                  R"("literacy":{"latin":"NONE","other":"FULL","otherScript":"Arab"},"lodgedOn":"2026-02-01",)"
                  R"("municipality":"33040","profile":"APPLICANT","refusalNotifiedOn":"2026-05-05","region":"VLA",)"
                  R"("representative":{"kind":"VOOGD","validFrom":"2025-01-13","validUntil":"2026-06-30"},"ssin":true,)"
                  R"("status":"APPEAL_CALL","statusGrantedOn":"2026-11-01","stayEndReason":"MOVED",)"
                  R"("stayUntil":"2026-12-01","track":"SUBSEQUENT"})");
  EXPECT_TRUE(decode_facts(text));
}

TEST(EncodeFacts, carries_nothing_that_names_a_person) {
  const auto text = encode(*read(full_record));
  EXPECT_EQ(text.find("F1"), std::string::npos);
  EXPECT_EQ(text.find("90610112345"), std::string::npos);
  EXPECT_EQ(text.find("A1"), std::string::npos);
}

TEST(DecodeFacts, refuses_what_encode_does_not_write) {
  auto text = encode(an_applicant());
  EXPECT_FALSE(decode_facts("{}"));
  EXPECT_FALSE(decode_facts("not json"));
  EXPECT_FALSE(decode_facts(R"({"unknown":1})"));
  text.replace(text.find("2026-04-14"), 10, "2026-04-31");
  EXPECT_FALSE(decode_facts(text));
}

TEST(Facts, a_document_holds_on_its_first_and_last_day) {
  const Document card{"AI_MODEL_A", day("2026-08-14"), day("2026-12-14"), "UNLIMITED"};
  EXPECT_FALSE(card.is_valid_on(day("2026-08-13")));
  EXPECT_TRUE(card.is_valid_on(day("2026-08-14")));
  EXPECT_TRUE(card.is_valid_on(day("2026-12-14")));
  EXPECT_FALSE(card.is_valid_on(day("2026-12-15")));
  EXPECT_TRUE((Document{"ANNEX_26", {}, {}, ""}).is_valid_on(day("1999-01-01")));
}

TEST(Facts, who_moved_stays_until_no_centre_has_said_so_for_a_week) {
  auto facts = an_applicant();
  facts.stay_end_reason = "MOVED";
  EXPECT_FALSE(facts.stay_ended(day("2036-11-24")));
  facts.stay_until = day("2026-11-24");
  EXPECT_FALSE(facts.stay_ended(day("2026-11-24")));
  EXPECT_FALSE(facts.stay_ended(day("2026-12-01")));
  EXPECT_TRUE(facts.stay_ended(day("2026-12-02")));
  EXPECT_EQ(facts.first_day_without_stay(), day("2026-12-02"));
}

TEST(Facts, the_stay_is_over_from_the_day_it_ends) {
  auto facts = an_applicant();
  EXPECT_FALSE(facts.stay_ended(day("2026-11-24")));
  facts.stay_until = day("2026-11-24");
  EXPECT_FALSE(facts.stay_ended(day("2026-11-23")));
  EXPECT_TRUE(facts.stay_ended(day("2026-11-24")));
  facts.stay_until.reset();
  facts.stay_end_reason = "DISAPPEARED";
  EXPECT_TRUE(facts.stay_ended(day("2026-11-24")));
}

struct Birth {
  const char* date;
  const char* on;
  bool minor;
};
class Minor : public ::testing::TestWithParam<Birth> {};

TEST_P(Minor, is_who_may_still_be_under_eighteen) {
  Facts facts;
  facts.birth = parse_incomplete_date(GetParam().date);
  EXPECT_EQ(facts.is_minor(day(GetParam().on)), GetParam().minor) << GetParam().date << " on " << GetParam().on;
}

INSTANTIATE_TEST_SUITE_P(
    BirthDates, Minor,
    ::testing::Values(Birth{"2008-11-24", "2026-11-23", true}, Birth{"2008-11-24", "2026-11-24", false},
                      Birth{"2008-02-29", "2026-02-28", true}, Birth{"2008-02-29", "2026-03-01", false},
                      Birth{"2008-11-00", "2026-11-29", true}, Birth{"2008-11-00", "2026-11-30", false},
                      Birth{"2008-00-00", "2026-12-30", true}, Birth{"2008-00-00", "2026-12-31", false},
                      Birth{"1950-00-00", "2026-11-24", false}));

TEST(Facts, who_is_being_assessed_or_has_no_birth_date_counts_as_a_minor) {
  auto facts = an_applicant();
  EXPECT_FALSE(facts.is_minor(day("2026-11-24")));
  facts.age_assessment_pending = true;
  EXPECT_TRUE(facts.is_minor(day("2026-11-24")));
  facts.age_assessment_pending = false;
  facts.birth.reset();
  EXPECT_TRUE(facts.is_minor(day("2026-11-24")));
}

}  // namespace
}  // namespace ketenpoort::policy::test
