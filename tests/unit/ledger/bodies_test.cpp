#include "gateway/ledger/entry/bodies.hpp"

#include <gtest/gtest.h>

#include <set>

#include "gateway/ledger/entry/kinds.hpp"
#include "tests/support/body_samples.hpp"

namespace ketenpoort::ledger::test {
namespace {

// What is written is canonical, and reading and writing it again gives the same bytes.
template <class Body>
void expect_round_trip(const Body& body, std::string_view expected) {
  const auto json = encode_body(body);
  EXPECT_EQ(json, expected);
  EXPECT_TRUE(is_canonical(json));
  const auto again = decode_body<Body>(json);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(encode_body(*again), json);
}

const std::string zeros(64, '0');

TEST(Bodies, of_the_life_of_the_log) {
  expect_round_trip(LedgerOpened{"o", "s", "v"}, R"({"origin":"o","software":"s","vkey":"v"})");
  expect_round_trip(LedgerRecovered{12}, R"({"cutBytes":12})");
  expect_round_trip(ClockAnomaly{1500}, R"({"behindMs":1500})");
  expect_round_trip(ConfigActivated{"test", {}, {}},
                    R"({"environment":"test","longestHoldDays":365,"sha256":")" + zeros + R"("})");
  expect_round_trip(
      ConfigActivated{"test", {}, Anchoring{14'400, 1}},
      R"({"anchoring":{"maxAgeSeconds":14400,"quorum":1},"environment":"test","longestHoldDays":365,"sha256":")" +
          zeros + R"("})");
  expect_round_trip(KeyRotated{"Ed25519", "a", "b", "c", "d"},
                    R"({"algorithm":"Ed25519","newSignature":"a","newVkey":"b","oldSignature":"c","oldVkey":"d"})");
  expect_round_trip(Anchored{parse_rfc3339("2026-11-24T11:00:00Z").value(), "rfc3161", {}, 12, "MII", "tsa"},
                    R"({"genTime":"2026-11-24T11:00:00.000Z","method":"rfc3161","root":")" + zeros +
                        R"(","size":12,"token":"MII","tsa":"tsa"})");
  expect_round_trip(Cosigned{{}, {"line"}, 12}, R"({"root":")" + zeros + R"(","signatures":["line"],"size":12})");
}

TEST(Bodies, of_policy) {
  expect_round_trip(
      MappingActivated{"m", "1", {}, "vdab-profile", "vdab", {"work-guidance"}, {Category::skills, Category::contact}},
      R"({"categories":["contact","skills"],"hash":")" + zeros +
          R"(","mapping":"m","message":"vdab-profile","purposes":["work-guidance"],"recipient":"vdab","version":"1"})");
  auto purpose = Story::purpose_value();
  expect_round_trip(
      PurposeRegistered{purpose},
      R"_({"basisRecipient":"GDPR art. 6(1)(e)","basisSender":"GDPR art. 6(1)(e)","consentRequired":true,)_"
      R"("id":"work-guidance","minorsAllowed":false,"optional":["skills","wishes"],"recipient":"vdab",)"
      R"("required":["identity-core","contact","referral"],"rule":"labour-market-access","validFrom":"2025-01-01"})");
  purpose.rule.clear();
  purpose.valid_until = day(2026, 12, 31);
  const auto without_rule = encode_body(PurposeRegistered{purpose});
  EXPECT_EQ(without_rule.find("\"rule\""), std::string::npos);
  EXPECT_NE(without_rule.find(R"("validUntil":"2026-12-31")"), std::string::npos);
  purpose.bodies = {{"0887010362", {"VLA"}, {}}, {"0421722346", {}, {"11002"}}};
  EXPECT_NE(encode_body(PurposeRegistered{purpose})
                .find(R"("bodies":[{"body":"0887010362","regions":["VLA"]},{"body":"0421722346",)"
                      R"("municipalities":["11002"]}],)"),
            std::string::npos);
  expect_round_trip(PurposeRegistered{purpose}, encode_body(PurposeRegistered{purpose}));
  expect_round_trip(
      RuleRegistered{Story::rule_value(), "line \"one\"\nline two\n"},
      R"({"algorithm":"labour-market-access","documents":["AI_MODEL_A"],"excludedStatuses":[],"excludedTracks":[],)"
      R"("factsMaxAgeDays":7,"id":"labour-market-access","source":"a law","statuses":["REFUGEE"],"text":"line \"one\"\nline two\n","validFrom":"2025-01-01",)"
      R"("version":"1.0.0","waitingMonths":4})");
  auto agreement = Story::agreement_value();
  agreement.document = {};
  agreement.advices = {{"0123456749", "positive", day(2025, 11, 17), {}}};
  agreement.parties.pop_back();
  expect_round_trip(
      AgreementAmended{agreement, {{}, "dpo"}, 5},
      R"({"advices":[{"date":"2025-11-17","outcome":"positive","party":"0123456749","sha256":")" + zeros +
          R"("}],"amends":5,"basis":"a law","categories":["identity-core","contact","skills","wishes","referral"],)"
          R"("centres":["C01"],"channel":"HTTPS","controller":"0123456749","direction":"out","document":")" +
          zeros + R"(","file":{"sha256":")" + zeros +
          R"(","signer":"dpo"},"format":"JSON","id":"sample-vdab","measures":["only what consent covers"],)"
          R"("municipalities":[],"parties":[{"body":"0123456749","dpo":"dpo@sender.example","name":"Sender",)"
          R"("role":"controller"}],"periodicity":"per referral","publicationUrl":"https://example.org/protocol",)"
          R"("purposes":["work-guidance"],"recipient":"vdab","recipientBody":"0887010362","recipients":["counsellors"],)"
          R"("regions":["VLA"],"retention":"five years","rights":"at either party","sample":true,)"
          R"("sanctions":"suspension","type":"art20-protocol","validFrom":"2026-01-01","validUntil":"2027-12-31"})");
  expect_round_trip(AgreementEnded{5}, R"({"agreement":5})");
}

