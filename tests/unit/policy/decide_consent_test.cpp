// Who was informed, how long a yes holds, whose word it is, and which legal person the recipient is at a place.
#include <gmock/gmock.h>

#include <random>

#include "gateway/policy/decide.hpp"
#include "gateway/policy/premises.hpp"
#include "tests/support/log_story.hpp"
#include "tests/unit/policy/builders.hpp"

namespace ketenpoort::policy::test {
namespace {

using ledger::test::numbered_id;
using ledger::test::Story;
using Reasons = std::vector<Reason>;
using testing::ElementsAre;
using testing::IsEmpty;

// A refugee whose consent to VDAB is what a test makes of it; everything else is in order on 24 November 2026.
struct ConsentCase {
  ConsentCase() {
    facts = a_refugee();
    facts.centre = "C01";
    purpose.minors_allowed = true;
    consent = story.statement_body<ledger::ConsentGiven>(numbered_id(300));
    consent.expressed.on = day("2026-11-24");
    consent.valid_until = day("2027-11-24");
  }

  [[nodiscard]] Decision decide_on(std::string_view on) const {
    Story told = story;
    told.open();
    told.log.edit<ledger::PurposeRegistered>(told.purpose, [&](auto& b) { b.purpose = purpose; });
    told.log.edit<ledger::AgreementRegistered>(told.agreement, [&](auto& b) { b.agreement = agreement; });
    for (const auto& one : more_agreements) told.log.add(ledger::AgreementRegistered{one, {}});
    told.log.add(consent, {}, told.subject);
    ledger::History history;
    const auto replayed = told.log.replay(history);
    EXPECT_TRUE(replayed) << replayed.error().message;
    Facts fresh = facts;
    fresh.as_of = day(on);
    const Question question{
        .subject = told.subject, .recipient = "vdab", .purpose = "work-guidance", .facts = &fresh, .on = day(on)};
    return decide(history, question);
  }
  [[nodiscard]] Reasons reasons(std::string_view on = "2026-11-24") const { return decide_on(on).reasons; }

  void read_in(std::string language) {
    consent.explained = {"READ", "NONE", {}};
    consent.notice.language = std::move(language);
  }

