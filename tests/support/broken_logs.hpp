// Logs that break one rule, each with the invariant and the entry a verifier must name; everything before it holds.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/support/broken_log.hpp"
#include "tests/support/broken_memory.hpp"
#include "tests/support/broken_outcomes.hpp"
#include "tests/support/broken_registers.hpp"

namespace ketenpoort::ledger::test {

inline void replace_once(std::string& text, std::string_view what, std::string_view by) {
  const auto at = text.find(what);
  ASSERT_NE(at, std::string::npos) << what;
  text.replace(at, what.size(), by);
}

inline void add_places(BrokenLogs& logs) {
  logs.add("seq-leaves-a-gap", 1, &Story::received, [](Story& s) { ++s.log.lines[s.received].seq; });
  logs.add("time-goes-back", 1, &Story::received,
           [](Story& s) { s.log.lines[s.received].time -= std::chrono::seconds{1}; });
  logs.add("id-stays", 1, &Story::received,
           [](Story& s) { s.log.lines[s.received].id = s.log.lines[s.received - 1].id; });
  logs.add("ref-to-itself", 1, &Story::requested,
           [](Story& s) { s.log.lines[s.requested].draft.refs = {s.requested}; });
  logs.add("no-subject", 1, &Story::received, [](Story& s) { s.log.lines[s.received].draft.subject.reset(); });
  logs.add("subject-too-much", 1, &Story::agreement,
           [](Story& s) { s.log.lines[s.agreement].draft.subject = s.subject; });
  logs.add("no-transfer", 1, &Story::requested, [](Story& s) { s.log.lines[s.requested].draft.tx.reset(); });
  logs.add("transfer-too-much", 1, &Story::received, [](Story& s) { s.log.lines[s.received].draft.tx = s.main_tx; });
  logs.add("no-such-kind", 1, &Story::received, [](Story& s) { s.log.lines[s.received].draft.kind = "record.lost"; });
  logs.append("opened-twice", 1, &Story::received, [](Story& s) {
    s.log.add(LedgerOpened{"example.org/log", "x", test_key().verifier().text()});
  });
  logs.add("ledger-size-ahead", 1, &Story::permitted, [](Story& s) {
    s.log.edit<TransferPermitted>(s.permitted, [&](auto& b) { b.ledger_size = s.permitted + 1; });
  });
  logs.add("agreement-not-in-refs", 1, &Story::permitted,
           [](Story& s) { std::erase(s.log.lines[s.permitted].draft.refs, s.agreement); });
  logs.add("consent-not-in-refs", 1, &Story::permitted,
           [](Story& s) { std::erase(s.log.lines[s.permitted].draft.refs, s.given); });
  logs.add("names-no-purpose", 1, &Story::permitted,
           [](Story& s) { s.log.edit<TransferPermitted>(s.permitted, [&](auto& b) { b.purpose_seq = s.agreement; }); });
}

inline void add_bytes(BrokenLogs& logs) {
  logs.bytes("white-space", [](std::string& e) { replace_once(e, "\"body\":", "\"body\": "); });
  logs.bytes("keys-out-of-order", [](std::string& e) {
    replace_once(e, "\"size\":2048,", "");
    replace_once(e, "\"syntax\":", "\"size\":2048,\"syntax\":");
    replace_once(e, "\"source\":", "\"zource\":");
  });
  logs.bytes("number-with-a-point", [](std::string& e) { replace_once(e, "\"size\":2048", "\"size\":2048.0"); });
  logs.bytes("number-too-large", [](std::string& e) { replace_once(e, "\"size\":2048", "\"size\":9007199254740992"); });
  logs.bytes("needless-escape", [](std::string& e) { replace_once(e, "\"match-it\"", "\"match\\u002dit\""); });
  logs.bytes("not-composed", [](std::string& e) { replace_once(e, "\"match-it\"", "\"match\u0065\u0301\""); });
  logs.bytes("not-utf8", [](std::string& e) { replace_once(e, "\"match-it\"", "\"match\xC3\""); });
  logs.bytes("nul", [](std::string& e) { replace_once(e, "\"match-it\"", "\"match\\u0000\""); });
  logs.bytes("key-twice", [](std::string& e) { replace_once(e, "\"v\":1", "\"v\":1,\"v\":1"); });
  logs.bytes("another-version", [](std::string& e) { replace_once(e, "\"v\":1", "\"v\":2"); });
  logs.bytes("unknown-key", [](std::string& e) { replace_once(e, "\"v\":1", "\"v\":1,\"w\":1"); });
  logs.bytes("unknown-key-in-body",
             [](std::string& e) { replace_once(e, "\"size\":2048,", "\"signed\":1,\"size\":2048,"); });
  logs.bytes("key-missing-in-body", [](std::string& e) { replace_once(e, "\"size\":2048,", ""); });
  logs.bytes("capital-in-subject", [](std::string& e) { replace_once(e, "a1a1", "A1a1"); });
  logs.bytes("time-without-milliseconds", [](std::string& e) {
    const auto at = e.find(".0", e.find("\"time\":"));
    e.erase(at, 4);
  });
  logs.bytes("cut-off", [](std::string& e) { e.pop_back(); });
  logs.bytes("more-than-one-document", [](std::string& e) { e += "{}"; });
}

// What stands in the place of sealed texts.
inline void add_seals(BrokenLogs& logs) {
  const auto sealed = [&](std::string name, std::string_view what, std::string_view by) {
    logs.add("sealed-" + std::move(name), 1, &Story::held,
             [&](Story& s) { replace_once(s.log.lines[s.held].draft.sealed, what, by); });
  };
  const std::string key(80, 'A');
  sealed("in-the-clear", R"("ct":"AAAAAAAAAAAAAAAAAAAAAAAA")", R"("ct":"Jan Peeters, Gent, 1980")");
  sealed("with-bits-left-over", R"("ct":"AAAAAAAAAAAAAAAAAAAAAAAA")", R"("ct":"AAAAAAAAAAAAAAAAAAAAAAB=")");
  sealed("shorter-than-its-tag", R"("ct":"AAAAAAAAAAAAAAAAAAAAAAAA")", R"("ct":"AAAAAAAAAAAAAAAAAAAA")");
  sealed("with-a-long-iv", R"("iv":"AAAAAAAAAAAAAAAA")", R"("iv":"AAAAAAAAAAAAAAAAAAAA")");
  sealed("with-a-short-key", key, std::string(64, 'A'));
}

inline void add_states(BrokenLogs& logs) {
  logs.append("requested-twice", 2, &Story::held, [](Story& s) { s.request(s.main_tx); });
  logs.add("record-never-received", 2, &Story::requested,
           [](Story& s) { s.log.edit<TransferRequested>(s.requested, [](auto& b) { b.record = numbered_id(999); }); });
  logs.append("record-id-used-twice", 2, &Story::held, [](Story& s) { s.log.add(s.record_body(), {}, s.subject); });
  logs.append("delivered-before-permitted", 2, &Story::held, [](Story& s) {
    s.log.add(TransferDelivered{1, digest_of(6), 201}, {}, s.subject, s.main_tx);
  });
  logs.append("acknowledged-before-delivered", 2, &Story::permitted, [](Story& s) {
    s.log.add(TransferAcknowledged{1, digest_of(7), "X"}, {}, s.subject, s.main_tx);
  });
  logs.append("permitted-after-acknowledged", 2, &Story::acknowledged, [](Story& s) { s.permit(s.main_tx, 3); });
  logs.append("refused-after-permitted", 2, &Story::permitted, [](Story& s) {
    TransferRefused refusal;
    refusal.reasons = {Reason::not_in_target_group};
    s.log.add(refusal, {}, s.subject, s.main_tx);
  });
  logs.add("attempt-skipped", 2, &Story::permitted_again,
           [](Story& s) { s.log.edit<TransferPermitted>(s.permitted_again, [](auto& b) { b.attempt = 3; }); });
  const auto another = [&](std::string name, const std::function<void(TransferPermitted&)>& change) {
    logs.add("second-attempt-of-another-" + std::move(name), 2, &Story::permitted_again,
             [change](Story& s) { s.log.edit<TransferPermitted>(s.permitted_again, change); });
  };
  another("message", [](auto& b) { b.commit = digest_of(99); });
  another("size", [](auto& b) { ++b.payload_size; });
  another("choice", [](auto& b) { b.categories.erase(Category::wishes); });
  another("omission", [](auto& b) { b.left_out.clear(); });
  logs.append("second-attempt-of-another-mapping", 2, &Story::failed, [](Story& s) {
    s.mapping = s.log.add(Story::mapping_body());
    s.permit(s.main_tx, 2);
  });
  // Given up, started again by a person, and then another message.
  logs.append("restarted-with-another-message", 2, &Story::failed, [](Story& s) {
    s.log.add(TransferAbandoned{1, "http-400"}, {}, s.subject, s.main_tx);
    s.log.edit<TransferPermitted>(s.permit(s.main_tx, 2), [](auto& b) { b.commit = digest_of(99); });
  });
  logs.add("another-attempt-delivered", 2, &Story::delivered,
           [](Story& s) { s.log.edit<TransferDelivered>(s.delivered, [](auto& b) { b.attempt = 1; }); });
  logs.add("delivered-with-a-503", 2, &Story::delivered,
           [](Story& s) { s.log.edit<TransferDelivered>(s.delivered, [](auto& b) { b.status = 503; }); });
  logs.add("of-another-subject", 2, &Story::delivered,
           [](Story& s) { s.log.lines[s.delivered].draft.subject = s.other; });
  logs.add("another-message", 2, &Story::permitted,
           [](Story& s) { s.log.edit<TransferPermitted>(s.permitted, [](auto& b) { b.message = "vdab-referral"; }); });
  logs.add("no-reason", 2, &Story::held, [](Story& s) {
    s.log.edit<TransferHeld>(s.held, [](auto& b) {
      b.reasons.clear();
      b.held_until.reset();
    });
  });
  logs.add("a-reason-twice", 2, &Story::held, [](Story& s) {
    s.log.edit<TransferHeld>(s.held, [](auto& b) { b.reasons = {Reason::too_early, Reason::too_early}; });
  });
  logs.add("held-until-yesterday", 2, &Story::held,
           [](Story& s) { s.log.edit<TransferHeld>(s.held, [](auto& b) { b.held_until = day(2026, 11, 23); }); });
  logs.add("abandoned-too-often", 2, &Story::abandoned,
           [](Story& s) { s.log.edit<TransferAbandoned>(s.abandoned, [](auto& b) { b.attempts = 2; }); });
}

inline void add_grounds(BrokenLogs& logs) {
  const auto agreement = [&](std::string name, const std::function<void(Agreement&)>& change) {
    logs.add(
        std::move(name), 3, &Story::permitted,
        [change](Story& s) { s.log.edit<AgreementRegistered>(s.agreement, [&](auto& b) { change(b.agreement); }); },
        signed_transfer());
  };
  agreement("agreement-not-yet-valid", [](Agreement& a) { a.valid_from = day(2026, 11, 25); });
  agreement("agreement-expired", [](Agreement& a) { a.valid_until = day(2026, 11, 23); });
  agreement("agreement-the-other-way", [](Agreement& a) { a.direction = "back"; });
  agreement("agreement-with-another-recipient", [](Agreement& a) { a.recipient = "agii"; });
  agreement("agreement-with-another-body", [](Agreement& a) { a.recipient_body = "0316380841"; });
  agreement("centre-not-covered", [](Agreement& a) { a.centres = {"C02"}; });
  agreement("purpose-not-covered", [](Agreement& a) { a.purposes = {"childcare"}; });
  agreement("sent-category-not-covered", [](Agreement& a) { a.categories.erase(Category::wishes); });
  agreement("required-category-not-covered", [](Agreement& a) { a.categories.erase(Category::contact); });
  logs.append("agreement-ended", 3, &Story::given, [](Story& s) {
    s.log.add(AgreementEnded{s.agreement}, {s.agreement});
    s.permit(s.main_tx, 1);
  });
  logs.append("agreement-ended-twice", 3, &Story::given, [](Story& s) {
    s.log.add(AgreementEnded{s.agreement}, {s.agreement});
    s.log.add(AgreementEnded{s.agreement}, {s.agreement});
  });
  logs.add(
      "category-never-for-the-purpose", 3, &Story::permitted,
      [](Story& s) {
        s.log.edit<PurposeRegistered>(s.purpose, [](auto& b) { b.purpose.optional.erase(Category::wishes); });
      },
      signed_transfer());
  logs.add(
      "another-body-than-the-purpose-names", 3, &Story::permitted,
      [](Story& s) {
        s.log.edit<PurposeRegistered>(s.purpose, [](auto& b) { b.purpose.bodies = {{"0316380841", {"VLA"}, {}}}; });
      },
      signed_transfer());
  logs.add("nothing-sent", 3, &Story::permitted,
           [](Story& s) { s.log.edit<TransferPermitted>(s.permitted, [](auto& b) { b.categories = {}; }); });
  logs.add("another-centre", 3, &Story::permitted,
           [](Story& s) { s.log.edit<TransferPermitted>(s.permitted, [](auto& b) { b.centre = "C02"; }); });
  logs.append("purpose-replaced", 3, &Story::given, [](Story& s) {
    s.log.add(PurposeRegistered{Story::purpose_value()});
    s.permit(s.main_tx, 1);
  });
  logs.add("rule-not-named", 3, &Story::permitted,
           [](Story& s) { s.log.edit<TransferPermitted>(s.permitted, [](auto& b) { b.rules.clear(); }); });
  logs.add(
      "rule-not-in-force", 3, &Story::permitted,
      [](Story& s) { s.log.edit<RuleRegistered>(s.rule, [](auto& b) { b.rule.valid_until = day(2026, 1, 1); }); },
      signed_transfer());
}

inline void add_consents(BrokenLogs& logs) {
  const auto consent = [&](std::string name, const std::function<void(ConsentGiven&)>& change) {
    logs.add(
        std::move(name), 4, &Story::permitted, [change](Story& s) { s.log.edit<ConsentGiven>(s.given, change); },
        signed_transfer());
  };
  consent("consent-expired", [](auto& b) { b.valid_until = day(2026, 11, 23); });
  consent("consent-older-than-a-year", [](auto& b) { b.expressed.on = day(2025, 11, 23); });
  consent("sent-category-not-consented", [](auto& b) { b.categories.erase(Category::wishes); });
  consent("consent-for-another-recipient", [](auto& b) { b.recipient = "agii"; });
  consent("consent-for-another-purpose", [](auto& b) { b.purpose = "childcare"; });
  logs.add(
      "consent-of-another-subject", 4, &Story::permitted,
      [](Story& s) { s.log.lines[s.given].draft.subject = s.other; }, signed_transfer());
  logs.append("consent-withdrawn", 4, &Story::given, [](Story& s) {
    s.withdraw();
    auto body = s.permit_body(1);
    body.consent = s.withdrawn;
    s.log.add(body, {s.mapping, s.purpose, s.rule, s.agreement, s.withdrawn}, s.subject, s.main_tx);
  });
  logs.append("consent-superseded", 4, &Story::given, [](Story& s) {
    s.log.add(s.statement_body<ConsentGiven>(numbered_id(399)), {}, s.subject);
    s.permit(s.main_tx, 1);
  });
  logs.append("consent-refused", 4, &Story::given, [](Story& s) {
    s.given = s.log.add(s.statement_body<ConsentRefused>(numbered_id(399)), {}, s.subject);
    s.permit(s.main_tx, 1);
  });
  logs.add("no-consent-named", 4, &Story::permitted,
           [](Story& s) { s.log.edit<TransferPermitted>(s.permitted, [](auto& b) { b.consent.reset(); }); });
  logs.add("nothing-consented", 4, &Story::given,
           [](Story& s) { s.log.edit<ConsentGiven>(s.given, [](auto& b) { b.categories = {}; }); });
  logs.append("consent-id-used-twice", 4, &Story::given, [](Story& s) { s.give_consent(); });
  logs.add("withdrawn-what-was-not-given", 4, &Story::withdrawn, [](Story& s) {
    s.log.edit<ConsentWithdrawn>(s.withdrawn, [](auto& b) { b.categories.insert(Category::status); });
  });
  logs.add("withdrawn-whole-but-not", 4, &Story::withdrawn, [](Story& s) {
    s.log.edit<ConsentWithdrawn>(s.withdrawn, [](auto& b) { b.categories.erase(Category::wishes); });
  });
  logs.append("withdrawn-twice", 4, &Story::withdrawn, [](Story& s) { s.withdraw(); });
}

inline void add_subjects_and_mappings(BrokenLogs& logs) {
  logs.append("subject-restricted", 5, &Story::given, [](Story& s) {
    s.log.add(SubjectRestricted{}, {}, s.subject);
    s.permit(s.main_tx, 1);
  });
  logs.append("continues-somebody-restricted", 5, &Story::given, [](Story& s) {
    SubjectLinked number;
    number.mark.fill(5);
    number.number = "ssin";
    SubjectUnlinked parted;
    parted.mark = number.mark;
    parted.number = number.number;
    s.log.add(number, {}, s.other);
    s.log.add(SubjectRestricted{}, {}, s.other);
    const Seq left = s.log.add(parted, {}, s.other);
    s.log.add(number, {left}, s.subject);
    s.permit(s.main_tx, 1);
  });
  logs.append("subject-erased", 5, &Story::given, [](Story& s) {
    s.log.add(SubjectErased{}, {}, s.subject);
    s.permit(s.main_tx, 1);
  });
  logs.add("decided-for-another-day", 5, &Story::permitted, [](Story& s) {
    s.log.edit<TransferPermitted>(s.permitted, [](auto& b) { b.decided_for = day(2026, 11, 23); });
  });
  logs.add("before-the-date-of-its-rule", 5, &Story::permitted, [](Story& s) {
    s.log.edit<TransferPermitted>(s.permitted, [](auto& b) { b.not_before = day(2026, 11, 25); });
  });
  const auto mapping = [&](std::string name, const std::function<void(MappingActivated&)>& change) {
    logs.add(
        std::move(name), 6, &Story::permitted, [change](Story& s) { s.log.edit<MappingActivated>(s.mapping, change); },
        signed_transfer());
  };
  mapping("another-hash", [](auto& b) { b.hash = digest_of(99); });
  mapping("another-version", [](auto& b) { b.version = "1.0.1"; });
  mapping("another-message", [](auto& b) { b.message = "vdab-referral"; });
  mapping("another-recipient", [](auto& b) { b.recipient = "agii"; });
  mapping("another-purpose", [](auto& b) { b.purposes = {"childcare"}; });
  mapping("category-not-declared", [](auto& b) { b.categories.erase(Category::wishes); });
}

inline void add_telling(BrokenLogs& logs) {
  logs.append("confirmed-what-was-not-told", 7, &Story::withdrawn, [](Story& s) {
    s.log.add(RecipientConfirmed{{}, s.withdrawn, "ERASED"}, {s.withdrawn}, s.subject);
  });
  logs.append("kept-without-a-ground", 7, &Story::cancelled, [](Story& s) {
    const auto told =
        s.log.add(RecipientNotified{"WITHDRAWAL", "vdab", day(2026, 12, 8), s.main_tx}, {s.withdrawn}, s.subject);
    s.log.add(RecipientConfirmed{{}, told, "KEPT"}, {told}, s.subject);
  });
  // A late answer is about what was there when the recipient was asked, and not about what was sent since.
  logs.append("told-nobody-after-a-late-answer", 7, &Story::cancelled, [](Story& s) {
    const auto told =
        s.log.add(RecipientNotified{"WITHDRAWAL", "vdab", day(2026, 12, 8), s.main_tx}, {s.withdrawn}, s.subject);
    s.consent_id = numbered_id(301);
    s.give_consent();
    s.request(s.abandoned_tx);
    s.permit(s.abandoned_tx, 1);
    s.log.add(TransferDelivered{1, digest_of(6), 200}, {}, s.subject, s.abandoned_tx);
    s.log.add(RecipientConfirmed{{}, told, "ERASED"}, {told}, s.subject);
    s.withdraw();
    EntryDraft late;
    late.kind = std::string(ClockAnomaly::kind);
    late.body = encode_body(ClockAnomaly{1});
    s.log.add(std::move(late), std::chrono::hours{80});
  });
}

inline void add_decisions(BrokenLogs& logs) {
  const auto hold = [&](std::string name, const std::function<void(TransferHeld&)>& change) {
    logs.add(std::move(name), 8, &Story::held, [change](Story& s) { s.log.edit<TransferHeld>(s.held, change); });
  };
  hold("reasons-out-of-order", [](auto& b) { b.reasons = {Reason::no_consent, Reason::too_early}; });
  hold("held-though-refused", [](auto& b) {
    b.reasons = {Reason::minor, Reason::no_consent};
    b.held_until.reset();
  });
  hold("too-early-until-never", [](auto& b) { b.held_until.reset(); });
  hold("no-purpose-named", [](auto& b) { b.purpose_seq.reset(); });
  hold("no-rule-named", [](auto& b) { b.rules.clear(); });
  hold("two-reasons-of-one-rule", [](auto& b) {
    b.reasons = {Reason::too_early, Reason::document_missing, Reason::no_consent};
  });
  logs.add("facts-not-sealed", 8, &Story::held, [](Story& s) { s.log.lines[s.held].draft.sealed.clear(); });
  const auto cancelled_for = [&](std::string name, Reason reason) {
    logs.append(std::move(name), 8, &Story::permitted, [reason](Story& s) {
      TransferCancelled body;
      body.reasons = {reason};
      s.log.add(body, {}, s.subject, s.main_tx);
    });
  };
  logs.append("uninformed-though-it-was-heard", 8, &Story::given,
              [](Story& s) { decide_after_consent<TransferHeld>(s, s.main_tx, {Reason::not_informed}); });
  logs.append("uninformed-though-another-read", 8, &Story::given, [](Story& s) {
    s.log.edit<ConsentGiven>(s.given, [](auto& b) {
      b.explained = {"READ", "NONE", {}};
      b.representative = digest_of(8);
    });
    decide_after_consent<TransferHeld>(s, s.main_tx, {Reason::not_informed});
  });
  logs.append("another-body-though-none-is-named", 8, &Story::given,
              [](Story& s) { decide_after_consent<TransferRefused>(s, s.main_tx, {Reason::recipient_not_covered}); });
  cancelled_for("cancelled-by-no-operator", Reason::cancelled_by_operator);
  cancelled_for("superseded-by-nothing", Reason::superseded);
  cancelled_for("withdrawn-though-given", Reason::consent_withdrawn);
  cancelled_for("stay-ended-says-nobody", Reason::stay_ended);
  cancelled_for("rejected-but-not-failed", Reason::partner_rejected);
}

inline std::vector<BrokenLog> broken_logs() {
  BrokenLogs logs;
  add_places(logs);
  add_bytes(logs);
  add_seals(logs);
  add_states(logs);
  add_grounds(logs);
  add_consents(logs);
  add_subjects_and_mappings(logs);
  add_telling(logs);
  add_decisions(logs);
  add_outcomes(logs);
  add_registers(logs);
  add_subjects(logs);
  add_more_decisions(logs);
  add_forgotten(logs);
  for (auto& other : rule_breaks()) logs.add(std::move(other));
  return logs.take();
}

}  // namespace ketenpoort::ledger::test
