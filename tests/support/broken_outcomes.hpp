// What a partner reports back, and telling recipients: logs that break one rule of these.
#pragma once

#include "tests/support/broken_log.hpp"

namespace ketenpoort::ledger::test {

// A delivered transfer, an agreement by which its recipient reports back, and the consent to that.
struct ReportStory {
  Agreement back = agreement_back();
  CategorySet consented = {Category::outcome};
  std::optional<Date> consented_until = day(2027, 11, 23);
  OutcomeReceived body{};
  std::vector<Seq> refs{};

  static Agreement agreement_back() {
    auto a = Story::agreement_value();
    a.id = "sample-vdab-back";
    a.direction = "back";
    a.purposes = {"follow-up"};
    a.categories = {Category::outcome};
    return a;
  }

  // Everything that an outcome of the story's first transfer rests on.
  void prepare(Story& s) {
    Purpose purpose = Story::purpose_value();
    purpose.id = "follow-up";
    purpose.recipient = "fedasil";
    purpose.required = {Category::outcome};
    purpose.optional = {};
    purpose.rule = {};
    s.log.add(PurposeRegistered{purpose});
    body.agreement = s.log.add(AgreementRegistered{back, {digest_of(21), {}}});
    auto consent = s.statement_body<ConsentGiven>(numbered_id(390));
    consent.purpose = "follow-up";
    consent.recipient = "fedasil";
    consent.categories = consented;
    consent.valid_until = consented_until;
    body.consent = s.log.add(consent, {}, s.subject);
    body.commit = digest_of(22);
    body.decided_for = s.today;
    body.ledger_size = s.log.lines.size();
    body.outcome = numbered_id(700);
    body.purpose = "follow-up";
    body.recipient = "vdab";
    body.size = 300;
    body.sort = "REGISTRATION";
    body.status = "REGISTERED";
    refs = {body.agreement, *body.consent};
  }

  void report(Story& s) const { s.log.add(body, refs, s.subject, s.main_tx); }

