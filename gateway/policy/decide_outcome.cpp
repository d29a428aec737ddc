#include "gateway/policy/decide_outcome.hpp"

#include <algorithm>

#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::policy {
namespace {

using ledger::History;
using ledger::RegisteredAgreement;

void add(OutcomeDecision& decision, Reason reason) {
  if (std::ranges::find(decision.reasons, reason) == decision.reasons.end()) decision.reasons.push_back(reason);
}

std::vector<Reason> find_gaps(const Agreement& agreement, Date on) {
  std::vector<Reason> gaps;
  if (on < agreement.valid_from || (agreement.valid_until && *agreement.valid_until < on))
    gaps.push_back(Reason::agreement_not_in_force);
  if (std::ranges::find(agreement.purposes, follow_up) == agreement.purposes.end())
    gaps.push_back(Reason::purpose_not_covered);
  if (!agreement.categories.contains(Category::outcome)) gaps.push_back(Reason::category_not_covered);
  return gaps;
}

// The one that lacks least; among equals the last registered.
void check_agreement(const History& history, const OutcomeQuestion& q, OutcomeDecision& decision) {
  const RegisteredAgreement* best = nullptr;
  std::vector<Reason> least;
  for (const auto* agreement : history.agreements_with(q.reporter)) {
    if (!agreement->current || agreement->value.direction != "back") continue;
    auto gaps = find_gaps(agreement->value, q.on);
    const bool better =
        best == nullptr || gaps.size() < least.size() || (gaps.size() == least.size() && agreement->seq > best->seq);
    if (!better) continue;
    best = agreement;
    least = std::move(gaps);
  }
  if (best == nullptr) return add(decision, Reason::no_agreement);
  decision.agreement = best->seq;
  for (const auto gap : least) add(decision, gap);
}

bool comes_by_name(const OutcomeQuestion& q) {
  return std::ranges::find(statuses_by_name, q.status) != statuses_by_name.end() &&
         std::ranges::find(kinds_as_figures, q.kind) == kinds_as_figures.end();
}

void check_consent(const std::optional<History::Cell>& cell, Date on, OutcomeDecision& decision) {
  if (!cell) return add(decision, Reason::no_consent);
  decision.consent = cell->seq;
  if (cell->state == History::CellState::refused) return add(decision, Reason::consent_refused);
  if (cell->state == History::CellState::withdrawn) return add(decision, Reason::consent_withdrawn);
  if (cell->valid_until && *cell->valid_until < on) add(decision, Reason::consent_expired);
  if (!cell->categories.contains(Category::outcome)) add(decision, Reason::category_not_covered);
}

}  // namespace

OutcomeDecision decide_outcome(const History& history, const OutcomeQuestion& q) {
  OutcomeDecision decision;
  if (history.is_erased(q.subject)) add(decision, Reason::subject_erased);
  if (history.is_restricted(q.subject)) add(decision, Reason::subject_restricted);
  check_agreement(history, q, decision);
  const auto* purpose = history.find_purpose(follow_up, follow_up_recipient, q.on);
  if (purpose == nullptr) add(decision, Reason::purpose_not_covered);
  const bool has_ground = decision.taken();
  if (!comes_by_name(q)) add(decision, Reason::category_not_covered);
  OutcomeDecision of_consent;
  if (purpose != nullptr && purpose->value.consent_required)
    check_consent(history.cell(q.subject, follow_up, follow_up_recipient), q.on, of_consent);
  decision.consent = of_consent.consent;
  for (const auto reason : of_consent.reasons) add(decision, reason);
  decision.only_as_figure = has_ground && of_consent.taken() && !comes_by_name(q);
  return decision;
}

}  // namespace ketenpoort::policy
