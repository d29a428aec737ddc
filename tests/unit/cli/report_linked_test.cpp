#include "gateway/cli/report_linked.hpp"

#include <gtest/gtest.h>

#include "tests/support/linked_data.hpp"

namespace ketenpoort::cli {
namespace {

using formats::JsonView;

formats::JsonDocument read(std::string_view json) {
  return formats::parse_json(json).value();
}

TEST(ReportLinked, tells_who_has_data_and_what_they_were_told) {
  const auto answer = read(R"({"self":"https://g/r","items":[{"recipient":"vdab","organisation":"0887010362",
    "name":"VDAB","lastAt":"2026-11-24T11:01:59.971Z","purposes":["work-guidance"],"categories":["languages"],
    "notifications":[{"at":"2026-11-25T10:00:00.000Z","cause":"WITHDRAWAL","reply":"STOPPED"}]}]})");
  const auto linked = read(recipients_as_jsonld(answer.root()));
  EXPECT_TRUE(linked.root().find("@context").find("dpv"));
  EXPECT_EQ(linked.root().find("@id").as_string(), "https://g/r");
  const auto part = linked.root().find("dct:hasPart").at(0);
  EXPECT_EQ(part.find("@id").as_string(), "urn:kbo:0887010362");
  EXPECT_EQ(part.find("dpv:hasPurpose").at(0).find("dct:identifier").as_string(), "work-guidance");
  EXPECT_EQ(part.find("dpv:hasPersonalData").at(0).find("dct:identifier").as_string(), "languages");
  EXPECT_EQ(part.find("dpv:hasNotice").at(0).find("dct:description").as_string(), "STOPPED");
}

TEST(ReportLinked, keeps_two_decisions_about_one_transfer_apart) {
  const auto answer = read(R"({"items":[
    {"ledger":7,"at":"2026-11-24T11:00:00.000Z","transfer":"01a20d38-3fa1-7c5d-a3fa-1e5ca4fa94de","ref":"0f",
     "recipient":"agii","state":"held","reasons":["too-early"],"heldUntil":"2026-12-01"},
    {"ledger":9,"at":"2026-11-24T12:00:00.000Z","transfer":"01a20d38-3fa1-7c5d-a3fa-1e5ca4fa94de","ref":"0f",
     "recipient":"agii","state":"refused","reasons":["consent-refused"]}],"total":2,"counts":{}})");
  const auto linked = read(refusals_as_jsonld(answer.root()));
  const auto parts = linked.root().find("dct:hasPart");
  ASSERT_EQ(parts.size(), 2U);
  for (const auto part : parts.elements()) {
    EXPECT_FALSE(part.find("@id")) << "one node would have both dates and both reasons";
    EXPECT_EQ(part.find("dct:source").find("@id").as_string(), "urn:uuid:01a20d38-3fa1-7c5d-a3fa-1e5ca4fa94de");
  }
  EXPECT_EQ(parts.at(0).find("dpv:hasActivityStatus").as_string(), "dpv:ActivityProposed");
  EXPECT_EQ(parts.at(0).find("dct:available").as_string(), "2026-12-01");
  EXPECT_EQ(parts.at(1).find("dct:description").at(0).as_string(), "consent-refused");
  EXPECT_TRUE(test::names_read_as_texts(refusals_as_jsonld(answer.root())).empty());
}

TEST(ReportLinked, gives_no_value_where_a_figure_is_suppressed) {
  const auto answer = read(R"({"self":"https://g/figures","items":[
    {"recipient":"vdab","outcome":"REFERRED","centre":"TST","month":"2026-11","count":12},
    {"recipient":"vdab","outcome":"REFUSED","month":"2026-11","total":true,"suppressed":true}]})");
  const auto linked = read(figures_as_jsonld(answer.root()));
  const auto parts = linked.root().find("dct:hasPart");
  EXPECT_EQ(parts.at(0).find("schema:value").as_int(), 12);
  EXPECT_EQ(parts.at(0).find("schema:location").as_string(), "TST");
  EXPECT_FALSE(parts.at(1).find("schema:value"));
}

}  // namespace
}  // namespace ketenpoort::cli