  // As something that counts as a figure only.
  [[nodiscard]] OutcomeRejected rejected() const {
    OutcomeRejected out;
    out.agreement = body.agreement;
    out.consent = body.consent;
    out.decided_for = body.decided_for;
    out.ledger_size = body.ledger_size;
    out.outcome = body.outcome;
    out.purpose = body.purpose;
    out.reasons = {Reason::category_not_covered};
    out.recipient = "vdab";
    return out;
  }
};

// What is reported is received, counted, not consented to any more, and at last under no agreement.
inline Story signed_outcomes() {
  auto s = signed_story();
  s.log.lines.resize(s.delivered + 1);
  ReportStory report;
  report.prepare(s);
  report.report(s);
  auto body = report.rejected();
  const auto reject = [&](std::vector<Reason> reasons) {
    body.reasons = std::move(reasons);
    body.ledger_size = s.log.lines.size();
    std::vector<Seq> refs;
    if (body.agreement) refs.push_back(*body.agreement);
    if (body.consent) refs.push_back(*body.consent);
    s.log.add(body, refs, s.subject, s.main_tx);
  };
  reject({Reason::category_not_covered});
  auto refusal = s.statement_body<ConsentRefused>(numbered_id(391));
  refusal.purpose = "follow-up";
  refusal.recipient = "fedasil";
  body.consent = s.log.add(refusal, {}, s.subject);
  reject({Reason::consent_refused});
  reject({Reason::category_not_covered, Reason::consent_refused});
  s.log.add(AgreementEnded{*body.agreement}, {*body.agreement});
  s.log.add(SubjectRestricted{}, {}, s.subject);
  body.agreement.reset();
  reject({Reason::subject_restricted, Reason::no_agreement, Reason::consent_refused});
  return s;
}

inline void add_outcomes(BrokenLogs& logs) {
  using Report = ReportStory;
  // `before` says what stands in the log, `change` what is reported.
  const auto outcome = [&](std::string name, int invariant, const std::function<void(Report&)>& before,
                           const std::function<void(Report&, Story&)>& change) {
    logs.append("outcome-" + std::move(name), invariant, &Story::delivered, [&](Story& s) {
      Report report;
      before(report);
      report.prepare(s);
      change(report, s);
      report.report(s);
    });
  };
  const auto nothing = [](Report&) {};
  const auto as_it_is = [](Report&, Story&) {};
  outcome("of-another-recipients-transfer", 2, nothing, [](Report& r, Story&) { r.body.recipient = "agii"; });
  outcome("under-an-agreement-that-ended", 3, nothing,
          [](Report& r, Story& s) { s.log.add(AgreementEnded{r.body.agreement}, {r.body.agreement}); });
  outcome(
      "under-an-agreement-not-yet-valid", 3, [](Report& r) { r.back.valid_from = day(2026, 11, 25); }, as_it_is);
  outcome("under-the-agreement-to-send", 3, nothing, [](Report& r, Story& s) {
    r.body.agreement = s.agreement;
    r.refs = {s.agreement, *r.body.consent};
  });
  outcome(
      "under-anothers-agreement", 3, [](Report& r) { r.back.recipient = "agii"; }, as_it_is);
  outcome(
      "for-a-purpose-not-agreed", 3, [](Report& r) { r.back.purposes = {"childcare"}; }, as_it_is);
  outcome(
      "not-in-the-agreement", 3, [](Report& r) { r.back.categories = {Category::skills}; }, as_it_is);
  outcome("without-consent", 4, nothing, [](Report& r, Story&) { r.body.consent.reset(); });
  outcome("consent-not-in-refs", 1, nothing, [](Report& r, Story&) { r.refs = {r.body.agreement}; });
  outcome("on-another-consent", 4, nothing, [](Report& r, Story& s) {
    r.body.consent = s.given;
    r.refs = {r.body.agreement, s.given};
  });
  outcome("on-a-refusal", 4, nothing, [](Report& r, Story& s) {
    auto refusal = s.statement_body<ConsentRefused>(numbered_id(391));
    refusal.purpose = "follow-up";
    refusal.recipient = "fedasil";
    r.body.consent = s.log.add(refusal, {}, s.subject);
    r.refs = {r.body.agreement, *r.body.consent};
  });
  outcome(
      "not-consented", 4, [](Report& r) { r.consented = {Category::skills}; }, as_it_is);
  outcome(
      "on-an-expired-consent", 4, [](Report& r) { r.consented_until = day(2026, 11, 23); }, as_it_is);
  outcome("of-somebody-restricted", 5, nothing,
          [](Report&, Story& s) { s.log.add(SubjectRestricted{}, {}, s.subject); });
  outcome("of-somebody-erased", 5, nothing, [](Report&, Story& s) { s.log.add(SubjectErased{}, {}, s.subject); });
  outcome("decided-for-another-day", 5, nothing, [](Report& r, Story&) { r.body.decided_for = day(2026, 11, 23); });
  outcome("ledger-size-ahead", 1, nothing, [](Report& r, Story& s) { r.body.ledger_size = s.log.lines.size() + 1; });

  const auto rejected = [&](std::string name, int invariant,
                            const std::function<void(OutcomeRejected&, Story&)>& change) {
    logs.append("rejected-outcome-" + std::move(name), invariant, &Story::delivered, [&](Story& s) {
      Report report;
      report.prepare(s);
      auto body = report.rejected();
      change(body, s);
      s.log.add(body, report.refs, s.subject, s.main_tx);
    });
  };
  rejected("without-a-reason", 2, [](auto& b, Story&) { b.reasons.clear(); });
  rejected("of-anothers-transfer", 2, [](auto& b, Story&) { b.recipient = "agii"; });
  rejected("decided-for-another-day", 5, [](auto& b, Story&) { b.decided_for = day(2026, 11, 23); });
  rejected("ledger-size-ahead", 1, [](auto& b, Story& s) { b.ledger_size = s.log.lines.size() + 1; });

  rejected("though-nothing-speaks-against-it", 8, [](auto& b, Story&) {
    b.reasons = {Reason::minor, Reason::hold_expired, Reason::cancelled_by_operator};
  });
  rejected("under-no-agreement", 8, [](auto& b, Story&) { b.agreement.reset(); });
  rejected("of-another-purpose", 8, [](auto& b, Story&) { b.purpose = "childcare"; });
  rejected("agreement-not-in-refs", 1, [](auto& b, Story& s) { b.agreement = s.agreement; });
  rejected("consent-not-in-refs", 1, [](auto& b, Story& s) { b.consent = s.given; });
  outcome("that-counts-as-a-figure", 8, nothing, [](Report& r, Story&) { r.body.status = "ACCEPTED"; });
  outcome("under-the-older-agreement", 8, nothing, [](Report& r, Story& s) {
    auto newer = r.back;
    newer.id = "sample-vdab-back-again";
    s.log.add(AgreementRegistered{newer, {digest_of(24), {}}});
  });

  logs.append("told-another-than-who-has-it", 2, &Story::withdrawn, [](Story& s) {
    s.log.add(RecipientNotified{"WITHDRAWAL", "agii", day(2026, 12, 8), s.main_tx}, {s.withdrawn}, s.subject);
  });
  logs.append("told-of-anothers-transfer", 2, &Story::withdrawn, [](Story& s) {
    s.log.add(RecipientNotified{"WITHDRAWAL", "vdab", day(2026, 12, 8), s.main_tx}, {s.withdrawn}, s.other);
  });
  logs.append("confirmed-without-a-ref", 1, &Story::cancelled, [](Story& s) {
    const auto told =
        s.log.add(RecipientNotified{"WITHDRAWAL", "vdab", day(2026, 12, 8), s.main_tx}, {s.withdrawn}, s.subject);
    s.log.add(RecipientConfirmed{{}, told, "ERASED"}, {}, s.subject);
  });
}

}  // namespace ketenpoort::ledger::test
