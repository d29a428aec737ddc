#include "gateway/api/routes/breach_body.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace ketenpoort::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string digest(64, 'a');
const Date today = parse_date("2026-11-24").value();

// Properties as JSON; what is empty is left out.
using Properties = std::map<std::string, std::string>;

Properties whole() {
  return {{"awareAt", R"("2026-11-24T12:05:00+01:00")"},
          {"nature", R"(["integrity","confidentiality"])"},
          {"cause", R"("lost-device")"},
          {"categories", R"(["schooling","identity-core"])"},
          {"effects", R"(["identity-theft"])"},
          {"measures", R"(["keys-revoked","device-wiped"])"},
          {"records", "12"},
          {"subjects", "7"},
          {"risk", R"("high")"},
          {"from", R"("2026-11-20")"},
          {"until", R"("2026-11-24")"},
          {"authorityTold", R"("2026-11-24T13:00:00+01:00")"},
          {"subjectsTold", R"("2026-11-24")"},
          {"documentSha256", '"' + digest + '"'}};
}

Result<ledger::BreachRecorded> read(const Properties& properties) {
  std::string json = "{";
  for (const auto& [name, value] : properties)
    if (!value.empty()) json.append(json.size() > 1 ? "," : "").append("\"" + name + "\":" + value);
  const auto document = formats::parse_json(json + '}').value();
  return read_breach(document.root(), today);
}

Result<ledger::BreachRecorded> read_with(const std::string& name, std::string value) {
  auto properties = whole();
  properties[name] = std::move(value);
  return read(properties);
}

TEST(ReadBreach, takes_all_that_the_log_keeps) {
  const auto breach = read(whole()).value();
  EXPECT_EQ(to_rfc3339(breach.aware_at), "2026-11-24T11:05:00.000Z");
  EXPECT_THAT(breach.nature, ElementsAre("integrity", "confidentiality"));
  EXPECT_EQ(breach.cause, "lost-device");
  EXPECT_THAT(breach.categories.names(), ElementsAre("identity-core", "schooling"));
  EXPECT_THAT(breach.effects, ElementsAre("identity-theft"));
  EXPECT_THAT(breach.measures, ElementsAre("keys-revoked", "device-wiped"));
  EXPECT_EQ(breach.records, 12U);
  EXPECT_EQ(breach.subjects, 7U);
  EXPECT_EQ(breach.risk, "high");
  EXPECT_EQ(breach.from, parse_date("2026-11-20"));
  EXPECT_EQ(breach.until, today);
  EXPECT_EQ(breach.authority_told, parse_rfc3339("2026-11-24T12:00:00Z"));
  EXPECT_EQ(breach.subjects_told, today);
  EXPECT_EQ(to_hex(breach.document), digest);
  EXPECT_TRUE(ledger::decode_body<ledger::BreachRecorded>(ledger::encode_body(breach)));
}