  Story story;
  Facts facts;
  Purpose purpose = Story::purpose_value();
  Agreement agreement = Story::agreement_value();
  std::vector<Agreement> more_agreements;
  ledger::ConsentGiven consent;
};

// ---- informed ----

struct Reading {
  const char* language;
  Literacy literacy;
  bool informed;
};
class ReadNotice : public ::testing::TestWithParam<Reading> {};

TEST_P(ReadNotice, informs_unless_it_is_said_that_they_cannot_read_its_script) {
  ConsentCase c;
  c.read_in(GetParam().language);
  c.facts.literacy = GetParam().literacy;
  const auto decision = c.decide_on("2026-11-24");
  EXPECT_EQ(decision.reasons, GetParam().informed ? Reasons{} : Reasons{Reason::not_informed});
  EXPECT_EQ(decision.outcome, GetParam().informed ? Decision::Outcome::permit : Decision::Outcome::hold);
}

INSTANTIATE_TEST_SUITE_P(
    Scripts, ReadNotice,
    ::testing::Values(Reading{"ara", {"NONE", "GOOD", "Arab"}, true}, Reading{"ara", {"GOOD", "NONE", "Arab"}, false},
                      Reading{"ara", {"GOOD", "", ""}, true}, Reading{"ara", {"GOOD", "GOOD", "Cyrl"}, false},
                      Reading{"ara", {"GOOD", "", "Cyrl"}, false}, Reading{"ara", {"GOOD", "GOOD", ""}, true},
                      Reading{"ara", {"NONE", "NONE", ""}, false}, Reading{"ara", {"NONE", "", ""}, true},
                      Reading{"prs", {"", "BASIC", "arab"}, true}, Reading{"tir", {"GOOD", "GOOD", "Ethi"}, true},
                      Reading{"tir", {"GOOD", "GOOD", "Arab"}, false}, Reading{"nld", {"GOOD", "", ""}, true},
                      Reading{"nld", {"BASIC", "", ""}, true}, Reading{"nld", {"NONE", "GOOD", "Arab"}, false},
                      Reading{"nld", {"", "GOOD", "Arab"}, true},
                      Reading{"som", {"NONE", "", ""}, false},  // Latin letters since 1972
                      Reading{"srp", {"NONE", "GOOD", "Cyrl"}, true}, Reading{"srp", {"NONE", "", ""}, true},
                      Reading{"srp", {"NONE", "NONE", "Cyrl"}, false}, Reading{"srp", {"GOOD", "", ""}, true}));

TEST(DecideConsent, whom_nobody_has_screened_has_read_what_was_recorded_as_read) {
  ConsentCase c;
  for (const auto* language : {"nld", "ara"}) {
    c.read_in(language);
    c.facts.literacy.reset();
    EXPECT_THAT(c.reasons(), IsEmpty()) << language;
  }
}

TEST(DecideConsent, what_was_heard_shown_or_tapped_asks_nobody_to_read) {
  ConsentCase c;
  c.facts.literacy = Literacy{"NONE", "NONE", "Arab"};
  for (const auto* how : {"HEARD", "PICTOGRAM", "APP"}) {
    c.consent.explained = {how, {}, {}};
    EXPECT_THAT(c.reasons(), IsEmpty()) << how;
  }
}

TEST(DecideConsent, a_representative_reads_for_who_has_one) {
  ConsentCase c;
  c.read_in("nld");
  c.facts.literacy = Literacy{"NONE", "", ""};
  c.facts.birth = IncompleteDate{2010, 1, 1};
  c.facts.representative = Representative{"VOOGD", {}, {}};
  c.consent.representative = Digest{};
  EXPECT_THAT(c.reasons(), IsEmpty());
}

TEST(DecideConsent, a_refusal_stands_however_it_was_explained) {
  ConsentCase c;
  c.read_in("nld");
  Story told;
  told.open();
  ledger::ConsentRefused refused;
  static_cast<ledger::ConsentStatement&>(refused) = c.consent;
  refused.valid_until.reset();
  told.log.add(refused, {}, told.subject);
  ledger::History history;
  ASSERT_TRUE(told.log.replay(history));
  const Question question{.subject = told.subject,
                          .recipient = "vdab",
                          .purpose = "work-guidance",
                          .facts = &c.facts,
                          .on = day("2026-11-24")};
  EXPECT_THAT(decide(history, question).reasons, ElementsAre(Reason::consent_refused));
}

// Whatever the languages and the screening: informed exactly when not every script of the language is ruled out, and
// the sealed premises say the same as the facts they came from.
TEST(DecideConsent, premises_seal_what_a_decision_on_reading_needs) {
  std::mt19937 random(20261124);
  const auto pick = [&](const std::vector<std::string>& from) { return from[random() % from.size()]; };
  for (int round = 0; round < 300; ++round) {
    ConsentCase c;
    c.read_in(pick({"ara", "nld", "tir", "ukr", "srp", "kat", "lin", "zho"}));
    const auto level = [&] { return pick({"", "NONE", "BASIC", "GOOD"}); };
    c.facts.literacy = Literacy{level(), level(), pick({"", "Arab", "Ethi", "Cyrl", "Hans", "Latn"})};
    Premises premises;
    premises.facts = c.facts;
    const auto opened = decode_premises(encode(premises));
    ASSERT_TRUE(opened) << encode(premises);
    EXPECT_EQ(opened->facts.literacy, c.facts.literacy);
    const bool informed = !rules_out_language(*c.facts.literacy, c.consent.notice.language);
    const auto said = c.reasons();
    c.facts = opened->facts;
    EXPECT_EQ(said, c.reasons());
    EXPECT_EQ(said.empty(), informed);
  }
}

// ---- how long ----

TEST(DecideConsent, holds_twelve_months_from_the_day_it_was_expressed) {
  ConsentCase c;  // recorded on 24 November 2026, whatever day it was said
  c.facts.documents.clear();
  c.consent.expressed.on = day("2026-05-31");
  EXPECT_THAT(c.reasons("2027-05-31"), IsEmpty());
  EXPECT_THAT(c.reasons("2027-06-01"), ElementsAre(Reason::consent_expired));
  c.consent.expressed.on = day("2024-02-29");
  c.consent.valid_until = day("2026-11-30");
  EXPECT_THAT(c.reasons("2026-11-24"), ElementsAre(Reason::consent_expired));
}

TEST(DecideConsent, ends_earlier_where_it_says_so) {
  ConsentCase c;
  c.consent.valid_until = day("2026-12-31");
  EXPECT_THAT(c.reasons("2026-12-31"), IsEmpty());
  EXPECT_THAT(c.reasons("2027-01-01"), ElementsAre(Reason::consent_expired));
}

// A conversation on a newer notice that leaves this purpose alone leaves its cell as it stood: old notice, old end.
TEST(DecideConsent, a_newer_notice_stretches_no_older_consent) {
  ConsentCase c;
  c.agreement.valid_until.reset();
  c.consent.expressed.on = day("2026-06-01");
  Story told;
  told.open();
  told.log.add(c.consent, {}, told.subject);
  auto other = c.consent;
  other.consent = numbered_id(301);
  other.purpose = "language-course";
  other.recipient = "agii";
  other.notice.version = "2.0";
  other.expressed.on = day("2026-11-24");
  told.log.add(other, {}, told.subject);
  ledger::History history;
  ASSERT_TRUE(told.log.replay(history));
  const auto cell = history.cell(told.subject, "work-guidance", "vdab");
  ASSERT_TRUE(cell);
  EXPECT_EQ(cell->valid_until, day("2027-06-01"));
  EXPECT_EQ(cell->categories, c.consent.categories);
}

// ---- whose word ----

TEST(DecideConsent, a_guardians_word_ends_on_the_eighteenth_birthday) {
  ConsentCase c;
  c.facts.birth = IncompleteDate{2009, 1, 15};
  c.facts.representative = Representative{"VOOGD", {}, {}};
  c.consent.representative = Digest{};
  EXPECT_THAT(c.reasons("2027-01-14"), IsEmpty());
  EXPECT_THAT(c.reasons("2027-01-15"), ElementsAre(Reason::representative_lapsed));
  c.facts.birth = IncompleteDate{2009, 1, 0};  // some day of January: the last one counts
  EXPECT_THAT(c.reasons("2027-01-30"), IsEmpty());
  EXPECT_THAT(c.reasons("2027-01-31"), ElementsAre(Reason::representative_lapsed));
  c.facts.birth = IncompleteDate{2008, 2, 29};
  EXPECT_THAT(c.reasons("2026-11-24"), ElementsAre(Reason::representative_lapsed));
}

TEST(DecideConsent, what_a_minor_said_alone_does_not_count_until_the_birthday) {
  ConsentCase c;
  c.facts.birth = IncompleteDate{2009, 1, 15};
  c.facts.representative = Representative{"VOOGD", {}, {}};
  EXPECT_THAT(c.reasons("2027-01-14"), ElementsAre(Reason::representative_missing));
  EXPECT_THAT(c.reasons("2027-01-15"), IsEmpty());
}

// ---- the legal person ----

struct AtPlace {
  const char* municipality;
  const char* region;
  Reasons reasons;
  const char* body;
};
class Bodies : public ::testing::TestWithParam<AtPlace> {};

TEST_P(Bodies, are_told_by_the_place_and_named_by_an_agreement) {
  ConsentCase c;
  c.purpose.bodies = {{"0887010362", {"VLA"}, {}}, {"0421722346", {}, {"11002"}}, {"0241347282", {"BRU"}, {}}};
  c.agreement.regions.clear();
  auto antwerp = c.agreement;
  antwerp.id = "antwerp";
  antwerp.recipient_body = "0421722346";
  antwerp.parties.push_back({"0421722346", "dpo@antwerp.example", "Antwerp", "controller"});
  c.more_agreements = {antwerp};
  c.facts.centre_municipality = GetParam().municipality;
  c.facts.region = GetParam().region;
  const auto decision = c.decide_on("2026-11-24");
  EXPECT_EQ(decision.reasons, GetParam().reasons);
  if (GetParam().reasons.empty()) EXPECT_EQ(decision.recipient_body, GetParam().body);
  if (!GetParam().reasons.empty()) EXPECT_EQ(decision.outcome, Decision::Outcome::refuse);
}

INSTANTIATE_TEST_SUITE_P(
    Places, Bodies,
    ::testing::Values(AtPlace{"33040", "VLA", {}, "0887010362"}, AtPlace{"33040", "", {}, "0887010362"},
                      AtPlace{"11002", "VLA", {}, "0421722346"},
                      AtPlace{"21004", "BRU", {Reason::recipient_not_covered}, ""},  // a body no agreement names
                      AtPlace{"62063", "WAL", {Reason::wrong_region}, ""},           // nobody is configured there
                      AtPlace{"", "", {Reason::wrong_region}, ""}));

struct SpokenWith {
  std::vector<std::string> languages;
  const char* municipality;
  Reasons reasons;
  const char* body;
};
class BodiesByLanguage : public ::testing::TestWithParam<SpokenWith> {};

constexpr const char* dutch_body = "0887010362";
constexpr const char* french_body = "0241347282";
constexpr const char* german_body = "0421722346";

// Two in Brussels by language; in the south one for all, and one in Eupen for who speaks German.
TEST_P(BodiesByLanguage, are_told_by_the_language_the_resident_is_spoken_with_in) {
  ConsentCase c;
  c.purpose.bodies = {{dutch_body, {"VLA"}, {}},
                      {dutch_body, {"BRU"}, {}, {"nld"}},
                      {french_body, {"BRU"}, {}, {"fra", "eng"}},
                      {french_body, {"WAL"}, {}},
                      {german_body, {}, {"63023"}, {"deu"}}};
  c.agreement.regions.clear();
  for (const auto* body : {french_body, german_body}) {
    auto other = c.agreement;
    other.id = other.recipient_body = body;
    other.parties.push_back({body, "dpo@other.example", "Other", "controller"});
    c.more_agreements.push_back(other);
  }
  c.facts.centre_municipality = GetParam().municipality;
  c.facts.region.clear();
  c.facts.languages = GetParam().languages;
  const auto decision = c.decide_on("2026-11-24");
  EXPECT_EQ(decision.reasons, GetParam().reasons);
  if (GetParam().reasons.empty()) EXPECT_EQ(decision.recipient_body, GetParam().body);
}

INSTANTIATE_TEST_SUITE_P(
    Languages, BodiesByLanguage,
    ::testing::Values(SpokenWith{{"nld"}, "21004", {}, dutch_body}, SpokenWith{{"fra"}, "21004", {}, french_body},
                      SpokenWith{{"fra", "nld"}, "21004", {}, french_body},  // the preferred one
                      SpokenWith{{"nld", "fra"}, "21004", {}, dutch_body},
                      SpokenWith{{"ara", "eng"}, "21004", {}, french_body},      // the first that anybody names
                      SpokenWith{{"ara"}, "21004", {Reason::wrong_region}, ""},  // nobody is configured for that
                      SpokenWith{{}, "21004", {Reason::wrong_region}, ""}, SpokenWith{{"fra"}, "33040", {}, dutch_body},
                      SpokenWith{{"deu"}, "63023", {}, german_body},
                      SpokenWith{{"fra"}, "63023", {}, french_body},  // the one of the region, for all
                      SpokenWith{{"deu"}, "92094", {}, french_body}));

TEST(DecideConsent, the_body_s_own_agreement_goes_first_even_where_it_lacks_something) {
  ConsentCase c;
  c.purpose.bodies = {{"0887010362", {"VLA"}, {}}, {"0421722346", {}, {"11002"}}};
  auto antwerp = c.agreement;
  antwerp.id = "antwerp";
  antwerp.recipient_body = "0421722346";
  antwerp.valid_until = day("2026-10-31");
  c.more_agreements = {antwerp};
  c.facts.centre_municipality = "11002";
  EXPECT_THAT(c.reasons(), ElementsAre(Reason::agreement_not_in_force));
  // Whichever was registered last.
  std::swap(c.agreement, c.more_agreements.front());
  EXPECT_THAT(c.reasons(), ElementsAre(Reason::agreement_not_in_force));
}

}  // namespace
}  // namespace ketenpoort::policy::test
