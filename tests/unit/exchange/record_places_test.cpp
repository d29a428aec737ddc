#include "gateway/exchange/reading/record_places.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "gateway/exchange/intake/receive_record.hpp"
#include "gateway/exchange/reading/convert_record.hpp"
#include "gateway/formats/fixed_width.hpp"
#include "tests/unit/exchange/small_mappings.hpp"

namespace ketenpoort::exchange {
namespace {

// The shipped mappings, and what is said of a record that came in their syntaxes: one "place: detail" a line.
class RecordPlaces : public FormatsFixture {
 protected:
  void SetUp() override {
    FormatsFixture::SetUp();
    auto formats = load_formats("mappings", {});
    ASSERT_TRUE(formats);
    facilities_->formats.put(std::move(*formats));
    facilities_->terms.change([](Terms& terms) { terms.allow_mock_ssin = true; });
  }

  [[nodiscard]] std::string said_of(std::string_view format, const std::string& input) const {
    const auto record = convert_record(*facilities_, format, {}, input);
    if (!record) return in_lines(record.error().issues);
    const auto checked = check_incoming_record(*facilities_, record->json, record->places.get(), input);
    if (!checked) return in_lines(checked.error().issues);
    std::string out;
    for (const auto* findings : {&record->findings, &checked->findings})
      for (const auto& finding : *findings) out += finding.field + ": " + finding.code + "\n";
    return out;
  }

  static std::string in_lines(const std::vector<Issue>& issues) {
    std::string out;
    for (const auto& issue : issues) out += issue.where + ": " + issue.detail + "\n";
    return out;
  }