TEST(Bodies, of_consent) {
  const Story story;
  auto given = story.statement_body<ConsentGiven>(numbered_id(1));
  given.categories = {Category::contact};
  given.notice.sha256 = {};
  const std::string text =
      R"({"categories":["contact"],"consent":"00000000-0000-7000-8000-000000000001",)"
      R"("conversation":"00000000-0000-7000-8000-000000000136",)"
      R"("explained":{"how":"HEARD","interpreterKind":"SOCIAL","interpreterMode":"PHONE"},)"
      R"("expressed":{"how":"PAPER","on":"2026-11-24"},"notice":{"id":"chain-cooperation","language":"prs","sha256":")" +
      zeros + R"(","version":"1.0"},"purpose":"work-guidance","recipient":"vdab","recordedBy":")" + zeros +
      R"(","validUntil":"2027-11-23"})";
  expect_round_trip(given, text);
  EXPECT_TRUE(decode_body<ConsentRefused>(text));
  given.explained.interpreter_mode.reset();
  given.explained.interpreter_kind.reset();
  given.valid_until.reset();
  EXPECT_NE(encode_body(given).find(R"("explained":{"how":"HEARD"})"), std::string::npos);
  expect_round_trip(ConsentWithdrawn{numbered_id(1), "work-guidance", "vdab", {Category::wishes}, false},
                    R"({"categories":["wishes"],"consent":"00000000-0000-7000-8000-000000000001",)"
                    R"("purpose":"work-guidance","recipient":"vdab","whole":false})");
}

