#include "gateway/policy/replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "gateway/ledger/entry/bodies.hpp"
#include "gateway/ledger/entry/kinds.hpp"
#include "gateway/policy/log_evidence.hpp"
#include "gateway/policy/replay_outcome.hpp"

namespace ketenpoort::policy {
namespace {

using ledger::broken;
using ledger::Entry;
using ledger::History;
using ledger::Kind;
using ledger::Seq;
using Outcome = Decision::Outcome;
using Reasons = std::vector<Reason>;

constexpr int dates_of_permits = 5;  // the invariant
constexpr int right_reasons = 8;

// A hold, refusal or cancellation as its entry states it.
struct Stated {
  Kind kind{};
  ledger::DecisionGround ground;
  std::optional<Date> decided_for;
  std::optional<Date> held_until;

  [[nodiscard]] bool has(Reason reason) const {
    return std::find(ground.reasons.begin(), ground.reasons.end(), reason) != ground.reasons.end();
  }
};

template <class Body>
Result<Stated> read_stated(const Entry& entry, Kind kind) {
  const auto body = entry.body_of<Body>();
  if (!body) return broken(entry, 1, body.error().message);
  Stated stated{kind, *body, {}, {}};
  stated.decided_for = body->decided_for;
  if constexpr (std::same_as<Body, ledger::TransferHeld>) stated.held_until = body->held_until;
  return stated;
}

Result<Stated> read_stated(const Entry& entry, Kind kind) {
  if (kind == Kind::transfer_held) return read_stated<ledger::TransferHeld>(entry, kind);
  if (kind == Kind::transfer_refused) return read_stated<ledger::TransferRefused>(entry, kind);
  return read_stated<ledger::TransferCancelled>(entry, kind);
}

// ---- what follows from a list of reasons ----

Outcome outcome_of(Reason reason) {
  switch (reason) {
    case Reason::stay_ended:
      return Outcome::cancel;
    case Reason::subject_restricted:
    case Reason::identity_conflict:
    case Reason::identifier_missing:
    case Reason::representative_missing:
    case Reason::representative_lapsed:
    case Reason::too_early:
    case Reason::document_missing:
    case Reason::card_not_renewed:
    case Reason::procedure_stale:
    case Reason::no_consent:
    case Reason::consent_expired:
    case Reason::not_informed:
    case Reason::mapping_failed:
    case Reason::schema_invalid:
    case Reason::anchor_stale:
      return Outcome::hold;
    default:
      return Outcome::refuse;
  }
}

// A failed transfer cannot become refused: it is cancelled instead.
Kind kind_of(Outcome outcome, TransferState state) {
  if (outcome == Outcome::hold) return Kind::transfer_held;
  if (outcome == Outcome::refuse && state != TransferState::failed) return Kind::transfer_refused;
  return Kind::transfer_cancelled;
}

// The order in which policy looks; a reason may come up in two places.
constexpr std::array<std::array<Reason, 2>, 25> order_of_evaluation = {{
    {Reason::subject_erased, Reason::subject_erased},
    {Reason::subject_restricted, Reason::subject_restricted},
    {Reason::stay_ended, Reason::stay_ended},
    {Reason::identity_conflict, Reason::identity_conflict},
    {Reason::identifier_missing, Reason::identifier_missing},
    {Reason::minor, Reason::minor},
    {Reason::representative_missing, Reason::representative_lapsed},
    {Reason::no_agreement, Reason::agreement_not_in_force},
    {Reason::purpose_not_covered, Reason::purpose_not_covered},
    {Reason::category_not_covered, Reason::category_not_covered},
    {Reason::recipient_not_covered, Reason::recipient_not_covered},
    {Reason::centre_not_covered, Reason::centre_not_covered},
    {Reason::wrong_region, Reason::wrong_region},
    {Reason::purpose_not_covered, Reason::purpose_not_covered},
    {Reason::not_in_target_group, Reason::too_early},
    {Reason::document_missing, Reason::card_not_renewed},
    {Reason::procedure_stale, Reason::procedure_stale},
    {Reason::no_consent, Reason::no_consent},
    {Reason::consent_refused, Reason::consent_withdrawn},
    {Reason::representative_missing, Reason::representative_lapsed},
    {Reason::consent_expired, Reason::consent_expired},
    {Reason::not_informed, Reason::not_informed},
    {Reason::category_not_covered, Reason::category_not_covered},
    {Reason::nothing_to_send, Reason::nothing_to_send},
    {Reason::anchor_stale, Reason::anchor_stale},
}};

bool in_order(const Reasons& reasons) {
  auto at = order_of_evaluation.begin();
  for (const auto reason : reasons) {
    at = std::find_if(at, order_of_evaluation.end(),
                      [&](const auto& step) { return step[0] == reason || step[1] == reason; });
    if (at == order_of_evaluation.end()) return false;
  }
  return true;
}

// What the mapping may say of a message that policy would have permitted: alone, and never with another reason.
bool may_come_of_translation(Reason reason) {
  return reason == Reason::identifier_missing || reason == Reason::mapping_failed || reason == Reason::schema_invalid ||
         reason == Reason::nothing_to_send || reason == Reason::category_not_covered;
}

// hold-expired and superseded stand before the reasons of the decision that they end.
bool gives_up(Reason reason) {
  return reason == Reason::hold_expired || reason == Reason::superseded;
}

// ---- the ground: seqs that follow from the log ----

// Which agreement is the ground, as far as it does not depend on where the resident is.
Status check_agreement(const PlaceInLog& place, const Stated& stated) {
  const auto& entry = *place.entry;
  if (!stated.ground.recipient_built) {
    if (place.agreement == nullptr) return {};
    return broken(entry, right_reasons, "an agreement is named though the recipient is not built");
  }
  if (place.agreement == nullptr) {
    const auto* standing = find_agreement_everywhere(place);
    if (standing == nullptr) return {};
    return broken(entry, right_reasons,
                  fmt::format("no agreement is named, though entry {} goes out to the recipient", standing->seq));
  }
  const auto& agreement = *place.agreement;
  if (!agreement.current || agreement.value.direction != "out" || agreement.value.recipient != place.transfer.recipient)
    return broken(entry, right_reasons, "the agreement named could not be the ground");
  if (const auto* better = find_better_agreement(place))
    return broken(entry, right_reasons, fmt::format("agreement {} comes before the one that is named", better->seq));
  return {};
}

Status check_ground(const PlaceInLog& place, const Stated& stated) {
  const auto& entry = *place.entry;
  const auto seq_of = [](const auto* registered) { return registered ? std::optional(registered->seq) : std::nullopt; };
  if (stated.ground.purpose_seq != seq_of(place.purpose))
    return broken(entry, right_reasons, "purposeSeq is not that of the purpose in force");
  if (stated.ground.consent != (place.cell ? std::optional(place.cell->seq) : std::nullopt))
    return broken(entry, right_reasons, "consent is not what the cell rests on");
  std::vector<Seq> rules;
  if (place.rule != nullptr) rules.push_back(place.rule->seq);
  if (stated.ground.rules != rules) return broken(entry, right_reasons, "rules are not those in force for the purpose");
  return check_agreement(place, stated);
}

// ---- facts sealed: what the log alone says ----

Status check_reasons(const PlaceInLog& place, const Reasons& reasons) {
  for (std::size_t i = 0; i < reason_count; ++i) {
    const auto reason = static_cast<Reason>(i);
    const auto said = says(place, reason);
    const bool listed = std::find(reasons.begin(), reasons.end(), reason) != reasons.end();
    if (listed && said == Says::no)
      return broken(*place.entry, right_reasons, fmt::format("{} does not follow from the log", to_text(reason)));
    if (!listed && said == Says::yes)
      return broken(*place.entry, right_reasons,
                    fmt::format("{} follows from the log and is missing", to_text(reason)));
  }
  const auto of_the_rule = std::count_if(reasons.begin(), reasons.end(), [](Reason reason) {
    return reason == Reason::not_in_target_group || reason == Reason::too_early || reason == Reason::document_missing ||
           reason == Reason::card_not_renewed;
  });
  if (of_the_rule > 1) return broken(*place.entry, right_reasons, "a rule gives one reason at most");
  if (reasons.size() > 1 && reasons.back() == Reason::anchor_stale)
    return broken(*place.entry, right_reasons, "anchor-stale holds only what would be permitted");
  if (!in_order(reasons))
    return broken(*place.entry, right_reasons, "the reasons do not stand in the order of evaluation");
  return {};
}

Status check_held_until(const PlaceInLog& place, const Stated& stated) {
  const bool dated = stated.kind == Kind::transfer_held && stated.has(Reason::too_early);
  if (dated != stated.held_until.has_value())
    return broken(*place.entry, right_reasons, "heldUntil stands exactly on a hold that is too early");
  return {};
}

// Policy would have permitted, but the mapping made no message.
bool is_of_translation(const PlaceInLog& place, const Stated& stated) {
  if (stated.ground.reasons.size() != 1 || !may_come_of_translation(stated.ground.reasons.front())) return false;
  if (stated.kind != kind_of(outcome_of(stated.ground.reasons.front()), place.transfer.state)) return false;
  for (std::size_t i = 0; i < reason_count; ++i)
    if (says(place, static_cast<Reason>(i)) == Says::yes) return false;
  return !place.history->is_anchor_stale(place.entry->time);
}

Status check_sealed(const PlaceInLog& place, const Stated& stated) {
  if (auto ground = check_ground(place, stated); !ground) return ground;
  if (is_of_translation(place, stated)) return {};
  Reasons reasons = stated.ground.reasons;
  if (gives_up(reasons.front())) {
    if (!is_explained(place, reasons.front()))
      return broken(*place.entry, right_reasons,
                    fmt::format("{} does not follow from the log", to_text(reasons.front())));
    if (stated.kind != Kind::transfer_cancelled)
      return broken(*place.entry, right_reasons, "what is given up is cancelled");
    // A message that says more than may be sent now makes way though policy would permit: no other reason then.
    if (reasons.front() == Reason::superseded && reasons.size() == 1) return {};
    reasons.erase(reasons.begin());
  } else if (stated.kind != kind_of(outcome_of(reasons.front()), place.transfer.state)) {
    return broken(*place.entry, right_reasons, fmt::format("{} has another outcome", to_text(reasons.front())));
  }
  if (auto held = check_held_until(place, stated); !held) return held;
  return check_reasons(place, reasons);
}

// ---- facts at hand: decided again ----

bool same_ground(const Decision& decision, const ledger::DecisionGround& ground) {
  return decision.agreement == ground.agreement && decision.consent == ground.consent &&
         decision.purpose == ground.purpose_seq && decision.rules == ground.rules;
}

Decision decide_again(const PlaceInLog& place, const Premises& premises) {
  const auto& asked = place.transfer;
  return decide(*place.history,
                question_from(premises, asked.subject, asked.recipient, asked.purpose, place.entry->time));
}

bool comes_out_again(const PlaceInLog& place, const Stated& stated, const Premises& premises,
                     const Decision& decision) {
  const auto& reasons = stated.ground.reasons;
  const bool permits = decision.outcome == Outcome::permit;
  if (gives_up(reasons.front())) {
    if (stated.kind != Kind::transfer_cancelled || !is_explained(place, reasons.front())) return false;
    const bool shrank = reasons.front() == Reason::superseded && permits && reasons.size() == 1;
    return shrank || std::equal(reasons.begin() + 1, reasons.end(), decision.reasons.begin(), decision.reasons.end());
  }
  if (permits)
    return premises.translation && reasons == Reasons{*premises.translation} &&
           may_come_of_translation(reasons.front()) &&
           stated.kind == kind_of(outcome_of(reasons.front()), place.transfer.state);
  return stated.kind == kind_of(decision.outcome, place.transfer.state) && reasons == decision.reasons &&
         stated.held_until == decision.held_until;
}

Status check_again(const PlaceInLog& place, const Stated& stated, const Premises& premises) {
  const auto decision = decide_again(place, premises);
  if (!same_ground(decision, stated.ground) || premises.recipient_built != stated.ground.recipient_built)
    return broken(*place.entry, right_reasons, "decided again with its facts, it rests on another ground");
  if (!comes_out_again(place, stated, premises, decision))
    return broken(*place.entry, right_reasons,
                  fmt::format("decided again with its facts, it comes to {}{}", to_text(decision.outcome),
                              decision.reasons.empty() ? "" : fmt::format(" ({})", to_text(decision.reasons.front()))));
  return {};
}

// ---- events: cancelled without a decision ----

Result<Grade> check_event(const PlaceInLog& place, const Stated& stated, const Premises* premises) {
  if (stated.kind != Kind::transfer_cancelled)
    return broken(*place.entry, right_reasons, "a refusal names the day it was decided for");
  if (!stated.ground.recipient_built)
    return broken(*place.entry, right_reasons, "it says of the recipient what no decision looked at");
  for (const auto reason : stated.ground.reasons)
    if (!is_explained(place, reason))
      return broken(*place.entry, right_reasons, fmt::format("{} does not follow from the log", to_text(reason)));
  if (!stated.has(Reason::stay_ended)) return Grade::replayed;
  if (premises == nullptr) return Grade::consistent;
  if (!premises->facts.stay_ended(place.on))
    return broken(*place.entry, right_reasons, "stay-ended does not follow from the facts");
  return Grade::replayed;
}

// ---- permits ----

// Everything but an event is decided on facts, and facts are kept sealed.
Status check_seal(const Entry& entry, int invariant) {
  if (!entry.is_sealed) return broken(entry, invariant, "the facts it was decided on are not sealed in it");
  return {};
}

Result<Grade> check_permit(const History& history, const Entry& entry, const Premises* premises) {
  if (auto seal = check_seal(entry, dates_of_permits); !seal) return fail(seal.error());
  if (premises == nullptr) return Grade::consistent;  // the rest History has checked
  const auto body = entry.body_of<ledger::TransferPermitted>();
  if (!body) return broken(entry, 1, body.error().message);
  const auto place = find_place(history, entry, body->agreement);
  if (!place) return Grade::consistent;  // History says what is wrong
  const auto decision = decide_again(*place, *premises);
  if (decision.outcome != Outcome::permit)
    return broken(
        entry, dates_of_permits,
        fmt::format("decided again with its facts, it is not permitted: {}", to_text(decision.reasons.front())));
  if (decision.not_before != body->not_before)
    return broken(entry, dates_of_permits, "notBefore is not the day that the rule gives for its facts");
  const bool same = decision.agreement == body->agreement && decision.purpose == body->purpose_seq &&
                    decision.consent == body->consent && decision.rules == body->rules &&
                    decision.recipient_body == body->recipient_body && decision.basis == body->basis &&
                    decision.categories.includes(body->categories);
  if (!same) return broken(entry, dates_of_permits, "decided again with its facts, it rests on another ground");
  return Grade::replayed;
}

std::optional<Kind> decision_kind(const Entry& entry) {
  const auto kind = entry.typed ? entry.typed.kind() : ledger::parse_kind(entry.kind);
  const bool decides = kind == Kind::transfer_permitted || kind == Kind::transfer_held ||
                       kind == Kind::transfer_refused || kind == Kind::transfer_cancelled;
  return decides ? kind : std::nullopt;
}

}  // namespace

Result<Grade> replay_decision(const History& history, const Entry& entry, const Premises* premises) {
  if (is_outcome(entry)) {
    if (auto outcome = replay_outcome(history, entry); !outcome) return fail(outcome.error());
    return Grade::replayed;
  }
  const auto kind = decision_kind(entry);
  if (!kind) return Grade::replayed;
  if (*kind == Kind::transfer_permitted) return check_permit(history, entry, premises);
  const auto stated = read_stated(entry, *kind);
  if (!stated) return fail(stated.error());
  if (stated->ground.reasons.empty()) return broken(entry, 2, "no reason is given");
  const auto place = find_place(history, entry, stated->ground.agreement);
  if (!place) return broken(entry, 2, "the transfer was never requested");
  if (!stated->decided_for) return check_event(*place, *stated, premises);
  if (auto seal = check_seal(entry, right_reasons); !seal) return fail(seal.error());
  if (premises == nullptr) {
    if (auto checked = check_sealed(*place, *stated); !checked) return fail(checked.error());
    return Grade::consistent;
  }
  if (auto checked = check_again(*place, *stated, *premises); !checked) return fail(checked.error());
  return Grade::replayed;
}

Status Replay::check(const History& history, const Entry& entry) {
  if (entry.kind == ledger::SubjectErased::kind && entry.subject) {
    const auto body = entry.body_of<ledger::SubjectErased>();
    if (body && std::find(body->classes.begin(), body->classes.end(), "proof") != body->classes.end()) {
      const auto lost = std::min(tally_.sealed, history.sealed_decisions(*entry.subject));
      tally_.sealed -= lost;
      tally_.erased += lost;
    }
    return {};
  }
  if (!decision_kind(entry) && !is_outcome(entry)) return {};
  std::optional<Premises> premises;
  if (unseal_ && entry.is_sealed && !is_outcome(entry)) {
    if (const auto text = unseal_(entry)) {
      auto read = decode_premises(*text);
      if (!read) return broken(entry, right_reasons, read.error().message);
      premises = std::move(*read);
    }
  }
  const auto grade = replay_decision(history, entry, premises ? &*premises : nullptr);
  if (!grade) return fail(grade.error());
  ++(*grade == Grade::replayed ? tally_.replayed : tally_.sealed);
  return {};
}

}  // namespace ketenpoort::policy