  static std::string csv(const std::string& columns, const std::string& cells) {
    return "BRON;DOSSIERNR;NAAM;OPVANG_SINDS;PROFIEL;STATUS;GECONTROLEERD_OP;" + columns +
           "\nDESK;F2000001;Haddad;01/05/2026;APPLICANT;LODGED;24/11/2026;" + cells + "\n";
  }
};

TEST_F(RecordPlaces, are_columns_of_csv) {
  EXPECT_EQ(said_of("csv", csv("GEBOORTEDATUM", "02/02/1990")), "");
  EXPECT_TRUE(said_of("csv", csv("GEBOORTEDATUM", "02/02/2090"))
                  .starts_with("line 2, GEBOORTEDATUM (resident.birth.date): a birth date lies in the past"))
      << said_of("csv", csv("GEBOORTEDATUM", "02/02/2090"));
  EXPECT_TRUE(said_of("csv", csv("NATIONALITEIT", "belg")).starts_with("line 2, NATIONALITEIT (resident.nationalities"))
      << said_of("csv", csv("NATIONALITEIT", "belg"));
  EXPECT_TRUE(
      said_of("csv", csv("OPVANG_TOT", "02/02/2026")).starts_with("line 2, OPVANG_TOT (resident.stay.until): "));
  EXPECT_TRUE(said_of("csv", csv("GEBOORTEDATUM", "31/02/1990")).starts_with("line 2, GEBOORTEDATUM: "));
  EXPECT_TRUE(said_of("csv", csv("GESLACHT", "Q")).starts_with("line 2, GESLACHT: "));
  EXPECT_TRUE(said_of("csv", csv("TELEFOON", "neen")).starts_with("line 2, TELEFOON: value-unusable"));
  EXPECT_TRUE(said_of("csv", csv("INSZ;GEBOORTEDATUM", "91720330679;02/02/1990"))
                  .starts_with("line 2, GEBOORTEDATUM (resident.birth.date): birth-date-unlike-ssin"));
}

TEST_F(RecordPlaces, of_what_is_missing_are_the_columns_it_would_come_from) {
  const auto said = said_of("csv", csv("KAART_ARBEID;CENTRUM_NIS;TAAL2_NIVEAU", "NO;;B1"));
  EXPECT_EQ(said, "") << "nothing is missing";
  const auto referral = said_of("csv", csv("VERWIJZING_NR;VERWIJZING_NAAR;VERWIJZING_REDEN", "R1;vdab;WORK_TALK"));
  EXPECT_TRUE(referral.starts_with("line 2, VERWIJZING_DOEL (referrals")) << referral;
}

TEST_F(RecordPlaces, never_show_a_value) {
  for (const auto* wrong : {"02/02/2090", "Zeldzaam", "31/02/1990"})
    for (const auto* column : {"GEBOORTEDATUM", "NATIONALITEIT", "CENTRUM_NIS", "CONTACTTAAL", "EMAIL", "OVNR", "INSZ"})
      EXPECT_EQ(said_of("csv", csv(column, wrong)).find(wrong), std::string::npos) << column;
}

std::string padded(std::string text, std::size_t size) {
  text.resize(size, ' ');
  return text;
}

std::string night(const std::string& born, const std::string& organisation = "0860737913") {
  const auto header = padded("00" + organisation + padded("MAINFRAME", 20) + "20261123", 320);
  auto detail = padded("20F3000001", 320);
  detail.replace(42, 6, "HADDAD").replace(138, 8, born).replace(153, 9, "APPLICANT").replace(173, 6, "LODGED");
  detail.replace(209, 8, "20260202");
  const auto trailer = fmt::format("99{:08}{:010}", 1, formats::fixed_width_checksum(detail));
  return header + "\n" + detail + "\n" + padded(trailer, 320) + "\n";
}

TEST_F(RecordPlaces, are_fields_and_positions_of_a_fixed_width_file) {
  EXPECT_EQ(said_of("fixed", night("19900101")), "");
  EXPECT_TRUE(said_of("fixed", night("20900101"))
                  .starts_with("line 2, GEBOORTEDATUM, positions 139-146 (resident.birth.date): "))
      << said_of("fixed", night("20900101"));
  EXPECT_TRUE(said_of("fixed", night("1990013X")).starts_with("line 2, GEBOORTEDATUM, positions 139-146: "));
  EXPECT_TRUE(said_of("fixed", night("19900101", "0860737914"))
                  .starts_with("line 1, ORGANISATIE, positions 3-12 (source.organisation): "))
      << said_of("fixed", night("19900101", "0860737914"));
}

std::string candidate(const std::string& person, const std::string& extension, const std::string& referrals = "") {
  return "<Candidate "
         "xmlns='https://ketenpoort.example/ns/candidate/1'>\n<DocumentID>D</DocumentID>\n<CandidatePerson>\n"
         "<PersonID>F4000001</PersonID>\n<PersonName><FamilyName>Haddad</FamilyName></PersonName>\n" +
         person + "</CandidatePerson>\n<ReceptionExtension>\n<SystemName>DESK</SystemName>\n" + extension +
         "<Procedure><AsOf>2026-11-23</AsOf><Profile>APPLICANT</Profile><Status>LODGED</Status></Procedure>\n" +
         referrals + "</ReceptionExtension>\n</Candidate>\n";
}
const std::string stay = "<StayFrom>2026-05-01</StayFrom>\n";

TEST_F(RecordPlaces, are_elements_and_lines_of_xml) {
  EXPECT_EQ(said_of("xml", candidate("", stay)), "");
  EXPECT_TRUE(said_of("xml", candidate("<BirthDate>2090-01-01</BirthDate>\n", stay))
                  .starts_with("line 6, CandidatePerson/BirthDate (resident.birth.date): "));
  EXPECT_TRUE(said_of("xml", candidate("<BirthDate>1990-02-31</BirthDate>\n", stay))
                  .starts_with("line 6, CandidatePerson/BirthDate: "));
  EXPECT_TRUE(
      said_of("xml",
              candidate("<NationalityCode>SYR</NationalityCode>\n<NationalityCode>Syr1</NationalityCode>\n", stay))
          .starts_with("line 7, CandidatePerson/NationalityCode[2] (resident.nationalities"))
      << said_of("xml",
                 candidate("<NationalityCode>SYR</NationalityCode>\n<NationalityCode>Syr1</NationalityCode>\n", stay));
  EXPECT_TRUE(said_of("xml", candidate("<GenderCode>Zeldzaam</GenderCode>\n", stay))
                  .starts_with("line 6, CandidatePerson/GenderCode: "));
  EXPECT_TRUE(said_of("xml", candidate("", stay + "<StayUntil>2026-01-01</StayUntil>\n"))
                  .starts_with("line 10, ReceptionExtension/StayUntil (resident.stay.until): "));
}

TEST_F(RecordPlaces, of_xml_count_as_xpath_does) {
  const auto referral = [](const std::string& id) {
    return "<Referral><ID>" + id +
           "</ID><Recipient>vdab</Recipient>\n<Purpose>work-guidance</Purpose><Reason>WORK_TALK"
           "</Reason></Referral>\n";
  };
  const auto said = said_of("xml", candidate("", stay, referral("R1") + referral("R1")));
  EXPECT_TRUE(said.starts_with("line 13, ReceptionExtension/Referral[2]/ID (referrals[1].id): ")) << said;
  const auto phone = [](const std::string& number) {
    return "<Communication><ChannelCode>Telephone</ChannelCode>\n<DialNumber>" + number +
           "</DialNumber></Communication>\n";
  };
  EXPECT_EQ(
      said_of("xml",
              candidate("<Communication><ChannelCode>Email</ChannelCode><URI>a@b.example</URI></Communication>\n" +
                            phone("neen"),
                        stay)),
      "line 8, CandidatePerson/Communication[2]/DialNumber: value-unusable\n");
}

}  // namespace
}  // namespace ketenpoort::exchange