TEST(Bodies, of_records_and_transfers) {
  expect_round_trip(RecordReceived{numbered_id(1), {"match-it", "0123456749", "C01"}, "application/json", {}, 2048},
                    R"({"commit":")" + zeros +
                        R"(","kind":"resident","record":"00000000-0000-7000-8000-000000000001","size":2048,)"
                        R"("source":{"centre":"C01","organisation":"0123456749","system":"match-it"},)"
                        R"("syntax":"application/json"})");
  expect_round_trip(TransferRequested{numbered_id(1), 3, "vdab", "work-guidance", "vdab-profile"},
                    R"({"message":"vdab-profile","purpose":"work-guidance","recipient":"vdab",)"
                    R"("record":"00000000-0000-7000-8000-000000000001","referral":3})");
  TransferHeld held;
  held.reasons = {Reason::too_early, Reason::no_consent};
  held.ledger_size = 9;
  held.agreement = 4;
  held.rules = {3};
  held.decided_for = day(2026, 11, 24);
  held.held_until = day(2026, 12, 1);
  expect_round_trip(held, R"({"agreement":4,"decidedFor":"2026-11-24","heldUntil":"2026-12-01","ledgerSize":9,)"
                          R"("reasons":["too-early","no-consent"],"rules":[3]})");
  TransferCancelled cancelled;
  cancelled.reasons = {Reason::superseded};
  expect_round_trip(cancelled, R"({"ledgerSize":0,"reasons":["superseded"],"rules":[]})");
  TransferRefused refused;
  refused.reasons = {Reason::no_agreement};
  refused.consent = 7;
  refused.purpose_seq = 3;
  refused.decided_for = day(2026, 11, 24);
  expect_round_trip(refused, R"({"consent":7,"decidedFor":"2026-11-24","ledgerSize":0,"purposeSeq":3,)"
                             R"("reasons":["no-agreement"],"rules":[]})");
  TransferPermitted permitted;
  permitted.agreement = 5;
  permitted.categories = {Category::contact};
  permitted.left_out = {{Category::case_note, "never"}};
  permitted.consent = 8;
  permitted.decided_for = day(2026, 11, 24);
  permitted.not_before = day(2026, 11, 20);
  permitted.recipient_body = "0887010362";
  permitted.rules = {4};
  expect_round_trip(
      permitted,
      R"({"agreement":5,"attempt":1,"basis":"","categories":["contact"],"centre":"","commit":")" + zeros +
          R"(","consent":8,"decidedFor":"2026-11-24","ledgerSize":0,"leftOut":[{"category":"case-note","reason":"never"}],)"
          R"("mapping":{"hash":")" +
          zeros +
          R"(","name":"","seq":0,"version":""},"message":"","notBefore":"2026-11-20","payloadSize":0,"purpose":"",)"
          R"("purposeSeq":0,"recipient":"","recipientBody":"0887010362","rules":[4]})");
  expect_round_trip(TransferDelivered{2, {}, 201}, R"({"attempt":2,"digest":")" + zeros + R"(","status":201})");
  expect_round_trip(TransferAcknowledged{2, {}, "R-1"},
                    R"({"answer":")" + zeros + R"(","attempt":2,"reference":"R-1"})");
  expect_round_trip(TransferFailed{1, "http-503", true, parse_rfc3339("2026-11-24T11:05:00Z")},
                    R"({"attempt":1,"class":"http-503","mayHaveArrived":true,"retryAt":"2026-11-24T11:05:00.000Z"})");
  expect_round_trip(TransferAbandoned{3, "http-400"}, R"({"attempts":3,"class":"http-400"})");
}

TEST(Bodies, of_subjects_and_notifications) {
  expect_round_trip(SubjectRestricted{}, R"({"ground":"accuracy-contested"})");
  expect_round_trip(SubjectUnrestricted{}, "{}");
  expect_round_trip(SubjectErased{{"payload"}, {{"proof", "art17-3-e"}}, {}},
                    R"({"classes":["payload"],"kept":[{"class":"proof","ground":"art17-3-e"}]})");
  expect_round_trip(RecipientNotified{"WITHDRAWAL", "vdab", day(2026, 12, 8), numbered_id(2)},
                    R"({"cause":"WITHDRAWAL","deadline":"2026-12-08","recipient":"vdab",)"
                    R"("tx":"00000000-0000-7000-8000-000000000002"})");
}

template <class Body>
std::string complaint(std::string_view json) {
  const auto body = decode_body<Body>(json);
  return body ? "accepted" : body.error().message;
}

