#include "gateway/exchange/reading/check_record.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace ketenpoort::exchange {
namespace {

const Date today = parse_date("2026-11-24").value();

std::string mock_ssin(std::string_view nine) {
  return fmt::format("{}{:02}", nine, 97 - std::stoull(std::string(nine)) % 97);
}

struct Sample {
  std::string organisation = "0860737913";
  std::string ssin = mock_ssin("906514123");
  std::string birth = "1990-05-14";
  std::string family = "Voorbeeld";
  std::string lodged = "2026-01-10";
  std::string stay = R"("from":"2026-01-05")";
  std::string referrals = R"({"id":"R1","recipient":"vdab","purpose":"work-guidance"})";
  std::string more_of_source{};

  [[nodiscard]] std::string json() const {
    return fmt::format(
        R"({{"sentAt":"2026-11-24T09:00:00+01:00","source":{{"organisation":"{}"{}}},"resident":{{"identifiers":{{"ssin":"{}"}},"name":{{"family":"{}"}},)"
        R"("birth":{{"date":"{}"}},"stay":{{{}}}}},"procedure":{{"lodgedOn":"{}"}},"referrals":[{}]}})",
        organisation, more_of_source, ssin, family, birth, stay, lodged, referrals);
  }
  [[nodiscard]] RecordCheck check() const {
    const auto document = formats::parse_json(json());
    EXPECT_TRUE(document);
    return check_record(document->root(), true, today);
  }
  [[nodiscard]] std::string first_issue() const {
    const auto result = check();
    return result.issues.empty() ? std::string() : result.issues.front().where;
  }
  [[nodiscard]] std::string first_finding() const {
    const auto result = check();
    return result.findings.empty() ? std::string() : result.findings.front().code;
  }
};

TEST(CheckRecord, passes_a_good_record) {
  EXPECT_EQ(Sample{}.first_issue(), "");
  EXPECT_EQ(Sample{}.first_finding(), "");
}

TEST(CheckRecord, takes_no_occupation_and_no_skill_without_a_name) {
  const auto first_issue = [](std::string_view title, std::string_view label) {
    auto json = Sample{}.json();
    json.insert(
        json.size() - 1,
        fmt::format(
            R"(,"screening":{{"wishes":{{"occupations":[{{"title":"Kok"}},{{"title":"{}"}}]}},"skills":[{{"label":"{}"}}]}})",
            title, label));
    const auto issues = check_record(formats::parse_json(json)->root(), true, today).issues;
    return issues.empty() ? std::string() : issues.front().where;
  };
  EXPECT_EQ(first_issue(" Zorgkundige ", "Infuus"), "");
  for (const auto* blank : {" ", "\\n", "\u00a0 "}) {
    EXPECT_EQ(first_issue(blank, "Infuus"), "screening.wishes.occupations[1].title") << blank;
    EXPECT_EQ(first_issue("Zorgkundige", blank), "screening.skills[0].label") << blank;
  }
}

TEST(CheckRecord, takes_no_referral_whose_id_is_blank) {
  EXPECT_EQ((Sample{.referrals = R"({"id":" \u00a0","recipient":"vdab","purpose":"work-guidance"})"}).first_issue(),
            "referrals[0].id");
}

// JSON has it and every reader takes it for 0, but no code list has it: each message would be refused for good.
TEST(CheckRecord, takes_no_zero_with_a_sign) {
  EXPECT_EQ((Sample{.more_of_source = R"(,"a":0,"b":[1,-10])"}).first_issue(), "");
  EXPECT_EQ((Sample{.more_of_source = R"(,"a":-0)"}).first_issue(), "source.a");
  EXPECT_EQ((Sample{.more_of_source = R"(,"b":[1,-0])"}).first_issue(), "source.b[1]");
}

TEST(CheckRecord, names_the_place_of_each_impossible_value) {
  EXPECT_EQ((Sample{.organisation = "0860737914"}).first_issue(), "source.organisation");
  EXPECT_EQ((Sample{.ssin = "90651412300"}).first_issue(), "resident.identifiers.ssin");
  EXPECT_EQ((Sample{.birth = "1990-02-30"}).first_issue(), "resident.birth.date");
  EXPECT_EQ((Sample{.birth = "2027-01-01"}).first_issue(), "resident.birth.date");
  EXPECT_EQ((Sample{.lodged = "2026-02-30"}).first_issue(), "procedure.lodgedOn");
  EXPECT_EQ((Sample{.lodged = "0000-01-01"}).first_issue(), "procedure.lodgedOn");
  EXPECT_EQ((Sample{.stay = R"("from":"2026-05-05","until":"2026-05-04")"}).first_issue(), "resident.stay.until");
}

// A name of three parts and a number of a centre's own can look like one.
TEST(CheckRecord, takes_no_text_for_a_day_by_its_shape) {
  EXPECT_EQ((Sample{.family = "Diop-Ba-Sy"}).first_issue(), "");
  EXPECT_EQ((Sample{.referrals = R"({"id":"2026-47-03","recipient":"vdab","purpose":"work-guidance"})"}).first_issue(),
            "");
  EXPECT_EQ((Sample{.more_of_source = R"(,"centre":{"code":"POEL-VL-01"})"}).first_issue(), "");
  EXPECT_EQ((Sample{.stay = R"("from":"2026-02-30")"}).first_issue(), "resident.stay.from");
}

// A partner would refuse the message, or none could be made: whoever sent the record would learn it too late.
TEST(CheckRecord, refuses_an_appointment_that_cannot_be) {
  const auto issue_of = [](std::string_view appointment) {
    return (Sample{.referrals = fmt::format(R"({{"id":"R1","recipient":"vdab","appointment":{{{}}}}})", appointment)})
        .first_issue();
  };
  EXPECT_EQ(issue_of(R"("start":"2026-12-03T09:00:00+01:00","end":"2026-12-03T08:30:00Z")"), "");
  EXPECT_EQ(issue_of(R"("start":"2026-12-03T09:00+01:00","end":"2026-12-03T10:00+01:00")"), "");  // without seconds
  EXPECT_EQ(issue_of(R"("start":"2026-12-03T09:00:00+01:00")"), "");
  EXPECT_EQ(issue_of(R"("end":"2026-12-03T09:00:00+01:00")"), "");
  EXPECT_EQ(issue_of(R"("start":"2026-12-03T09:00:00+01:00","end":"2026-12-03T08:59:00+01:00")"),
            "referrals[0].appointment.end");
  EXPECT_EQ(issue_of(R"("start":"2026-12-03T09:00:00+01:00","end":"2026-12-03T08:00:00Z")"),
            "referrals[0].appointment.end");  // the same moment
  EXPECT_EQ(issue_of(R"("start":"2026-12-03T09:00:00+01:00","end":"9999-12-31T00:00:00Z")"),
            "referrals[0].appointment.end");
  EXPECT_EQ(issue_of(R"("start":"0001-01-01T00:00:00Z")"), "referrals[0].appointment.start");
  EXPECT_EQ(issue_of(R"("start":"2027-02-30T09:00:00+01:00")"), "referrals[0].appointment.start");
  EXPECT_EQ(issue_of(R"("start":"2026-12-03T09:00:00+01:00","end":"2027-02-30T09:00+01:00")"),
            "referrals[0].appointment.end");
}

// In that night an hour comes twice, and who is told the clock's time alone reads an end before the start.
TEST(CheckRecord, refuses_an_appointment_that_has_no_length_as_partners_get_it) {
  const auto issue_of = [](std::string_view start, std::string_view end) {
    return (Sample{.referrals = fmt::format(
                       R"({{"id":"R1","recipient":"vdab","appointment":{{"start":"{}","end":"{}"}}}})", start, end)})
        .first_issue();
  };
  EXPECT_EQ(issue_of("2026-10-25T02:30:00+02:00", "2026-10-25T02:15:00+01:00"), "referrals[0].appointment.end");
  EXPECT_EQ(issue_of("2026-10-25T02:30:00+02:00", "2026-10-25T02:45:00+01:00"), "");
  EXPECT_EQ(issue_of("2027-03-28T01:30:00+01:00", "2027-03-28T03:15:00+02:00"), "");
  EXPECT_EQ(issue_of("2026-12-03T09:00:00.1Z", "2026-12-03T09:00:00.9Z"), "referrals[0].appointment.end");
  EXPECT_EQ(issue_of("2026-12-03T09:00:00.9Z", "2026-12-03T09:00:01.1Z"), "");
}

TEST(CheckRecord, refuses_a_telephone_number_that_no_message_can_carry) {
  const auto with_phone = [](std::string_view number) {
    return Sample{.birth = fmt::format(R"(1990-05-14"}},"contact":{{"phone":"{})", number)}.first_issue();
  };
  EXPECT_EQ(with_phone("+320470123456"), "resident.contact.phone");
  EXPECT_EQ(with_phone("+32470123456"), "");
  EXPECT_EQ(with_phone("+390612345678"), "");
  const auto with_team = [](std::string_view number) {
    return (Sample{.referrals = fmt::format(R"({{"id":"R1"}}],"team":{{"phone":"{}"}},"handover":[{{}})", number)})
        .first_issue();
  };
  EXPECT_EQ(with_team("+3202123456"), "team.phone");
  EXPECT_EQ(with_team("+322123456"), "");
}

// As messages carry it: an accent that was typed behind its letter is none of its characters, nor is a blank around it.
TEST(CheckRecord, counts_a_name_as_agii_gets_it) {
  const auto finding_of = [](std::size_t letters, std::string_view letter, std::string_view around = "") {
    std::string family(around);
    for (std::size_t i = 0; i < letters; ++i) family += letter;
    return Sample{.family = family + std::string(around)}.first_finding();
  };
  EXPECT_EQ(finding_of(48, "e\u0301"), "");
  EXPECT_EQ(finding_of(49, "e\u0301"), "name-will-be-cut");
  EXPECT_EQ(finding_of(48, "W", "  "), "");
  EXPECT_EQ(finding_of(49, "W"), "name-will-be-cut");
}

TEST(CheckRecord, refuses_a_name_of_white_space_and_a_birth_that_nobody_alive_had) {
  EXPECT_EQ((Sample{.family = " \u00A0"}).first_issue(), "resident.name.family");
  EXPECT_EQ((Sample{.family = " A"}).first_issue(), "");
  EXPECT_EQ((Sample{.birth = "0001-01-01"}).first_issue(), "resident.birth.date");
  EXPECT_EQ((Sample{.birth = "1899-12-31"}).first_issue(), "resident.birth.date");
  EXPECT_EQ((Sample{.birth = "1900-01-01"}).first_issue(), "");
}

// No XML and no CSV has a place for them: such a person's referrals would be held for ever.
TEST(CheckRecord, refuses_characters_that_no_message_can_carry) {
  for (const auto* text : {R"(A\u0001B)", R"(A\u000BB)", R"(A\u001FB)",
                           "A\x7F"
                           "B",
                           R"(A\bB)", "A\xEF\xBF\xBE!", R"(A\uFFFEB)", R"(A\uFFFFB)"})
    EXPECT_EQ((Sample{.family = text}).first_issue(), "resident.name.family") << text;
  for (const auto* text : {R"(A\tB)", R"(A\r\nB)", R"(A\u0085B)", R"(A\uFFFDB)", "Ḥanān", "👩🏽"})
    EXPECT_EQ((Sample{.family = text}).first_issue(), "") << text;
  EXPECT_EQ((Sample{.family = R"(A","given":["B","C\u0002)" + std::string(R"("],"script":"Arab)")}).first_issue(),
            "resident.name.given[1]");
  EXPECT_EQ((Sample{.birth = R"(1990-05-14","place":"\u0007)"}).first_issue(), "resident.birth.place");
}

// The record's schema lets seconds be left out.
TEST(CheckRecord, takes_a_moment_without_seconds) {
  const auto issue_of = [](std::string_view sent_at) {
    auto json = Sample{}.json();
    constexpr std::string_view usual = "2026-11-24T09:00:00+01:00";
    json.replace(json.find(usual), usual.size(), sent_at);
    const auto document = formats::parse_json(json);
    const auto result = check_record(document->root(), true, today);
    return result.issues.empty() ? std::string() : result.issues.front().where;
  };
  EXPECT_EQ(issue_of("2026-11-24T09:00+01:00"), "");
  EXPECT_EQ(issue_of("2026-11-31T09:00+01:00"), "sentAt");
}

// What goes into the log as it is can never be taken out of it.
TEST(CheckRecord, refuses_a_persons_number_where_codes_stand) {
  EXPECT_EQ((Sample{.more_of_source = R"(,"system":"MATCH-IT 2","centre":{"code":"0860737913"})"}).first_issue(), "");
  const auto ssin = mock_ssin("906514123");
  EXPECT_EQ((Sample{.more_of_source = R"(,"system":"MATCH-IT )" + ssin + '"'}).first_issue(), "source.system");
  EXPECT_EQ((Sample{.more_of_source = R"(,"centre":{"code":")" + ssin + R"("})"}).first_issue(), "source.centre.code");
  const auto issue_of = [](const std::string& recipient, const std::string& purpose) {
    return (Sample{.referrals = fmt::format(R"({{"id":"R1","recipient":"{}","purpose":"{}"}})", recipient, purpose)})
        .first_issue();
  };
  EXPECT_EQ(issue_of("f-" + ssin, "work-guidance"), "referrals[0].recipient");
  EXPECT_EQ(issue_of("vdab", "p" + ssin), "referrals[0].purpose");
}

TEST(CheckRecord, never_repeats_a_number) {
  for (const auto& issue : (Sample{.ssin = "90651412300"}).check().issues)
    EXPECT_EQ(issue.detail.find("90651412300"), std::string::npos);
}

TEST(CheckRecord, refuses_a_second_referral_for_the_same_recipient_and_purpose) {
  Sample twice;
  twice.referrals += R"(,{"id":"R2","recipient":"vdab","purpose":"work-guidance"})";
  EXPECT_EQ(twice.first_issue(), "referrals[1]");
  Sample same_id;
  same_id.referrals += R"(,{"id":"R1","recipient":"agii","purpose":"language-course"})";
  EXPECT_EQ(same_id.first_issue(), "referrals[1].id");
}

TEST(CheckRecord, remarks_on_oddities_without_refusing) {
  EXPECT_EQ((Sample{.birth = "1990-06-14"}).first_finding(), "birth-date-unlike-ssin");
  EXPECT_EQ((Sample{.birth = "1990-00-00"}).first_finding(), "");  // incomplete is not different
  EXPECT_EQ((Sample{.family = std::string(49, 'x')}).first_finding(), "name-will-be-cut");
  EXPECT_EQ((Sample{.birth = "1990-06-14"}).first_issue(), "");
}

TEST(CheckRecord, remarks_on_facts_that_were_checked_on_a_day_to_come) {
  const auto finding_of = [](std::string_view as_of) {
    return (Sample{.lodged = fmt::format(R"(2026-01-10","asOf":"{})", as_of)}).first_finding();
  };
  EXPECT_EQ(finding_of("2026-11-25"), "checked-in-future");
  EXPECT_EQ(finding_of("2026-11-24"), "");
  EXPECT_EQ(finding_of("2026-11-01"), "");
}

// The name in its own letters has a place that never leaves; in the place of the Latin one it would.
TEST(CheckRecord, remarks_on_a_name_that_is_not_in_latin_letters) {
  EXPECT_EQ((Sample{.family = "حداد"}).first_finding(), "name-not-latin");
  EXPECT_EQ((Sample{.family = R"(Haddad","given":["Rania","رانيا"],"script":"Arab)"}).first_finding(),
            "name-not-latin");
  EXPECT_EQ((Sample{.family = "al-Qāsim Məmmədov"}).first_finding(), "");
  EXPECT_EQ((Sample{.family = "حداد"}).first_issue(), "");
  for (const auto& finding : (Sample{.family = "حداد"}).check().findings)
    EXPECT_EQ(finding.detail.find("حداد"), std::string::npos);
}

}  // namespace
}  // namespace ketenpoort::exchange
