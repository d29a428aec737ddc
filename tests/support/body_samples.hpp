// A body of every kind, with every key that may stand in it, and one with only the keys that must. Made up.
#pragma once

#include <string>
#include <vector>

#include "tests/support/log_story.hpp"

namespace ketenpoort::ledger::test {

struct BodySample {
  std::string kind;
  std::string body;                       // canonical JSON
  Status (*read)(std::string_view json);  // by the strict reader of the kind
};

namespace samples {

template <class Body>
Status read_as(std::string_view json) {
  if (auto body = decode_body<Body>(json); !body) return fail(std::move(body.error()));
  return {};
}

template <class Body>
void add(std::vector<BodySample>& out, const Body& body) {
  out.push_back({std::string(Body::kind), encode_body(body), &read_as<Body>});
}

inline void add_life_of_the_log(std::vector<BodySample>& out) {
  add(out, LedgerOpened{"example.org/log", "ketenpoort 0.1.0",
                        "example.org/log+5e2cef00+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs"});
  add(out, LedgerRecovered{812});
  add(out, ClockAnomaly{1500});
  add(out, KeyRotated{"Ed25519", "QUJD", "example.org/log+5e2cef00+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs",
                      "REVG", "example.org/log+1a2b3c4e+AAAA"});
  add(out, Anchored{parse_rfc3339("2026-11-24T11:00:00Z").value(), "rfc3161", digest_of(1), 12, "MIIB", "tsa-1"});
  add(out, Cosigned{digest_of(1), {"\u2014 witness.example.org AAAA"}, 12});
  add(out, ConfigActivated{"test", digest_of(9), Anchoring{14'400, 1}});
  add(out, ConfigActivated{"test", digest_of(9), {}});
}

inline void add_policy(std::vector<BodySample>& out) {
  add(out, Story::mapping_body());
  auto purpose = Story::purpose_value();
  purpose.valid_until = day(2027, 1, 1);
  add(out, PurposeRegistered{purpose});
  purpose.rule.clear();
  purpose.valid_until.reset();
  add(out, PurposeRegistered{purpose});
  purpose.bodies = {{"0887010362", {"VLA"}, {}}, {"0421722346", {}, {"11002"}}};
  add(out, PurposeRegistered{purpose});
  purpose.bodies = {{"0887010362", {"VLA", "BRU"}, {}, {"nld"}}, {"0421722346", {"BRU"}, {}, {"fra", "deu"}}};
  add(out, PurposeRegistered{purpose});
  auto rule = Story::rule_value();
  rule.valid_until = day(2027, 1, 1);
  rule.excluded_statuses = {"REFUSED_FINAL"};
  rule.excluded_tracks = {"ACCELERATED"};
  add(out, RuleRegistered{rule, "the text"});
  rule.waiting_months.reset();
  rule.valid_until.reset();
  add(out, RuleRegistered{rule, "the text"});
  auto agreement = Story::agreement_value();
  agreement.municipalities = {"11002"};
  add(out, AgreementRegistered{agreement, {digest_of(2), "dpo"}});
  add(out, AgreementAmended{agreement, {digest_of(2), "dpo"}, 5});
  agreement.valid_until.reset();
  add(out, AgreementRegistered{agreement, {digest_of(2), {}}});
  add(out, AgreementAmended{agreement, {digest_of(2), {}}, 5});
  add(out, AgreementEnded{5});
}

inline void add_consents(std::vector<BodySample>& out) {
  const Story story;
  auto given = story.statement_body<ConsentGiven>(numbered_id(1));
  given.evidence = digest_of(1);
  given.recorded_by = digest_of(2);
  given.representative = digest_of(3);
  given.witness = digest_of(4);
  add(out, given);
  auto refused = story.statement_body<ConsentRefused>(numbered_id(1));
  refused.explained = {"READ", {}, {}};
  refused.valid_until.reset();
  add(out, refused);
  add(out, ConsentWithdrawn{numbered_id(1), "work-guidance", "vdab", {Category::wishes}, false});
}

template <class Ground>
void add_ground(Ground& ground) {
  ground.reasons = {Reason::too_early};
  ground.ledger_size = 9;
  ground.agreement = 5;
  ground.consent = 7;
  ground.purpose_seq = 3;
  ground.rules = {4};
  ground.decided_for = day(2026, 11, 24);
}

inline void add_transfers(std::vector<BodySample>& out) {
  Story story;
  story.given = 7;
  add(out, story.record_body());
  add(out, story.request_body());
  TransferHeld held;
  add_ground(held);
  held.held_until = day(2026, 12, 1);
  add(out, held);
  TransferRefused refused;
  add_ground(refused);
  add(out, refused);
  held.recipient_built = refused.recipient_built = false;
  add(out, held);
  add(out, refused);
  TransferCancelled cancelled;
  add_ground(cancelled);
  add(out, cancelled);
  cancelled.recipient_built = false;
  add(out, cancelled);
  cancelled = {};
  cancelled.reasons = {Reason::superseded};
  add(out, cancelled);
  add(out, story.permit_body(1));
  add(out, TransferDelivered{2, digest_of(6), 201});
  add(out, TransferAcknowledged{2, digest_of(7), "R-1"});
  add(out, TransferFailed{1, "http-503", true, parse_rfc3339("2026-11-24T11:05:00Z")});
  add(out, TransferFailed{1, "timeout", false, {}});
  add(out, TransferAbandoned{3, "http-400"});
  add(out, OutcomeReceived{5, digest_of(1), 7, day(2026, 11, 24), 9, day(2026, 11, 23), numbered_id(4), "follow-up",
                           "vdab", 300, "REGISTRATION", "REGISTERED"});
  add(out, OutcomeRejected{5, 7, day(2026, 11, 24), 9, numbered_id(4), "follow-up", {Reason::no_consent}, "vdab"});
}

inline void add_subjects(std::vector<BodySample>& out) {
  add(out, RequestOpened{15, day(2026, 12, 24), numbered_id(6)});
  add(out, RequestOpened{15, day(2027, 2, 24), numbered_id(6), "complexity"});
  add(out, RequestClosed{"GRANTED", numbered_id(6)});
  add(out, SubjectRestricted{"unlawful", numbered_id(6)});
  add(out, SubjectUnrestricted{numbered_id(6)});
  add(out, SubjectRectified{{Category::contact}, numbered_id(6)});
  SubjectLinked linked;
  linked.mark = subject_number(7);
  linked.number = "ssin";
  linked.request = numbered_id(6);
  add(out, linked);
  SubjectUnlinked unlinked;
  unlinked.number = "fedasil-number";
  add(out, unlinked);
  add(out, SubjectErased{{"directory", "payload"}, {{"proof", "art17-3-e"}}, numbered_id(6)});
  add(out, RecipientNotified{"WITHDRAWAL", "vdab", day(2026, 12, 8), numbered_id(2)});
  add(out, RecipientConfirmed{"art17-3-b", 30, "KEPT"});
}

inline void add_operations(std::vector<BodySample>& out) {
  add(out, AuditQueried{"supervision", digest_of(1), 20});
  add(out, AuditExported{"csv", "supervision", digest_of(1), 20});
  add(out, PartnerPaused{"maintenance", "vdab"});
  add(out, PartnerResumed{"vdab"});
  BreachRecorded breach;
  breach.aware_at = parse_rfc3339("2026-11-24T11:05:00Z").value();
  breach.breach = numbered_id(8);
  breach.cause = "lost-device";
  breach.effects = {"identity-theft"};
  breach.measures = {"keys-revoked"};
  breach.nature = {"confidentiality"};
  breach.risk = "high";
  add(out, breach);
  breach.authority_told = breach.aware_at;
  breach.from = breach.until = breach.subjects_told = day(2026, 11, 24);
  breach.categories = {Category::contact};
  add(out, breach);
}

}  // namespace samples

inline std::vector<BodySample> body_samples() {
  std::vector<BodySample> out;
  samples::add_life_of_the_log(out);
  samples::add_policy(out);
  samples::add_consents(out);
  samples::add_transfers(out);
  samples::add_subjects(out);
  samples::add_operations(out);
  return out;
}

}  // namespace ketenpoort::ledger::test