TEST(Bodies, are_read_strictly) {
  EXPECT_EQ(complaint<LedgerRecovered>(R"({})"), "key 'cutBytes' is missing");
  EXPECT_EQ(complaint<LedgerRecovered>(R"({"cutBytes":"1"})"), "key 'cutBytes' has the wrong type or value");
  EXPECT_EQ(complaint<LedgerRecovered>(R"({"cutBytes":-1})"), "key 'cutBytes' has the wrong type or value");
  EXPECT_EQ(complaint<LedgerRecovered>(R"({"cutBytes":1,"more":1})"), "an unknown key, or one out of order");
  EXPECT_EQ(complaint<SubjectErased>(R"({"classes":[],"kept":[],"why":"because"})"),
            "an unknown key, or one out of order");
  EXPECT_EQ(complaint<SubjectErased>(R"({"classes":["soul"],"kept":[]})"), "key 'classes' is not in its closed list");
  EXPECT_EQ(complaint<SubjectErased>(R"({"classes":["proof","proof"],"kept":[]})"),
            "key 'classes' names something twice");
  EXPECT_EQ(complaint<RequestOpened>(
                R"({"article":22,"deadline":"2026-12-24","request":"00000000-0000-4000-8000-000000000001"})"),
            "key 'article' is out of its range");
  EXPECT_EQ(complaint<PartnerPaused>(R"({"reason":"They asked","recipient":"vdab"})"),
            "key 'reason' is not a code of small letters, digits and hyphens");
  EXPECT_EQ(complaint<SubjectErased>("[]"), "is not an object");
  EXPECT_EQ(complaint<TransferAbandoned>(R"({"attempts":4294967296,"class":"x"})"),
            "key 'attempts' has the wrong type or value");
  EXPECT_EQ(complaint<RecipientNotified>(R"({"cause":"WHIM","deadline":"2026-12-08","recipient":"vdab"})"),
            "key 'cause' is not in its closed list");
  EXPECT_EQ(complaint<RecipientNotified>(R"({"cause":"ERASURE","deadline":"2026-02-30","recipient":"vdab"})"),
            "key 'deadline' has the wrong type or value");
  EXPECT_EQ(complaint<TransferFailed>(
                R"({"attempt":1,"class":"x","mayHaveArrived":true,"retryAt":"2026-11-24T12:05:00.000+01:00"})"),
            "key 'retryAt' has the wrong type or value");
}

TEST(Bodies, of_every_kind_are_canonical_and_read_back) {
  std::set<std::string> kinds;
  for (const auto& [kind, body, read] : body_samples()) {
    EXPECT_TRUE(is_canonical(body)) << kind;
    const auto again = read(body);
    EXPECT_TRUE(again) << kind << ": " << again.error().message;
    EXPECT_TRUE(parse_kind(kind)) << kind;
    kinds.insert(kind);
  }
  EXPECT_EQ(kinds.size(), kind_count);
}

TEST(Bodies, a_set_of_categories_has_one_encoding) {
  const auto with = [](std::string_view categories) {
    return complaint<ConsentWithdrawn>(
        R"({"categories":)" + std::string(categories) +
        R"(,"consent":"00000000-0000-7000-8000-000000000001","purpose":"p","recipient":"r",)"
        R"("whole":true})");
  };
  EXPECT_EQ(with(R"(["contact","wishes"])"), "accepted");
  EXPECT_EQ(with("[]"), "accepted");
  EXPECT_EQ(with(R"(["wishes","contact"])"), "key 'categories' has the wrong type or value");
  EXPECT_EQ(with(R"(["contact","contact"])"), "key 'categories' has the wrong type or value");
  EXPECT_EQ(with(R"(["shoe-size"])"), "key 'categories' has the wrong type or value");
}

TEST(Bodies, an_id_and_a_digest_have_one_encoding) {
  const auto requested = [](std::string_view record) {
    return complaint<TransferRequested>(R"({"message":"m","purpose":"p","recipient":"r","record":")" +
                                        std::string(record) + R"(","referral":0})");
  };
  EXPECT_EQ(requested("0000abcd-0000-7000-8000-000000000001"), "accepted");
  EXPECT_EQ(requested("0000ABCD-0000-7000-8000-000000000001"), "key 'record' has the wrong type or value");
  EXPECT_EQ(requested("0000abcd00004000800000000000000001"), "key 'record' has the wrong type or value");
  EXPECT_EQ(complaint<ConfigActivated>(R"({"environment":"test","longestHoldDays":365,"sha256":"00"})"),
            "key 'sha256' has the wrong type or value");
  EXPECT_EQ(complaint<ConfigActivated>(R"({"environment":"test","longestHoldDays":365,"sha256":")" +
                                       std::string(64, 'A') + R"("})"),
            "key 'sha256' has the wrong type or value");
}

TEST(Bodies, what_is_left_out_is_told_in_codes_not_in_words) {
  auto body = Story().permit_body(1);
  body.left_out = {{Category::case_note, "Not this one"}};
  EXPECT_EQ(complaint<TransferPermitted>(encode_body(body)), "key 'leftOut' has the wrong type or value");
}

}  // namespace
}  // namespace ketenpoort::ledger::test
