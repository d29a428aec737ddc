// A small log of every kind that has rules, held as drafts so that a test can change one thing, encode all of it again
// and see what the rules say. All names and numbers are made up.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "gateway/ledger/entry/canonical.hpp"
#include "gateway/ledger/entry/entry.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::ledger::test {

inline Uuid numbered_id(std::uint64_t number, std::uint8_t version = 7) {
  Uuid id;
  for (std::size_t i = 0; i < 8; ++i) id.bytes[15 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  id.bytes[6] = static_cast<std::uint8_t>(version << 4);
  id.bytes[8] = 0x80;
  return id;
}

inline SubjectRef subject_number(std::uint8_t number) {
  SubjectRef ref{};
  ref.fill(number);
  return ref;
}

inline Digest digest_of(std::uint8_t byte) {
  Digest digest{};
  digest.fill(byte);
  return digest;
}

inline Date day(int y, unsigned m, unsigned d) {
  return Date{std::chrono::year{y}, std::chrono::month{m}, std::chrono::day{d}};
}

// One entry to be: the draft and what the sequencer would add.
struct Line {
  EntryDraft draft;
  Uuid id;
  Seq seq = 0;
  Timestamp time{};

  [[nodiscard]] std::string encode() const { return encode_entry(seq, time, id, "node-1", draft); }
};

class Log {
 public:
  static constexpr std::string_view start = "2026-11-24T11:00:00.000Z";

  Seq add(EntryDraft draft, std::chrono::milliseconds later = std::chrono::milliseconds{5}) {
    now_ += later;
    const Seq seq = lines.size();
    if (draft.actor.type.empty()) draft.actor = {"system", "0123456749", "gateway", ""};
    lines.push_back({std::move(draft), numbered_id(seq + 1, 7), seq, now_});
    return seq;
  }

  template <class Body>
  Seq add(const Body& body, std::vector<Seq> refs = {}, std::optional<SubjectRef> subject = {},
          std::optional<TransferId> tx = {}) {
    EntryDraft draft;
    draft.kind = std::string(Body::kind);
    draft.subject = subject;
    draft.tx = tx;
    draft.refs = std::move(refs);
    draft.body = encode_body(body);
    return add(std::move(draft));
  }

  template <class Body, class Change>
  void edit(Seq seq, Change change) {
    auto body = decode_body<Body>(lines.at(seq).draft.body);
    ASSERT_TRUE(body) << body.error().message;
    change(*body);
    lines[seq].draft.body = encode_body(*body);
  }

  [[nodiscard]] std::vector<std::string> encode() const {
    std::vector<std::string> out;
    for (const auto& line : lines) out.push_back(line.encode());
    return out;
  }

  // The first complaint of decoder or rules, or nothing.
  [[nodiscard]] Status replay(History& history) const {
    for (const auto& bytes : encode()) {
      const auto entry = decode_entry(bytes);
      if (!entry) return fail(entry.error());
      if (auto applied = history.apply(*entry); !applied) return applied;
    }
    return {};
  }

  std::vector<Line> lines;

 private:
  Timestamp now_ = parse_rfc3339(start).value();
};

// A resident referred to VDAB: held for want of consent, permitted, failed, delivered and acknowledged; and three more
// transfers that are refused, cancelled and abandoned.
struct Story {
  SubjectRef subject = subject_number(0xA1);
  SubjectRef other = subject_number(0xB2);
  RecordId record = numbered_id(100);
  TransferId main_tx = numbered_id(200);
  TransferId refused_tx = numbered_id(201);
  TransferId cancelled_tx = numbered_id(202);
  TransferId abandoned_tx = numbered_id(203);
  ConsentId consent_id = numbered_id(300);
  Date today = day(2026, 11, 24);

  Log log;
  Seq mapping{}, purpose{}, rule{}, agreement{}, received{}, requested{}, held{}, given{}, permitted{}, failed{},
      permitted_again{}, delivered{}, acknowledged{}, refused{}, cancelled{}, abandoned{}, withdrawn{};

  static CategorySet required() { return {Category::identity_core, Category::contact, Category::referral}; }
  static CategorySet sendable() { return required() | CategorySet{Category::skills, Category::wishes}; }

  static MappingActivated mapping_body() {
    return {"resident-to-vdab-profile", "1.0.0", digest_of(1), "vdab-profile", "vdab", {"work-guidance"}, sendable()};
  }

  static Purpose purpose_value() {
    Purpose p;
    p.id = "work-guidance";
    p.recipient = "vdab";
    p.basis_sender = "GDPR art. 6(1)(e)";
    p.basis_recipient = "GDPR art. 6(1)(e)";
    p.required = required();
    p.optional = {Category::skills, Category::wishes};
    p.rule = "labour-market-access";
    p.valid_from = day(2025, 1, 1);
    return p;
  }

  static Rule rule_value() {
    Rule r;
    r.id = "labour-market-access";
    r.version = "1.0.0";
    r.algorithm = "labour-market-access";
    r.waiting_months = 4;
    r.statuses = {"REFUGEE"};
    r.documents = {"AI_MODEL_A"};
    r.source = "a law";
    r.valid_from = day(2025, 1, 1);
    return r;
  }

  static Agreement agreement_value() {
    Agreement a;
    a.id = "sample-vdab";
    a.type = "art20-protocol";
    a.direction = "out";
    a.controller = "0123456749";
    a.recipient = "vdab";
    a.recipient_body = "0887010362";
    a.purposes = {"work-guidance"};
    a.categories = sendable();
    a.centres = {"C01"};
    a.regions = {"VLA"};
    a.valid_from = day(2026, 1, 1);
    a.valid_until = day(2027, 12, 31);
    a.sample = true;
    a.parties = {{"0123456749", "dpo@sender.example", "Sender", "controller"},
                 {"0887010362", "dpo@vdab.example", "VDAB", "controller"}};
    a.basis = "a law";
    a.recipients = {"counsellors"};
    a.format = "JSON";
    a.channel = "HTTPS";
    a.periodicity = "per referral";
    a.measures = {"only what consent covers"};
    a.rights = "at either party";
    a.retention = "five years";
    a.sanctions = "suspension";
    a.publication_url = "https://example.org/protocol";
    a.document = digest_of(12);
    a.advices = {{"0123456749", "positive", day(2025, 11, 17), digest_of(13)},
                 {"0887010362", "positive-with-remarks", day(2025, 11, 24), digest_of(14)}};
    return a;
  }

  [[nodiscard]] RecordReceived record_body() const {
    return {record, {"match-it", "0123456749", "C01"}, "application/json", digest_of(3), 2048};
  }

  template <class Body>
  [[nodiscard]] Body statement_body(ConsentId id) const {
    Body b;
    b.consent = id;
    b.conversation = numbered_id(310);
    b.purpose = "work-guidance";
    b.recipient = "vdab";
    b.categories = sendable();
    b.valid_until = day(2027, 11, 23);
    b.notice = {"chain-cooperation", "1.0", "prs", digest_of(4)};
    b.explained = {"HEARD", "PHONE", "SOCIAL"};
    b.expressed = {"PAPER", today};
    return b;
  }

  [[nodiscard]] TransferRequested request_body() const { return {record, 0, "vdab", "work-guidance", "vdab-profile"}; }

  [[nodiscard]] TransferPermitted permit_body(std::uint32_t attempt) const {
    TransferPermitted b;
    b.attempt = attempt;
    b.agreement = agreement;
    b.basis = "GDPR art. 6(1)(e)";
    b.categories = sendable();
    b.centre = "C01";
    b.commit = digest_of(5);
    b.consent = given;
    b.decided_for = today;
    b.left_out = {{Category::health_restrictions, "never"}};
    b.ledger_size = log.lines.size();
    b.mapping = {"resident-to-vdab-profile", "1.0.0", digest_of(1), mapping};
    b.message = "vdab-profile";
    b.not_before = day(2026, 11, 20);
    b.payload_size = 900;
    b.purpose = "work-guidance";
    b.purpose_seq = purpose;
    b.recipient = "vdab";
    b.recipient_body = "0887010362";
    b.rules = {rule};
    return b;
  }
  [[nodiscard]] std::vector<Seq> permit_refs() const { return {mapping, purpose, rule, agreement, given}; }

  Seq request(TransferId tx) { return log.add(request_body(), {received}, subject, tx); }
  Seq permit(TransferId tx, std::uint32_t attempt) {
    const Seq seq = log.add(permit_body(attempt), permit_refs(), subject, tx);
    seal_facts(seq);
    return seq;
  }
  // As if: nobody opens it.
  void seal_facts(Seq seq) { log.lines[seq].draft.sealed = sealed_part(); }
  static std::string sealed_part(std::string_view ct = "AAAAAAAAAAAAAAAAAAAAAAAA") {
    return ObjectWriter().string("ct", ct).string("dek", std::string(80, 'A')).string("iv", "AAAAAAAAAAAAAAAA").take();
  }
  // Without an agreement, and before anybody was asked for consent.
  Seq refuse_for(std::vector<Reason> reasons, bool recipient_built = true) {
    TransferRefused body;
    body.reasons = std::move(reasons);
    body.decided_for = today;
    body.ledger_size = log.lines.size();
    body.purpose_seq = purpose;
    body.recipient_built = recipient_built;
    body.rules = {rule};
    const Seq seq = log.add(body, {purpose, rule}, subject, main_tx);
    seal_facts(seq);
    return seq;
  }
  Seq fail_attempt(TransferId tx, std::uint32_t attempt, bool may_have_arrived = false) {
    TransferFailed b{attempt, "http-503", may_have_arrived, parse_rfc3339("2026-11-24T11:05:00.000Z")};
    return log.add(b, {}, subject, tx);
  }

  // Everything up to the consent, so that a transfer can be permitted.
  void open() {
    log.add(LedgerOpened{"example.org/log", "ketenpoort 0.1.0",
                         "example.org/log+5e2cef00+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs"});
    log.add(ConfigActivated{"test", digest_of(9)});
    mapping = log.add(mapping_body());
    purpose = log.add(PurposeRegistered{purpose_value()});
    rule = log.add(RuleRegistered{rule_value(), "id: labour-market-access\nsource: \"a law\"\n"});
    agreement = log.add(AgreementRegistered{agreement_value(), {digest_of(2), {}}});
    received = log.add(record_body(), {}, subject);
  }

  void give_consent() { given = log.add(statement_body<ConsentGiven>(consent_id), {}, subject); }

  static Story whole() {
    Story s;
    s.open();
    s.requested = s.request(s.main_tx);
    TransferHeld hold;
    hold.decided_for = s.today;
    hold.held_until = day(2026, 12, 1);
    hold.reasons = {Reason::too_early, Reason::no_consent};
    hold.ledger_size = s.log.lines.size();
    hold.agreement = s.agreement;
    hold.purpose_seq = s.purpose;
    hold.rules = {s.rule};
    s.held = s.log.add(hold, {s.purpose, s.rule, s.agreement}, s.subject, s.main_tx);
    s.seal_facts(s.held);
    s.give_consent();
    s.permitted = s.permit(s.main_tx, 1);
    s.failed = s.fail_attempt(s.main_tx, 1, true);
    s.permitted_again = s.permit(s.main_tx, 2);
    s.delivered = s.log.add(TransferDelivered{2, digest_of(6), 201}, {s.permitted_again}, s.subject, s.main_tx);
    s.acknowledged =
        s.log.add(TransferAcknowledged{2, digest_of(7), "VDAB-2026-000123"}, {s.delivered}, s.subject, s.main_tx);
    s.request(s.refused_tx);
    TransferRefused refusal;
    refusal.reasons = {Reason::not_in_target_group};
    refusal.agreement = s.agreement;
    refusal.purpose_seq = s.purpose;
    refusal.rules = {s.rule};
    refusal.consent = s.given;
    refusal.decided_for = s.today;
    s.refused = s.log.add(refusal, {s.purpose, s.rule, s.agreement, s.given}, s.subject, s.refused_tx);
    s.seal_facts(s.refused);
    s.request(s.cancelled_tx);
    s.permit(s.cancelled_tx, 1);
    s.withdraw();
    TransferCancelled cancellation;
    cancellation.reasons = {Reason::consent_withdrawn};
    cancellation.consent = s.withdrawn;
    s.cancelled = s.log.add(cancellation, {s.withdrawn}, s.subject, s.cancelled_tx);
    s.log.add(RecipientNotified{"WITHDRAWAL", "vdab", day(2026, 12, 8), s.main_tx}, {s.withdrawn}, s.subject);
    const Seq first_given = std::exchange(s.given, 0);
    const ConsentId first_consent = std::exchange(s.consent_id, numbered_id(301));
    s.give_consent();
    s.request(s.abandoned_tx);
    s.permit(s.abandoned_tx, 1);
    s.fail_attempt(s.abandoned_tx, 1);
    s.abandoned = s.log.add(TransferAbandoned{1, "http-400"}, {}, s.subject, s.abandoned_tx);
    s.permit(s.abandoned_tx, 2);
    s.log.add(TransferDelivered{2, digest_of(6), 200}, {}, s.subject, s.abandoned_tx);
    s.log.add(s.statement_body<ConsentRefused>(numbered_id(302)), {}, s.subject);
    s.log.add(ClockAnomaly{1500});
    s.log.add(LedgerRecovered{812});
    s.log.add(SubjectRestricted{}, {}, s.subject);
    s.log.add(SubjectUnrestricted{}, {}, s.subject);
    s.log.add(AgreementEnded{s.agreement}, {s.agreement});
    s.log.add(SubjectErased{}, {}, s.subject);
    s.given = first_given;  // tests change the first consent
    s.consent_id = first_consent;
    return s;
  }

  void withdraw() {
    ConsentWithdrawn b{consent_id, "work-guidance", "vdab", sendable(), true};
    withdrawn = log.add(b, {given}, subject);
  }
};

}  // namespace ketenpoort::ledger::test
