// The access report as a page, as JSON and as linked data.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <pugixml.hpp>
#include <regex>

#include "gateway/formats/json.hpp"
#include "gateway/formats/xml.hpp"
#include "gateway/reporting/csv_line.hpp"
#include "gateway/reporting/report_language.hpp"
#include "gateway/reporting/subject_report.hpp"
#include "gateway/reporting/words.hpp"
#include "tests/support/linked_data.hpp"

namespace ketenpoort::reporting {
namespace {

using testing::HasSubstr;
using testing::Not;

const Timestamp noon = parse_rfc3339("2026-11-24T11:00:00Z").value();

// One of everything, with names that would be mischief in a page.
SubjectReport report_of_everything() {
  SubjectReport report;
  report.made = noon;
  report.with_values = true;
  ReportedTransfer transfer;
  transfer.id = new_uuid_v4();
  transfer.recipient = "vdab";
  transfer.purpose = "work-guidance";
  transfer.message = "vdab-profile";
  transfer.requested = noon;
  transfer.state = TransferState::delivered;
  transfer.decisions.push_back({noon, TransferState::held, {Reason::too_early}, std::chrono::year{2026} / 12 / 1});
  ReportedSending failed;
  failed.at = noon;
  failed.failed = true;
  failed.categories = {Category::wishes};
  transfer.sendings.push_back(failed);
  ReportedSending sending;
  sending.at = noon;
  sending.categories = {Category::identity_core, Category::languages};
  sending.left_out = {{Category::health_restrictions, "never-for-purpose"}};
  sending.basis = "GDPR art. 6(1)(e); <law>";
  sending.recipient_body = "0887010362";
  sending.agreement = Agreement{};
  sending.agreement->id = "sample";
  sending.agreement->parties = {{"0887010362", "dpo@example.be", "VDAB <b>", "recipient"}};
  sending.delivered = noon;
  transfer.sendings.push_back(sending);
  transfer.outcomes.push_back({noon, new_uuid_v4(), true, "INVITED", "REGISTRATION", {}, {}});
  transfer.outcomes.push_back({noon, new_uuid_v4(), false, {}, {}, {}, {Reason::category_not_covered}});
  report.transfers.push_back(transfer);
  report.notifications.push_back({7, noon, "vdab", "WITHDRAWAL", std::chrono::year{2026} / 12 / 24, {}, {}, {}});
  report.requests.push_back({new_uuid_v4(), noon, 15, std::chrono::year{2026} / 12 / 24, {}, {}});
  report.sources.push_back(
      {new_uuid_v4(), noon, "MATCH <IT>", "0860737913", "TST",
       R"({"messageId":"m","resident":{"name":{"family":"</td><script>alert(1)</script>","familyOriginalScript":"نام خانوادگی"}}})"});
  report.messages.push_back({transfer.id, "application/xml", "<Naam>\"'&</Naam>"});
  report.looks.push_back({noon, "audit.queried", "complaint"});
  report.events.push_back({noon, "subject.restricted", "unlawful"});
  return report;
}

class Reports : public testing::Test {
 protected:
  exchange::Terms terms_;
  std::vector<config::RetentionRule> retention_{{"record", std::chrono::days{180}, "stay-ended", "GDPR art. 5(1)(e)"}};
  ReportTerms report_terms_{terms_, retention_, "https://gateway.example/ketenpoort/v1"};
};

TEST_F(Reports, as_a_page_escape_everything_and_load_nothing) {
  for (const auto language : {Language::nl, Language::fr, Language::de, Language::en}) {
    const auto page = render_html(report_of_everything(), report_terms_, language).body;
    EXPECT_THAT(page, Not(HasSubstr("<script")));
    EXPECT_THAT(page, HasSubstr("&lt;/td&gt;&lt;script&gt;"));
    EXPECT_THAT(page, HasSubstr("VDAB &lt;b&gt;"));
    EXPECT_THAT(page, HasSubstr("&lt;Naam&gt;&quot;&#39;&amp;&lt;/Naam&gt;"));
    EXPECT_FALSE(std::regex_search(page, std::regex("\\s(src|href|action|on[a-z]+)=|url\\(|@import")));
    EXPECT_THAT(page, HasSubstr("<bdi dir=\"auto\">نام خانوادگی</bdi>"));
    EXPECT_THAT(page, HasSubstr("<html lang=\"" + std::string(to_text(language)) + "\""));
    EXPECT_THAT(page, HasSubstr(std::string(say(Reason::too_early, language))));
    EXPECT_THAT(page, HasSubstr("<h1>"));
  }
}

TEST_F(Reports, name_the_controller_and_whom_to_write_to) {
  auto report = report_of_everything();
  EXPECT_THAT(render_html(report, report_terms_, Language::nl).body, HasSubstr("KBO "));
  EXPECT_THAT(render_json(report, report_terms_, Language::nl), Not(HasSubstr("\"contact\":\"dpo@")));
  report.controller = Party{"0860737913", "dpo@fedasil.example", "Fedasil <b>", "controller"};
  EXPECT_THAT(render_html(report, report_terms_, Language::nl).body,
              testing::ContainsRegex(
                  "Fedasil &lt;b&gt;</bdi>, <bdi[^>]*>KBO [0-9]*</bdi>, <bdi[^>]*>dpo@fedasil.example</bdi>"));
  EXPECT_THAT(render_json(report, report_terms_, Language::nl),
              HasSubstr("\"name\":\"Fedasil <b>\",\"contact\":\"dpo@fedasil.example\"}"));
}

TEST_F(Reports, as_a_page_say_on_which_day_it_was_what_a_recipient_reported) {
  auto report = report_of_everything();
  report.transfers[0].outcomes[0].on = std::chrono::year{2026} / 11 / 10;
  const auto page = render_html(report, report_terms_, Language::en).body;
  EXPECT_TRUE(std::regex_search(page, std::regex("invited \\(registration, [^()]*10/11/2026[^()]*\\)")));
}

TEST_F(Reports, say_in_words_what_the_gateway_notes_of_look_ups) {
  auto report = report_of_everything();
  report.looks.clear();
  for (const auto* code : {"referral-status", "records-query", "consent-query"})
    report.looks.push_back({report.made, "audit.queried", code});
  for (const auto language : {Language::nl, Language::fr, Language::de, Language::en}) {
    const auto page = render_html(report, report_terms_, language).body;
    for (const auto& look : report.looks) EXPECT_THAT(page, Not(HasSubstr(look.purpose)));
  }
}

// Every element is closed by its own end, whatever stands in it.
TEST_F(Reports, as_a_page_are_well_formed) {
  auto page = render_html(report_of_everything(), report_terms_, Language::nl).body;
  page = page.substr(page.find("<html"));
  page = std::regex_replace(page, std::regex("<meta[^>]*>"), "");
  pugi::xml_document document;
  const auto parsed = formats::parse_xml(page, document);
  EXPECT_TRUE(parsed) << parsed.error().message;
}

TEST_F(Reports, as_a_page_name_the_hash_of_their_style) {
  const auto page = render_html(report_of_everything(), report_terms_, Language::en);
  const auto begin = page.body.find("<style>") + 7;
  const auto style = page.body.substr(begin, page.body.find("</style>") - begin);
  EXPECT_EQ(page.style_hash, "'sha256-" + to_base64(sha256(as_bytes(style))) + "'");
}

TEST_F(Reports, as_json_have_codes_and_words) {
  const auto document = formats::parse_json(render_json(report_of_everything(), report_terms_, Language::nl)).value();
  const auto root = document.root();
  const auto transfer = root.find("transfers").at(0);
  EXPECT_EQ(transfer.find("decisions").at(0).find("reasons").at(0).find("reason").as_string(), "too-early");
  EXPECT_EQ(transfer.find("decisions").at(0).find("heldUntil").as_string(), "2026-12-01");
  EXPECT_EQ(transfer.find("sent").at(0).find("arrived").as_string(), "NO");
  EXPECT_EQ(transfer.find("sent").at(1).find("leftOut").at(0).find("reasonText").as_string(),
            "mag nooit voor dit doel");
  EXPECT_EQ(transfer.find("outcomes").at(1).find("state").as_string(), "REJECTED");
  EXPECT_FALSE(transfer.find("outcomes").at(1).find("status"));
  EXPECT_EQ(root.find("recipients").size(), 1U);
  EXPECT_EQ(root.find("recipients").at(0).find("categories").size(), 2U) << "not what failed";
  EXPECT_EQ(root.find("values").find("records").at(0).find("data").find("messageId").as_string(), "m");
  EXPECT_EQ(root.find("state").as_string(), "ACTIVE");
}

TEST_F(Reports, for_supervision_have_no_values_in_any_form) {
  auto report = report_of_everything();
  report.with_values = false;
  report.messages.clear();
  for (const auto& text : {render_html(report, report_terms_, Language::en).body,
                           render_json(report, report_terms_, Language::en), render_jsonld(report, report_terms_)}) {
    EXPECT_THAT(text, Not(HasSubstr("خانوادگی")));
    EXPECT_THAT(text, Not(HasSubstr("alert")));
    EXPECT_THAT(text, Not(HasSubstr("Naam")));
  }
}

TEST_F(Reports, as_linked_data_name_what_has_a_name) {
  EXPECT_THAT(test::names_read_as_texts(render_jsonld(report_of_everything(), report_terms_)), testing::IsEmpty());
}

TEST_F(Reports, tell_what_a_recipient_has_and_what_it_was_told) {
  const auto report = report_of_everything();
  const auto json = formats::parse_json(recipients_as_json(report, report_terms_, "self", Language::nl)).value();
  const auto item = json.root().find("items").at(0);
  EXPECT_EQ(item.find("recipient").as_string(), "vdab");
  EXPECT_EQ(item.find("notifications").at(0).find("state").as_string(), "OPEN");
  EXPECT_THAT(recipients_as_csv(report), HasSubstr("vdab,0887010362,VDAB <b>,YES"));
}

TEST_F(Reports, count_a_message_that_may_have_arrived) {
  SubjectReport report;
  report.transfers.push_back({});
  auto& transfer = report.transfers.back();
  transfer.recipient = "vdab";
  transfer.sendings.push_back({});
  transfer.sendings.back().failed = true;
  EXPECT_TRUE(holdings_of(report).empty());
  EXPECT_EQ(transfer.last_arrived(), nullptr);
  transfer.sendings.back().may_have_arrived = true;
  ASSERT_EQ(holdings_of(report).size(), 1U);
  EXPECT_FALSE(holdings_of(report).front().certain);
}

TEST(RecordFields, belong_to_the_category_of_the_longest_path_that_fits) {
  EXPECT_EQ(category_of_field("resident.name.family"), Category::identity_core);
  EXPECT_EQ(category_of_field("resident.name.familyOriginalScript"), Category::original_script);
  EXPECT_EQ(category_of_field("resident.nameless"), std::nullopt);
  EXPECT_EQ(category_of_field("referrals.caseNote"), Category::case_note);
  EXPECT_EQ(category_of_field("procedure.documents.type"), Category::procedure_detail);
  EXPECT_EQ(category_of_field("procedure.status"), Category::status);
  EXPECT_EQ(category_of_field("messageId"), std::nullopt);
}

TEST(CsvLines, are_no_formulas_and_keep_quotes) {
  std::string out;
  append_csv_line(out, {"plain", "a,b", "say \"x\"", "=1+1", "-2", "two\nlines"});
  EXPECT_EQ(out, "plain,\"a,b\",\"say \"\"x\"\"\",\"'=1+1\",\"'-2\",\"two\nlines\"\r\n");
}

}  // namespace
}  // namespace ketenpoort::reporting
