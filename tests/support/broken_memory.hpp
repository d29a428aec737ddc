// What the state forgets and no entry may name any more (docs/ledger-format.md, "What is forgotten"), and what else a
// decision may not say: logs that break one rule of these.
#pragma once

#include "tests/support/broken_log.hpp"

namespace ketenpoort::ledger::test {

inline void add_forgotten(BrokenLogs& logs) {
  const auto cancel = [](Story& s, TransferId tx) {
    TransferCancelled body;
    body.reasons = {Reason::cancelled_by_operator};
    EntryDraft draft;
    draft.kind = std::string(TransferCancelled::kind);
    draft.actor = {"operator", "0123456749", "operator", ""};
    draft.subject = s.subject;
    draft.tx = tx;
    draft.body = encode_body(body);
    s.log.add(std::move(draft));
  };
  logs.append("cancelled-after-it-was-refused", 2, &Story::refused, [&](Story& s) { cancel(s, s.refused_tx); });
  logs.append("cancelled-twice", 2, &Story::cancelled, [&](Story& s) { cancel(s, s.cancelled_tx); });
  logs.append("outcome-of-what-was-refused", 2, &Story::refused, [](Story& s) {
    OutcomeRejected body;
    body.decided_for = s.today;
    body.ledger_size = s.log.lines.size();
    body.outcome = numbered_id(700);
    body.purpose = "follow-up";
    body.reasons = {Reason::no_consent};
    body.recipient = "vdab";
    s.log.add(body, {}, s.subject, s.refused_tx);
  });
  logs.append("told-of-what-was-cancelled", 2, &Story::cancelled, [](Story& s) {
    s.log.add(RecipientNotified{"WITHDRAWAL", "vdab", day(2026, 12, 8), s.cancelled_tx}, {s.withdrawn}, s.subject);
  });
  // The message that came after it along the same lane was delivered.
  logs.append("acknowledged-what-a-newer-one-replaced", 2, &Story::delivered, [](Story& s) {
    s.request(s.refused_tx);
    s.permit(s.refused_tx, 1);
    s.log.add(TransferDelivered{1, digest_of(6), 201}, {}, s.subject, s.refused_tx);
    s.log.add(TransferAcknowledged{2, digest_of(7), "VDAB-2026-000123"}, {}, s.subject, s.main_tx);
  });
  logs.append("erased-and-then-acknowledged-what-was-refused", 2, &Story::refused, [](Story& s) {
    s.log.add(SubjectErased{}, {}, s.subject);
    s.log.add(TransferAcknowledged{1, digest_of(7), "VDAB-2026-000123"}, {}, s.subject, s.refused_tx);
  });
  logs.append("requested-for-a-record-that-was-replaced", 2, &Story::received, [](Story& s) {
    auto newer = s.record_body();
    newer.record = numbered_id(101);
    s.log.add(newer, {}, s.subject);
    s.request(s.main_tx);
  });
  logs.append("withdrawn-what-a-newer-one-replaced", 4, &Story::given, [](Story& s) {
    s.log.add(s.statement_body<ConsentGiven>(numbered_id(399)), {}, s.subject);
    s.withdraw();
  });
  logs.append("erased-and-then-withdrawn-what-was-replaced", 4, &Story::given, [](Story& s) {
    s.log.add(s.statement_body<ConsentGiven>(numbered_id(399)), {}, s.subject);
    s.log.add(SubjectErased{}, {}, s.subject);
    s.withdraw();
  });
  logs.append("of-anothers-record", 2, &Story::received,
              [](Story& s) { s.log.add(s.request_body(), {s.received}, s.other, s.main_tx); });
}

inline void add_more_decisions(BrokenLogs& logs) {
  logs.add("another-basis", 3, &Story::permitted, [](Story& s) {
    s.log.edit<TransferPermitted>(s.permitted, [](auto& b) { b.basis = "GDPR art. 6(1)(a)"; });
  });
  const auto send_no_contact = [](Story& s) {
    s.log.edit<TransferPermitted>(s.permitted, [](auto& b) { b.categories.erase(Category::contact); });
  };
  logs.add(
      "required-category-not-agreed", 3, &Story::permitted,
      [&](Story& s) {
        send_no_contact(s);
        s.log.edit<AgreementRegistered>(s.agreement, [](auto& b) { b.agreement.categories.erase(Category::contact); });
      },
      signed_transfer());
  logs.add(
      "required-category-not-consented", 4, &Story::permitted,
      [&](Story& s) {
        send_no_contact(s);
        s.log.edit<ConsentGiven>(s.given, [](auto& b) { b.categories.erase(Category::contact); });
      },
      signed_transfer());
  logs.add(
      "a-date-that-no-rule-gives", 5, &Story::permitted,
      [](Story& s) { s.log.edit<RuleRegistered>(s.rule, [](auto& b) { b.rule.waiting_months.reset(); }); },
      signed_transfer());
  // Nobody confirmed the log for two hours, and one is enough.
  const auto go_stale = [](Story& s) {
    s.log.edit<ConfigActivated>(1, [](auto& b) { b.anchoring = Anchoring{3600, 1}; });
    EntryDraft later;
    later.kind = std::string(ClockAnomaly::kind);
    later.body = encode_body(ClockAnomaly{1});
    s.log.add(std::move(later), std::chrono::hours{2});
  };
  logs.append("permitted-on-old-anchors", 3, &Story::given, [&](Story& s) {
    go_stale(s);
    s.permit(s.main_tx, 1);
  });
  const auto hold = [](const Story& s, std::vector<Reason> reasons) {
    TransferHeld body;
    body.decided_for = s.today;
    body.reasons = std::move(reasons);
    body.ledger_size = s.log.lines.size();
    body.agreement = s.agreement;
    body.purpose_seq = s.purpose;
    body.rules = {s.rule};
    return body;
  };
  const auto add_hold = [](Story& s, const TransferHeld& body) {
    s.seal_facts(s.log.add(body, {s.purpose, s.rule, s.agreement, s.received}, s.subject, s.main_tx));
  };
  logs.append("old-anchors-beside-another-reason", 8, &Story::requested, [&](Story& s) {
    go_stale(s);
    add_hold(s, hold(s, {Reason::no_consent, Reason::anchor_stale}));
  });
  logs.append("old-anchors-though-nobody-asks-for-any", 8, &Story::given, [&](Story& s) {
    auto body = hold(s, {Reason::anchor_stale});
    body.consent = s.given;
    s.seal_facts(s.log.add(body, {s.purpose, s.rule, s.agreement, s.given}, s.subject, s.main_tx));
  });
  logs.append("held-on-what-is-no-consent", 1, &Story::requested, [&](Story& s) {
    auto body = hold(s, {Reason::no_consent});
    body.consent = s.received;
    add_hold(s, body);
  });
  logs.append("held-until-for-no-reason", 2, &Story::requested, [&](Story& s) {
    auto body = hold(s, {Reason::no_consent});
    body.held_until = day(2026, 12, 1);
    add_hold(s, body);
  });
  logs.append("held-twice-for-the-same", 2, &Story::requested, [&](Story& s) {
    add_hold(s, hold(s, {Reason::no_consent}));
    add_hold(s, hold(s, {Reason::no_consent}));
  });
  logs.append("refused-as-if-no-agreement-stood", 8, &Story::requested, [](Story& s) {
    s.refuse_for({Reason::no_agreement, Reason::no_consent});
  });
  logs.append("not-built-and-an-agreement", 8, &Story::requested, [&](Story& s) {
    auto body = hold(s, {Reason::no_consent});
    body.recipient_built = false;
    add_hold(s, body);
  });
  logs.append("not-built-though-nothing-was-decided", 8, &Story::permitted, [](Story& s) {
    TransferCancelled body;
    body.reasons = {Reason::superseded};
    body.recipient_built = false;
    s.log.add(body, {}, s.subject, s.main_tx);
  });
  logs.append("built-is-left-out", 1, &Story::held, [](Story& s) {
    auto& body = s.log.lines[s.held].draft.body;
    body.insert(body.find("\"rules\""), "\"recipientBuilt\":true,");
  });
  logs.append("held-on-the-older-agreement", 8, &Story::requested, [&](Story& s) {
    auto newer = Story::agreement_value();
    newer.id = "sample-vdab-again";
    s.log.add(AgreementRegistered{newer, {digest_of(2), {}}});
    add_hold(s, hold(s, {Reason::no_consent}));
  });
  logs.append("held-instead-of-given-up", 8, &Story::requested, [&](Story& s) {
    auto newer = s.record_body();
    newer.record = numbered_id(101);
    s.log.add(newer, {}, s.subject);
    add_hold(s, hold(s, {Reason::superseded, Reason::no_consent}));
  });
  logs.append("held-on-an-agreement-that-ended", 8, &Story::requested, [&](Story& s) {
    s.log.add(AgreementEnded{s.agreement}, {s.agreement});
    add_hold(s, hold(s, {Reason::no_consent}));
  });
  logs.append("erasure-left-out-of-the-reasons", 8, &Story::requested, [&](Story& s) {
    s.log.add(SubjectErased{}, {}, s.subject);
    add_hold(s, hold(s, {Reason::no_consent}));
  });
  logs.append("restriction-left-out-of-the-reasons", 8, &Story::requested, [&](Story& s) {
    s.log.add(SubjectRestricted{}, {}, s.subject);
    add_hold(s, hold(s, {Reason::no_consent}));
  });
  logs.add("refused-without-naming-the-consent", 8, &Story::refused,
           [](Story& s) { s.log.edit<TransferRefused>(s.refused, [](auto& b) { b.consent.reset(); }); });
  logs.add("refused-for-no-day", 8, &Story::refused,
           [](Story& s) { s.log.edit<TransferRefused>(s.refused, [](auto& b) { b.decided_for.reset(); }); });
}

}  // namespace ketenpoort::ledger::test