TEST(ReadBreach, takes_the_largest_there_can_be) {
  auto properties = whole();
  for (const auto* list : {"effects", "measures"}) {
    std::string codes;
    for (int i = 10; i < 60; ++i)
      codes += (codes.empty() ? "\"" : ",\"") + std::string(62, 'x') + std::to_string(i) + '"';
    properties[list] = '[' + codes + ']';
  }
  for (const auto* count : {"records", "subjects"}) properties[count] = "999999999";
  EXPECT_TRUE(read(properties));
  EXPECT_LT(ledger::encode_body(read(properties).value()).size(), 10'000U) << "an entry holds 65,535 bytes";
}

TEST(ReadBreach, needs_all_but_what_may_not_be_known_yet) {
  for (const auto& [name, value] : whole()) {
    const bool may_be_missing = name == "from" || name == "until" || name == "authorityTold" || name == "subjectsTold";
    const auto breach = read_with(name, {});
    ASSERT_EQ(breach.has_value(), may_be_missing) << name;
    if (may_be_missing) continue;
    ASSERT_EQ(breach.error().issues.size(), 1U) << name;
    EXPECT_EQ(breach.error().issues[0].where, name);
    EXPECT_THAT(breach.error().issues[0].detail, HasSubstr("is missing: "));
  }
}

TEST(ReadBreach, says_all_that_is_wrong_at_once) {
  const auto breach = read({});
  ASSERT_FALSE(breach);
  EXPECT_EQ(breach.error().code, ErrorCode::schema_violation);
  EXPECT_EQ(breach.error().issues.size(), 10U);
}

TEST(ReadBreach, refuses_what_is_of_another_form_and_says_where) {
  const std::vector<std::array<std::string, 3>> wrong = {
      {"awareAt", R"("2026-11-24")", "awareAt"},
      {"awareAt", R"("2026-11-24T12:05:00")", "awareAt"},
      {"awareAt", "true", "awareAt"},
      {"nature", R"("integrity")", "nature"},
      {"nature", R"(["integrity","theft"])", "nature[1]"},
      {"nature", R"(["integrity","integrity"])", "nature[1]"},
      {"nature", "[1]", "nature[0]"},
      {"cause", R"("Lost device")", "cause"},
      {"cause", R"("")", "cause"},
      {"cause", "7", "cause"},
      {"cause", '"' + std::string(65, 'x') + '"', "cause"},
      {"categories", R"(["schooling","money"])", "categories[1]"},
      {"categories", R"(["schooling","schooling"])", "categories[1]"},
      {"categories", "{}", "categories"},
      {"effects", R"(["identity theft"])", "effects[0]"},
      {"effects", R"(["loss","loss"])", "effects[1]"},
      {"measures", R"([["loss"]])", "measures[0]"},
      {"measures", "null", "measures"},
      {"records", "-1", "records"},
      {"records", "1.5", "records"},
      {"records", R"("12")", "records"},
      {"subjects", "1000000000", "subjects"},
      {"risk", R"("low")", "risk"},
      {"risk", "1", "risk"},
      {"from", R"("2026-02-30")", "from"},
      {"until", R"("24/11/2026")", "until"},
      {"authorityTold", R"("yesterday")", "authorityTold"},
      {"subjectsTold", R"("2026-11-24T12:00:00Z")", "subjectsTold"},
      {"documentSha256", '"' + digest.substr(1) + '"', "documentSha256"},
      {"documentSha256", '"' + digest.substr(1) + "g\"", "documentSha256"},
      {"documentSha256", "1", "documentSha256"},
  };
  for (const auto& [name, value, where] : wrong) {
    const auto breach = read_with(name, value);
    ASSERT_FALSE(breach) << name << value;
    EXPECT_EQ(breach.error().code, ErrorCode::schema_violation) << name << value;
    ASSERT_EQ(breach.error().issues.size(), 1U) << name << value;
    EXPECT_EQ(breach.error().issues[0].where, where) << value;
  }
}

TEST(ReadBreach, refuses_a_list_that_no_entry_could_hold) {
  std::string codes;
  for (int i = 0; i < 51; ++i) codes += (codes.empty() ? "\"c" : ",\"c") + std::to_string(i) + '"';
  const auto breach = read_with("effects", '[' + codes + ']');
  ASSERT_FALSE(breach);
  EXPECT_EQ(breach.error().issues[0].where, "effects");
}

TEST(ReadBreach, refuses_what_it_does_not_know) {
  const auto breach = read_with("authority", R"("told")");
  ASSERT_FALSE(breach);
  EXPECT_EQ(breach.error().code, ErrorCode::unknown_input);
  EXPECT_EQ(breach.error().issues[0].where, "authority");
  EXPECT_THAT(breach.error().issues[0].detail, HasSubstr("authorityTold"));
}

TEST(ReadBreach, takes_no_national_number_for_a_code) {
  for (const auto& [name, value] :
       {std::pair("cause", R"("r-90651405131")"), std::pair("effects", R"(["r-90651405131"])")}) {
    const auto breach = read_with(name, value);
    ASSERT_FALSE(breach) << name;
    EXPECT_THAT(breach.error().issues[0].detail, HasSubstr("national number"));
  }
}

TEST(ReadBreach, wants_an_object) {
  const auto document = formats::parse_json("[]").value();
  EXPECT_EQ(read_breach(document.root(), today).error().issues[0].where, "$");
}

}  // namespace
}  // namespace ketenpoort::api
