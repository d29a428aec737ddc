// For each rule a log that breaks just that one.
#include <gtest/gtest.h>

#include <functional>

#include "gateway/ledger/entry/kinds.hpp"
#include "tests/support/log_story.hpp"

namespace ketenpoort::ledger::test {
namespace {

struct Breach {
  std::string name;
  std::string rule;                    // "invariant 3"
  std::string what;                    // part of the message
  std::function<Seq(Story&)> make_it;  // changes the story; the seq of the entry to be refused
};

void PrintTo(const Breach& breach, std::ostream* out) {
  *out << breach.name;
}

// Changes the first permit of the main transfer and expects it to be refused.
template <class Change>
std::function<Seq(Story&)> in_permit(Change change) {
  return [change](Story& s) {
    s.log.edit<TransferPermitted>(s.permitted, [&](TransferPermitted& b) { change(b, s); });
    return s.permitted;
  };
}

// Changes an earlier entry, so that the first permit no longer stands on it.
template <class Body, class Change>
std::function<Seq(Story&)> permit_after(Seq Story::*which, Change change) {
  return [which, change](Story& s) {
    s.log.edit<Body>(s.*which, change);
    return s.permitted;
  };
}

template <class Change>
std::function<Seq(Story&)> in_line(Seq Story::*which, Change change) {
  return [which, change](Story& s) {
    change(s.log.lines[s.*which], s);
    return s.*which;
  };
}

template <class Body, class Change>
std::function<Seq(Story&)> in_body(Seq Story::*which, Change change) {
  return [which, change](Story& s) {
    s.log.edit<Body>(s.*which, change);
    return s.*which;
  };
}

// Cuts the story before an entry and adds another one there.
template <class Add>
std::function<Seq(Story&)> instead_of(Seq Story::*which, Add add) {
  return [which, add](Story& s) {
    s.log.lines.resize(s.*which);
    return add(s);
  };
}

// The same, at a point where the main transfer has just reached the named entry.
template <class Add>
std::function<Seq(Story&)> after(Seq Story::*which, Add add) {
  return [which, add](Story& s) {
    s.log.lines.resize(s.*which + 1);
    return add(s);
  };
}

Seq add_hold(Story& s, std::vector<Reason> reasons, std::optional<Date> until = {}) {
  TransferHeld b;
  b.reasons = std::move(reasons);
  b.decided_for = s.today;
  b.held_until = until;
  return s.log.add(b, {}, s.subject, s.main_tx);
}

template <class Body>
Seq add_end(Story& s, std::vector<Reason> reasons = {Reason::cancelled_by_operator}) {
  Body b;
  b.reasons = std::move(reasons);
  return s.log.add(b, {}, s.subject, s.main_tx);
}

Seq add_delivery(Story& s, std::uint32_t attempt, int status = 200) {
  return s.log.add(TransferDelivered{attempt, digest_of(1), status}, {}, s.subject, s.main_tx);
}

Seq add_acknowledgement(Story& s, std::uint32_t attempt) {
  return s.log.add(TransferAcknowledged{attempt, digest_of(1), "ref"}, {}, s.subject, s.main_tx);
}

Seq add_abandonment(Story& s, std::uint32_t attempts) {
  return s.log.add(TransferAbandoned{attempts, "http-400"}, {}, s.subject, s.main_tx);
}

// A story cut just before its first permit, with something said in between.
template <class Body>
std::function<Seq(Story&)> permit_once(Body said) {
  return [said](Story& s) {
    s.log.lines.resize(s.permitted);
    s.log.add(said, {}, s.subject);
    return s.permit(s.main_tx, 1);
  };
}

std::vector<Breach> place_breaches() {
  return {
      {"seq_gap", "invariant 1", "seq must be", in_line(&Story::permitted, [](Line& l, Story&) { ++l.seq; })},
      {"seq_repeated", "invariant 1", "seq must be", in_line(&Story::permitted, [](Line& l, Story&) { --l.seq; })},
      {"time_back", "invariant 1", "time is before",
       in_line(&Story::permitted, [](Line& l, Story&) { l.time -= std::chrono::seconds{1}; })},
      {"id_same", "invariant 1", "id is not greater",
       in_line(&Story::permitted, [](Line& l, Story& s) { l.id = s.log.lines[l.seq - 1].id; })},
      {"ref_to_itself", "invariant 1", "does not point back",
       in_line(&Story::permitted, [](Line& l, Story&) { l.draft.refs.push_back(l.seq); })},
      {"unknown_kind", "invariant 1", "unknown kind",
       in_line(&Story::permitted, [](Line& l, Story&) { l.draft.kind = "transfer.allowed"; })},
      {"first_entry_is_not_the_opening", "invariant 1", "ledger.opened",
       [](Story& s) {
         s.log.lines.front() = s.log.lines[1];
         s.log.lines.front().seq = 0;
         return Seq{0};
       }},
      {"opened_again", "invariant 1", "ledger.opened",
       [](Story& s) {
         return s.log.add(LedgerOpened{"a", "b", "c"});
       }},
      {"subject_missing", "invariant 1", "needs a subject",
       in_line(&Story::received, [](Line& l, Story&) { l.draft.subject.reset(); })},
      {"subject_where_none_belongs", "invariant 1", "has no subject",
       in_line(&Story::rule, [](Line& l, Story& s) { l.draft.subject = s.subject; })},
      {"tx_missing", "invariant 1", "tx stands on",
       in_line(&Story::permitted, [](Line& l, Story&) { l.draft.tx.reset(); })},
      {"tx_where_none_belongs", "invariant 1", "tx stands on",
       in_line(&Story::given, [](Line& l, Story& s) { l.draft.tx = s.main_tx; })},
      {"body_with_an_unknown_key", "invariant 1", "body of consent.given",
       in_line(&Story::given, [](Line& l, Story&) { l.draft.body.insert(l.draft.body.size() - 1, R"(,"zz":1)"); })},
      {"body_of_another_kind", "invariant 1", "body of transfer.delivered",
       in_line(&Story::delivered, [](Line& l, Story&) { l.draft.body = "{}"; })},
      {"agreement_seq_of_another_kind", "invariant 1", "registers no agreement",
       in_permit([](TransferPermitted& b, Story& s) { b.agreement = s.rule; })},
      {"purpose_seq_of_another_kind", "invariant 1", "registers no purpose",
       in_permit([](TransferPermitted& b, Story& s) { b.purpose_seq = s.rule; })},
      {"rule_seq_of_another_kind", "invariant 1", "registers no rule",
       in_permit([](TransferPermitted& b, Story& s) { b.rules.push_back(s.mapping); })},
      {"mapping_seq_of_another_kind", "invariant 1", "registers no mapping",
       in_permit([](TransferPermitted& b, Story& s) { b.mapping.seq = s.rule; })},
      {"ledger_size_ahead", "invariant 1", "ledgerSize",
       in_permit([](TransferPermitted& b, Story& s) { b.ledger_size = s.permitted + 1; })},
      {"ledger_size_ahead_in_a_hold", "invariant 1", "ledgerSize",
       in_body<TransferHeld>(&Story::held, [](TransferHeld& b) { b.ledger_size = 1000; })},
      {"hold_names_no_agreement", "invariant 1", "registers no agreement",
       in_body<TransferHeld>(&Story::held, [](TransferHeld& b) { b.agreement = 1; })},
      {"refusal_names_no_rule", "invariant 1", "registers no rule",
       in_body<TransferRefused>(&Story::refused, [](TransferRefused& b) { b.rules = {1}; })},
      {"refusal_names_another_consent", "invariant 1", "is not what the consent cell rests on",
       in_body<TransferRefused>(&Story::refused, [](TransferRefused& b) { b.consent = 1; })},
      {"end_of_no_agreement", "invariant 1", "registers no agreement",
       [](Story& s) { return s.log.add(AgreementEnded{s.rule}, {s.rule}); }},
  };
}

std::vector<Breach> missing_ref_breaches() {
  std::vector<Breach> out;
  const auto without = [&](std::string name, Seq Story::*ref) {
    out.push_back({"permit_without_ref_to_" + name, "invariant 1", "is not in refs",
                   in_line(&Story::permitted, [ref](Line& l, Story& s) { std::erase(l.draft.refs, s.*ref); })});
  };
  without("agreement", &Story::agreement);
  without("purpose", &Story::purpose);
  without("rule", &Story::rule);
  without("mapping", &Story::mapping);
  without("consent", &Story::given);
  out.push_back({"hold_without_ref_to_agreement", "invariant 1", "is not in refs",
                 in_line(&Story::held, [](Line& l, Story& s) { std::erase(l.draft.refs, s.agreement); })});
  out.push_back({"refusal_without_ref_to_consent", "invariant 1", "is not in refs",
                 in_line(&Story::refused, [](Line& l, Story& s) { std::erase(l.draft.refs, s.given); })});
  return out;
}

std::vector<Breach> state_breaches() {
  return {
      {"never_requested", "invariant 2", "never requested",
       in_line(&Story::permitted, [](Line& l, Story&) { l.draft.tx = numbered_id(999); })},
      {"requested_twice", "invariant 2", "not greater",
       after(&Story::held, [](Story& s) { return s.request(s.main_tx); })},
      {"record_unknown", "invariant 2", "never received",
       in_body<TransferRequested>(&Story::requested, [](TransferRequested& b) { b.record = numbered_id(9); })},
      {"record_of_another", "invariant 2", "of another subject",
       in_line(&Story::requested, [](Line& l, Story& s) { l.draft.subject = s.other; })},
      {"record_twice", "invariant 2", "not greater",
       after(&Story::received, [](Story& s) { return s.log.add(s.record_body(), {}, s.subject); })},
      {"record_id_of_another_version", "invariant 2", "no UUID of version 7",
       in_body<RecordReceived>(&Story::received, [](RecordReceived& b) { b.record = numbered_id(100, 4); })},
      {"transfer_id_smaller_than_the_one_before", "invariant 2", "not greater",
       after(&Story::acknowledged, [](Story& s) { return s.request(numbered_id(199)); })},
      {"subject_changes", "invariant 2", "of another subject",
       in_line(&Story::failed, [](Line& l, Story& s) { l.draft.subject = s.other; })},
      {"delivered_without_permit", "invariant 2", "delivered cannot follow held",
       after(&Story::held, [](Story& s) { return add_delivery(s, 0); })},
      {"delivered_when_requested", "invariant 2", "delivered cannot follow requested",
       after(&Story::requested, [](Story& s) { return add_delivery(s, 0); })},
      {"failed_when_requested", "invariant 2", "failed cannot follow requested",
       after(&Story::requested, [](Story& s) { return s.fail_attempt(s.main_tx, 0); })},
      {"abandoned_when_held", "invariant 2", "abandoned cannot follow held",
       after(&Story::held, [](Story& s) { return add_abandonment(s, 0); })},
      {"acknowledged_before_delivered", "invariant 2", "acknowledged cannot follow permitted",
       after(&Story::permitted, [](Story& s) { return add_acknowledgement(s, 1); })},
      {"permitted_twice", "invariant 2", "permitted cannot follow permitted",
       after(&Story::permitted, [](Story& s) { return s.permit(s.main_tx, 2); })},
      {"refused_when_permitted", "invariant 2", "refused cannot follow permitted",
       after(&Story::permitted, [](Story& s) { return add_end<TransferRefused>(s); })},
      {"held_when_permitted", "invariant 2", "held cannot follow permitted",
       after(&Story::permitted, [](Story& s) { return add_hold(s, {Reason::no_consent}); })},
      {"refused_when_failed", "invariant 2", "refused cannot follow failed",
       after(&Story::failed, [](Story& s) { return add_end<TransferRefused>(s); })},
      {"delivered_when_failed", "invariant 2", "delivered cannot follow failed",
       after(&Story::failed, [](Story& s) { return add_delivery(s, 1); })},
      {"permitted_when_delivered", "invariant 2", "permitted cannot follow delivered",
       after(&Story::delivered, [](Story& s) { return s.permit(s.main_tx, 3); })},
      {"cancelled_when_delivered", "invariant 2", "cancelled cannot follow delivered",
       after(&Story::delivered, [](Story& s) { return add_end<TransferCancelled>(s); })},
      {"cancelled_when_acknowledged", "invariant 2", "cancelled cannot follow acknowledged",
       after(&Story::acknowledged, [](Story& s) { return add_end<TransferCancelled>(s); })},
      {"requested_again_when_final", "invariant 2", "not greater",
       after(&Story::acknowledged, [](Story& s) { return s.request(s.main_tx); })},
      {"attempt_skipped", "invariant 2", "attempt must be 1",
       in_permit([](TransferPermitted& b, Story&) { b.attempt = 2; })},
      {"attempt_repeated", "invariant 2", "attempt must be 2",
       in_body<TransferPermitted>(&Story::permitted_again, [](TransferPermitted& b) { b.attempt = 1; })},
      {"failed_attempt_not_open", "invariant 2", "open attempt is 1",
       in_body<TransferFailed>(&Story::failed, [](TransferFailed& b) { b.attempt = 2; })},
      {"delivered_attempt_not_open", "invariant 2", "open attempt is 2",
       in_body<TransferDelivered>(&Story::delivered, [](TransferDelivered& b) { b.attempt = 1; })},
      {"acknowledged_attempt_not_open", "invariant 2", "open attempt is 2",
       in_body<TransferAcknowledged>(&Story::acknowledged, [](TransferAcknowledged& b) { b.attempt = 3; })},
      {"delivered_with_an_error", "invariant 2", "status from 200",
       in_body<TransferDelivered>(&Story::delivered, [](TransferDelivered& b) { b.status = 404; })},
      {"abandoned_attempts_miscounted", "invariant 2", "there were 1 attempts",
       in_body<TransferAbandoned>(&Story::abandoned, [](TransferAbandoned& b) { b.attempts = 2; })},
      {"hold_without_reason", "invariant 2", "no reason",
       in_body<TransferHeld>(&Story::held, [](TransferHeld& b) { b.reasons.clear(); })},
      {"refusal_without_reason", "invariant 2", "no reason",
       in_body<TransferRefused>(&Story::refused, [](TransferRefused& b) { b.reasons.clear(); })},
      {"cancellation_without_reason", "invariant 2", "no reason",
       in_body<TransferCancelled>(&Story::cancelled, [](TransferCancelled& b) { b.reasons.clear(); })},
      {"reason_twice", "invariant 2", "given twice",
       in_body<TransferHeld>(&Story::held, [](TransferHeld& b) { b.reasons.push_back(Reason::no_consent); })},
      {"date_without_too_early", "invariant 2", "nothing is too early",
       in_body<TransferHeld>(&Story::held, [](TransferHeld& b) { b.reasons = {Reason::no_consent}; })},
      {"held_until_today", "invariant 2", "does not lie ahead",
       in_body<TransferHeld>(&Story::held, [](TransferHeld& b) { b.held_until = day(2026, 11, 24); })},
      {"held_again_for_the_same", "invariant 2", "same reasons",
       after(&Story::held,
             [](Story& s) {
               return add_hold(s, {Reason::too_early, Reason::no_consent}, day(2026, 12, 1));
             })},
      {"permit_to_another_recipient", "invariant 2", "not those requested",
       in_permit([](TransferPermitted& b, Story&) { b.recipient = "agii"; })},
      {"permit_for_another_purpose", "invariant 2", "not those requested",
       in_permit([](TransferPermitted& b, Story&) { b.purpose = "language-course"; })},
      {"permit_of_another_message", "invariant 2", "not those requested",
       in_permit([](TransferPermitted& b, Story&) { b.message = "vdab-referral"; })},
      {"notified_of_an_unknown_transfer", "invariant 2", "never requested",
       [](Story& s) {
         return s.log.add(RecipientNotified{"ERASURE", "vdab", s.today, numbered_id(9)}, {}, s.subject);
       }},
      {"notified_of_anothers_transfer", "invariant 2", "of another subject",
       [](Story& s) {
         return s.log.add(RecipientNotified{"ERASURE", "vdab", s.today, s.abandoned_tx}, {}, s.other);
       }},
      {"notified_the_wrong_recipient", "invariant 2", "another recipient",
       [](Story& s) {
         return s.log.add(RecipientNotified{"ERASURE", "agii", s.today, s.abandoned_tx}, {}, s.subject);
       }},
      {"outcome_of_an_unknown_transfer", "invariant 2", "never requested",
       [](Story& s) {
         OutcomeRejected b;
         b.recipient = "vdab";
         b.reasons = {Reason::no_consent};
         b.decided_for = s.today;
         return s.log.add(b, {}, s.subject, numbered_id(9));
       }},
  };
}

template <class Change>
std::function<Seq(Story&)> with_agreement(Change change) {
  return permit_after<AgreementRegistered>(&Story::agreement,
                                           [change](AgreementRegistered& b) { change(b.agreement); });
}

template <class Change>
std::function<Seq(Story&)> with_purpose(Change change) {
  return permit_after<PurposeRegistered>(&Story::purpose, [change](PurposeRegistered& b) { change(b.purpose); });
}

std::vector<Breach> agreement_breaches() {
  return {
      {"agreement_not_yet_in_force", "invariant 3", "is not in force",
       with_agreement([](Agreement& a) { a.valid_from = day(2026, 11, 25); })},
      {"agreement_run_out", "invariant 3", "is not in force",
       with_agreement([](Agreement& a) { a.valid_until = day(2026, 11, 23); })},
      {"agreement_ended", "invariant 3", "had ended",
       instead_of(&Story::permitted,
                  [](Story& s) {
                    s.log.add(AgreementEnded{s.agreement}, {s.agreement});
                    return s.permit(s.main_tx, 1);
                  })},
      {"agreement_replaced", "invariant 3", "had ended or was replaced",
       instead_of(
           &Story::permitted,
           [](Story& s) {
             s.log.add(AgreementAmended{Story::agreement_value(), {digest_of(4), {}}, s.agreement}, {s.agreement});
             return s.permit(s.main_tx, 1);
           })},
      {"agreement_registered_again", "invariant 3", "with this id stands",
       instead_of(&Story::permitted,
                  [](Story& s) {
                    return s.log.add(AgreementRegistered{Story::agreement_value(), {}});
                  })},
      {"agreement_amended_after_its_end", "invariant 3", "had ended before",
       [](Story& s) {
         return s.log.add(AgreementAmended{Story::agreement_value(), {}, s.agreement}, {s.agreement});
       }},
      {"agreement_amended_into_another", "invariant 3", "another id",
       instead_of(&Story::permitted,
                  [](Story& s) {
                    auto other = Story::agreement_value();
                    other.id = "sample-other";
                    return s.log.add(AgreementAmended{other, {}, s.agreement}, {s.agreement});
                  })},
      {"agreement_ended_twice", "invariant 3", "had ended before",
       [](Story& s) { return s.log.add(AgreementEnded{s.agreement}, {s.agreement}); }},
      {"agreement_the_other_way", "invariant 3", "does not go out",
       with_agreement([](Agreement& a) { a.direction = "back"; })},
      {"agreement_with_another", "invariant 3", "another recipient",
       with_agreement([](Agreement& a) { a.recipient = "agii"; })},
      {"another_legal_person", "invariant 3", "another legal person",
       in_permit([](TransferPermitted& b, Story&) { b.recipient_body = "0123456749"; })},
      {"centre_not_the_records", "invariant 3", "centre is not the record's",
       in_permit([](TransferPermitted& b, Story&) { b.centre = "C02"; })},
      {"centre_not_covered", "invariant 3", "does not cover the centre",
       with_agreement([](Agreement& a) { a.centres = {"C02"}; })},
      {"purpose_not_covered", "invariant 3", "does not cover the purpose",
       with_agreement([](Agreement& a) { a.purposes = {"language-course"}; })},
      {"category_not_covered", "invariant 3", "every category sent",
       with_agreement([](Agreement& a) { a.categories.erase(Category::wishes); })},
      {"required_category_not_covered", "invariant 3", "required category",
       [](Story& s) {
         s.log.edit<AgreementRegistered>(s.agreement, [](auto& b) { b.agreement.categories.erase(Category::contact); });
         s.log.edit<TransferPermitted>(s.permitted, [](auto& b) { b.categories.erase(Category::contact); });
         return s.permitted;
       }},
      {"category_never_for_the_purpose", "invariant 3", "never for the purpose",
       with_purpose([](Purpose& p) { p.optional.erase(Category::wishes); })},
      {"nothing_sent", "invariant 3", "no category",
       in_permit([](TransferPermitted& b, Story&) { b.categories = {}; })},
      {"purpose_not_in_force", "invariant 3", "not the purpose in force",
       with_purpose([](Purpose& p) { p.valid_until = day(2026, 11, 23); })},
      {"purpose_replaced", "invariant 3", "not the purpose in force",
       instead_of(&Story::permitted,
                  [](Story& s) {
                    s.log.add(PurposeRegistered{Story::purpose_value()});
                    return s.permit(s.main_tx, 1);
                  })},
      {"rule_not_in_force", "invariant 3", "no rule",
       permit_after<RuleRegistered>(&Story::rule, [](RuleRegistered& b) { b.rule.valid_from = day(2027, 1, 1); })},
      {"rule_not_named", "invariant 3", "which the purpose asks for",
       in_permit([](TransferPermitted& b, Story&) { b.rules.clear(); })},
      {"rule_replaced", "invariant 3", "which the purpose asks for",
       instead_of(&Story::permitted,
                  [](Story& s) {
                    s.log.add(RuleRegistered{Story::rule_value(), "text"});
                    return s.permit(s.main_tx, 1);
                  })},
  };
}

std::vector<Breach> consent_breaches() {
  return {
      {"no_consent_named", "invariant 4", "none is named",
       in_permit([](TransferPermitted& b, Story&) { b.consent.reset(); })},
      {"consent_of_another_entry", "invariant 4", "not the last word",
       in_line(&Story::permitted,
               [](Line& l, Story& s) {
                 s.log.edit<TransferPermitted>(l.seq, [&](auto& b) { b.consent = s.received; });
                 l.draft.refs.push_back(s.received);
               })},
      {"consent_of_another_subject", "invariant 4", "not the last word",
       [](Story& s) {
         s.log.lines[s.given].draft.subject = s.other;
         return s.permitted;
       }},
      {"consent_for_another_recipient", "invariant 4", "not the last word",
       permit_after<ConsentGiven>(&Story::given, [](ConsentGiven& b) { b.recipient = "agii"; })},
      {"consent_for_another_purpose", "invariant 4", "not the last word",
       permit_after<ConsentGiven>(&Story::given, [](ConsentGiven& b) { b.purpose = "language-course"; })},
      {"consent_expired", "invariant 4", "expired",
       permit_after<ConsentGiven>(&Story::given, [](ConsentGiven& b) { b.valid_until = day(2026, 11, 23); })},
      {"consent_without_a_category_sent", "invariant 4", "sent without consent",
       permit_after<ConsentGiven>(&Story::given, [](ConsentGiven& b) { b.categories.erase(Category::skills); })},
      {"consent_without_a_required_category", "invariant 4", "required category",
       [](Story& s) {
         s.log.edit<ConsentGiven>(s.given, [](auto& b) { b.categories.erase(Category::contact); });
         s.log.edit<TransferPermitted>(s.permitted, [](auto& b) { b.categories.erase(Category::contact); });
         return s.permitted;
       }},
      {"consent_superseded_by_a_refusal", "invariant 4", "not the last word",
       permit_once(Story().statement_body<ConsentRefused>(numbered_id(390)))},
      {"consent_superseded_by_another", "invariant 4", "not the last word",
       permit_once(Story().statement_body<ConsentGiven>(numbered_id(391)))},
      {"consent_withdrawn", "invariant 4", "refused or withdrawn",
       instead_of(&Story::permitted,
                  [](Story& s) {
                    s.withdraw();
                    s.given = s.withdrawn;
                    return s.permit(s.main_tx, 1);
                  })},
      {"consent_refused", "invariant 4", "refused or withdrawn",
       instead_of(&Story::permitted,
                  [](Story& s) {
                    s.given = s.log.add(s.statement_body<ConsentRefused>(numbered_id(392)), {}, s.subject);
                    return s.permit(s.main_tx, 1);
                  })},
      {"consent_narrowed", "invariant 4", "sent without consent",
       instead_of(&Story::permitted,
                  [](Story& s) {
                    const ConsentWithdrawn b{s.consent_id, "work-guidance", "vdab", {Category::wishes}, false};
                    s.given = s.log.add(b, {s.given}, s.subject);
                    return s.permit(s.main_tx, 1);
                  })},
      {"retry_after_withdrawal", "invariant 4", "not the last word",
       instead_of(&Story::permitted_again,
                  [](Story& s) {
                    s.withdraw();
                    return s.permit(s.main_tx, 2);
                  })},
      {"consent_id_used_twice", "invariant 4", "not greater",
       after(&Story::given,
             [](Story& s) { return s.log.add(s.statement_body<ConsentGiven>(s.consent_id), {}, s.subject); })},
      {"consent_to_nothing", "invariant 4", "names no category",
       in_body<ConsentGiven>(&Story::given, [](ConsentGiven& b) { b.categories = {}; })},
      {"withdrawal_of_nothing", "invariant 4", "no such consent",
       in_body<ConsentWithdrawn>(&Story::withdrawn, [](ConsentWithdrawn& b) { b.recipient = "agii"; })},
      {"withdrawal_of_a_superseded_consent", "invariant 4", "not the one the cell rests on",
       in_body<ConsentWithdrawn>(&Story::withdrawn, [](ConsentWithdrawn& b) { b.consent = numbered_id(9); })},
      {"withdrawal_of_what_was_not_given", "invariant 4", "were not given",
       in_body<ConsentWithdrawn>(&Story::withdrawn,
                                 [](ConsentWithdrawn& b) { b.categories.insert(Category::household); })},
      {"withdrawal_said_to_be_partial", "invariant 4", "whole",
       in_body<ConsentWithdrawn>(&Story::withdrawn, [](ConsentWithdrawn& b) { b.whole = false; })},
      {"withdrawal_said_to_be_whole", "invariant 4", "whole",
       in_body<ConsentWithdrawn>(&Story::withdrawn, [](ConsentWithdrawn& b) { b.categories = {Category::wishes}; })},
      {"withdrawn_twice", "invariant 4", "nothing is given",
       after(&Story::withdrawn,
             [](Story& s) {
               s.withdraw();
               return s.withdrawn;
             })},
  };
}

std::vector<Breach> subject_and_mapping_breaches() {
  return {
      {"date_without_a_waiting_time", "invariant 5", "no rule makes anybody wait",
       permit_after<RuleRegistered>(&Story::rule, [](RuleRegistered& b) { b.rule.waiting_months.reset(); })},
      {"subject_restricted", "invariant 5", "restricted", permit_once(SubjectRestricted{})},
      {"subject_erased", "invariant 5", "erased", permit_once(SubjectErased{})},
      {"before_the_date_of_the_rule", "invariant 5", "before the date",
       in_permit([](TransferPermitted& b, Story&) { b.not_before = day(2026, 11, 25); })},
      {"decided_for_another_day", "invariant 5", "not the day",
       in_permit([](TransferPermitted& b, Story&) { b.decided_for = day(2026, 11, 25); })},
      {"held_for_another_day", "invariant 5", "not the day",
       in_body<TransferHeld>(&Story::held, [](TransferHeld& b) { b.decided_for = day(2026, 11, 23); })},
      {"refused_for_another_day", "invariant 5", "not the day",
       in_body<TransferRefused>(&Story::refused, [](TransferRefused& b) { b.decided_for = day(2026, 11, 23); })},
      {"day_of_brussels_not_of_greenwich", "invariant 5", "not the day",
       [](Story& s) {  // half past eleven in the evening UTC is tomorrow in Brussels
         for (auto& line : s.log.lines) line.time += std::chrono::minutes{12 * 60 + 30};
         return s.held;
       }},
      {"mapping_of_another_version", "invariant 6", "not the one activated",
       in_permit([](TransferPermitted& b, Story&) { b.mapping.version = "1.0.1"; })},
      {"mapping_of_another_hash", "invariant 6", "not the one activated",
       in_permit([](TransferPermitted& b, Story&) { b.mapping.hash = digest_of(77); })},
      {"mapping_of_another_name", "invariant 6", "not the one activated",
       in_permit([](TransferPermitted& b, Story&) { b.mapping.name = "resident-to-agii-dossier"; })},
      {"mapping_for_another_recipient", "invariant 6", "another recipient or message",
       permit_after<MappingActivated>(&Story::mapping, [](MappingActivated& b) { b.recipient = "agii"; })},
      {"mapping_for_another_message", "invariant 6", "another recipient or message",
       permit_after<MappingActivated>(&Story::mapping, [](MappingActivated& b) { b.message = "vdab-referral"; })},
      {"mapping_for_another_purpose", "invariant 6", "not for this purpose",
       permit_after<MappingActivated>(&Story::mapping, [](MappingActivated& b) { b.purposes = {}; })},
      {"category_the_mapping_does_not_declare", "invariant 6", "does not declare",
       permit_after<MappingActivated>(&Story::mapping,
                                      [](MappingActivated& b) { b.categories.erase(Category::skills); })},
  };
}

class BrokenRule : public testing::TestWithParam<Breach> {};

TEST_P(BrokenRule, is_refused_with_its_number_and_changes_nothing) {
  auto story = Story::whole();
  const Seq refused_at = GetParam().make_it(story);
  if (HasFatalFailure()) return;
  const auto lines = story.log.encode();
  History history;
  for (Seq seq = 0; seq < refused_at; ++seq) {
    const auto applied = history.apply(decode_entry(lines[seq]).value());
    ASSERT_TRUE(applied) << "entry before the breach: " << applied.error().message;
  }
  const auto applied = history.apply(decode_entry(lines[refused_at]).value());
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().issues.at(0).where, GetParam().rule) << applied.error().message;
  EXPECT_NE(applied.error().message.find(GetParam().what), std::string::npos) << applied.error().message;
  EXPECT_EQ(applied.error().code, GetParam().rule == "invariant 1" ? ErrorCode::malformed : ErrorCode::internal);
  EXPECT_EQ(history.size(), refused_at);
}

std::string name_of(const testing::TestParamInfo<Breach>& info) {
  return info.param.name;
}

INSTANTIATE_TEST_SUITE_P(Place, BrokenRule, testing::ValuesIn(place_breaches()), name_of);
INSTANTIATE_TEST_SUITE_P(Refs, BrokenRule, testing::ValuesIn(missing_ref_breaches()), name_of);
INSTANTIATE_TEST_SUITE_P(States, BrokenRule, testing::ValuesIn(state_breaches()), name_of);
INSTANTIATE_TEST_SUITE_P(Agreements, BrokenRule, testing::ValuesIn(agreement_breaches()), name_of);
INSTANTIATE_TEST_SUITE_P(Consents, BrokenRule, testing::ValuesIn(consent_breaches()), name_of);
INSTANTIATE_TEST_SUITE_P(SubjectsAndMappings, BrokenRule, testing::ValuesIn(subject_and_mapping_breaches()), name_of);

TEST(Rules, a_purpose_that_asks_no_consent_needs_none) {
  auto story = Story::whole();
  story.log.edit<PurposeRegistered>(story.purpose, [](auto& b) { b.purpose.consent_required = false; });
  story.log.edit<TransferPermitted>(story.permitted, [](auto& b) { b.consent.reset(); });
  History history;
  const auto replayed = story.log.replay(history);
  EXPECT_TRUE(replayed) << replayed.error().message;
  EXPECT_EQ(history.counts().permits, 5U);
  EXPECT_EQ(history.counts().permits_on_consent, 4U);
}

TEST(Rules, an_agreement_without_centres_covers_all) {
  auto story = Story::whole();
  story.log.edit<AgreementRegistered>(story.agreement, [](auto& b) { b.agreement.centres.clear(); });
  History history;
  EXPECT_TRUE(story.log.replay(history));
}

TEST(Rules, consent_holds_through_its_last_day) {
  auto story = Story::whole();
  story.log.edit<ConsentGiven>(story.given, [](auto& b) { b.valid_until = day(2026, 11, 24); });
  History history;
  EXPECT_TRUE(story.log.replay(history));
}

TEST(Rules, a_held_transfer_may_be_held_for_other_reasons) {
  auto story = Story::whole();
  story.log.lines.resize(story.held + 1);
  add_hold(story, {Reason::too_early}, day(2026, 12, 1));
  History history;
  ASSERT_TRUE(story.log.replay(history));
  EXPECT_EQ(history.transfer(story.main_tx)->reasons.size(), 1U);
}

TEST(Rules, a_failed_transfer_may_be_held_and_permitted_again) {
  auto story = Story::whole();
  story.log.lines.resize(story.failed + 1);
  add_hold(story, {Reason::procedure_stale});
  story.permit(story.main_tx, 2);
  History history;
  ASSERT_TRUE(story.log.replay(history));
  EXPECT_EQ(history.transfer(story.main_tx)->attempts, 2U);
}

}  // namespace
}  // namespace ketenpoort::ledger::test
