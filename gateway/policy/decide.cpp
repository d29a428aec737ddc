#include "gateway/policy/decide.hpp"

#include <algorithm>
#include <tuple>

#include "gateway/ledger/history/history.hpp"
#include "gateway/policy/legal_dates.hpp"

namespace ketenpoort::policy {

namespace {

using Outcome = Decision::Outcome;
using ledger::History;
using ledger::RegisteredAgreement;
using ledger::RegisteredPurpose;

bool names(const std::vector<std::string>& list, std::string_view code) {
  return std::find(list.begin(), list.end(), code) != list.end();
}

bool contains(const std::vector<Reason>& reasons, Reason reason) {
  return std::find(reasons.begin(), reasons.end(), reason) != reasons.end();
}

// Gathers reasons in the order of evaluation; the first one's outcome stands.
class Verdict {
 public:
  void fail(Outcome outcome, Reason reason) {
    if (contains(reasons_, reason)) return;
    if (reasons_.empty()) outcome_ = outcome;
    reasons_.push_back(reason);
  }
  [[nodiscard]] Outcome outcome() const { return outcome_; }
  [[nodiscard]] const std::vector<Reason>& reasons() const { return reasons_; }

 private:
  Outcome outcome_ = Outcome::permit;
  std::vector<Reason> reasons_;
};

void check_subject(const History& history, const Question& q, Verdict& verdict) {
  if (history.is_erased(q.subject)) verdict.fail(Outcome::refuse, Reason::subject_erased);
  if (history.is_restricted(q.subject)) verdict.fail(Outcome::hold, Reason::subject_restricted);
  if (q.facts->stay_ended(q.on)) verdict.fail(Outcome::cancel, Reason::stay_ended);
  if (q.identity_conflict) verdict.fail(Outcome::hold, Reason::identity_conflict);
  if (q.needs_ssin && !q.facts->has_ssin) verdict.fail(Outcome::hold, Reason::identifier_missing);
}

void check_minor(const Question& q, const Purpose* purpose, Verdict& verdict) {
  if (purpose == nullptr || !q.facts->is_minor(q.on)) return;
  if (!purpose->minors_allowed) return verdict.fail(Outcome::refuse, Reason::minor);
  const auto& representative = q.facts->representative;
  if (!representative || (representative->valid_from && q.on < *representative->valid_from))
    return verdict.fail(Outcome::hold, Reason::representative_missing);
  if (representative->valid_until && *representative->valid_until < q.on)
    verdict.fail(Outcome::hold, Reason::representative_lapsed);
}

// Regions by the NIS code of a municipality: the first digit is the province; Brabant (2) is divided.
std::string_view region_of(std::string_view nis) {
  if (nis.size() != 5) return {};
  if (nis.starts_with("21")) return "BRU";
  const bool flemish =
      nis.starts_with("23") || nis.starts_with("24") || std::string_view{"1347"}.find(nis[0]) != std::string_view::npos;
  return flemish ? "VLA" : "WAL";
}

// Where the recipient would act: a municipality, there where the resident goes; all others where the centre stands.
struct Place {
  std::string_view municipality;
  std::string_view region;
};
Place find_place(const Question& q) {
  const auto& chosen = q.facts->handover_municipality;
  if (q.recipient == "municipality" && !chosen.empty()) return {chosen, region_of(chosen)};
  // Older systems state the municipality alone.
  const auto& region = q.facts->region;
  return {q.facts->centre_municipality, region.empty() ? region_of(q.facts->centre_municipality) : region};
}

// Of the bodies that act at a place: the one for the first language that the resident is spoken with in and that any of
// them names, else the one for all languages.
template <class ActsThere>
const RecipientBody* choose_body(const Purpose& purpose, const std::vector<std::string>& languages,
                                 const ActsThere& acts_there) {
  for (const auto& language : languages)
    for (const auto& body : purpose.bodies)
      if (acts_there(body) && names(body.languages, language)) return &body;
  for (const auto& body : purpose.bodies)
    if (acts_there(body) && body.languages.empty()) return &body;
  return nullptr;
}

// The legal person that the recipient is at this place and for this language: one that names the municipality, else one
// of the region. Nothing outside what is configured.
const RecipientBody* find_body(const Purpose& purpose, const Question& q) {
  const auto place = find_place(q);
  const auto& languages = q.facts->languages;
  const auto* of_municipality = choose_body(
      purpose, languages, [&](const RecipientBody& body) { return names(body.municipalities, place.municipality); });
  if (of_municipality != nullptr) return of_municipality;
  return choose_body(purpose, languages, [&](const RecipientBody& body) {
    return body.municipalities.empty() && names(body.regions, place.region);
  });
}

// Everything an agreement lacks for this question, in the order of the closed list.
std::vector<Reason> find_gaps(const Agreement& agreement, const Question& q, const Purpose* purpose,
                              const RecipientBody* body) {
  std::vector<Reason> gaps;
  if (q.on < agreement.valid_from || (agreement.valid_until && *agreement.valid_until < q.on))
    gaps.push_back(Reason::agreement_not_in_force);
  if (!names(agreement.purposes, q.purpose)) gaps.push_back(Reason::purpose_not_covered);
  if (purpose != nullptr && !agreement.categories.includes(purpose->required))
    gaps.push_back(Reason::category_not_covered);
  if (body != nullptr && agreement.recipient_body != body->body) gaps.push_back(Reason::recipient_not_covered);
  if (!agreement.centres.empty() && !names(agreement.centres, q.facts->centre))
    gaps.push_back(Reason::centre_not_covered);
  const bool outside = purpose != nullptr && !purpose->bodies.empty() && body == nullptr;
  if (outside || (!agreement.regions.empty() && !names(agreement.regions, find_place(q).region)))
    gaps.push_back(Reason::wrong_region);
  return gaps;
}

// The agreement with the legal person that the recipient is there, or else with another; of those the one that lacks
// least; among equals one that names the municipality, then the last registered.
struct Ground {
  const RegisteredAgreement* agreement = nullptr;
  std::vector<Reason> gaps;
};
Ground find_ground(const History& history, const Question& q, const Purpose* purpose) {
  Ground best;
  const auto* body = purpose == nullptr ? nullptr : find_body(*purpose, q);
  const auto rank = [body](const Ground& ground) {
    const bool is_with_body = body != nullptr && ground.agreement->value.recipient_body == body->body;
    return std::tuple(is_with_body, -static_cast<long>(ground.gaps.size()),
                      !ground.agreement->value.municipalities.empty(), ground.agreement->seq);
  };
  for (const auto* agreement : history.agreements_with(q.recipient)) {
    const auto& terms = agreement->value;
    if (!agreement->current || terms.direction != "out") continue;
    if (!terms.municipalities.empty() && !names(terms.municipalities, find_place(q).municipality)) continue;
    Ground candidate{agreement, find_gaps(terms, q, purpose, body)};
    if (best.agreement == nullptr || rank(best) < rank(candidate)) best = std::move(candidate);
  }
  return best;
}

const RegisteredAgreement* check_agreement(const History& history, const Question& q, const RegisteredPurpose* purpose,
                                           Verdict& verdict) {
  const auto ground = q.recipient_built ? find_ground(history, q, purpose ? &purpose->value : nullptr) : Ground{};
  if (ground.agreement == nullptr) {
    verdict.fail(Outcome::refuse, Reason::no_agreement);
    return nullptr;
  }
  for (const auto gap : ground.gaps) verdict.fail(Outcome::refuse, gap);
  // A purpose nobody registered has no category table and no basis, whatever the agreement says.
  if (purpose == nullptr) verdict.fail(Outcome::refuse, Reason::purpose_not_covered);
  return ground.agreement;
}

Outcome outcome_of_missing(Reason reason) {
  return reason == Reason::not_in_target_group ? Outcome::refuse : Outcome::hold;
}

void check_dates(const History& history, const Question& q, const Purpose& purpose, Verdict& verdict,
                 Decision& decision) {
  int facts_max_age_days = default_facts_max_age_days;
  if (!purpose.rule.empty()) {
    if (const auto* rule = history.find_rule(purpose.rule, q.on)) {
      decision.rules.push_back(rule->seq);
      facts_max_age_days = rule->value.facts_max_age_days;
      const auto access = find_access(rule->value, *q.facts, q.on);
      decision.not_before = access.first_lawful;
      if (access.missing) verdict.fail(outcome_of_missing(*access.missing), *access.missing);
    } else {
      // No version of the rule is in force on the day: the law, as far as we were told, does not know this purpose.
      verdict.fail(Outcome::refuse, Reason::purpose_not_covered);
    }
  }
  if (days_between(q.facts->as_of, q.on) > facts_max_age_days) verdict.fail(Outcome::hold, Reason::procedure_stale);
}

// A minor does not consent alone; what a guardian or parent said ends on the eighteenth birthday. An administrator's
// word stands as long as the record names one.
void check_representative(const Purpose& purpose, const History::Cell& cell, const Facts& facts, Date on,
                          Verdict& verdict) {
  if (facts.is_minor(on)) {
    // Where minors are off, or nobody may speak for this one, that was said before.
    const bool somebody_may = purpose.minors_allowed && facts.representative;
    if (somebody_may && !cell.representative) verdict.fail(Outcome::hold, Reason::representative_missing);
    return;
  }
  const bool administered = facts.representative && facts.representative->kind == "BEWINDVOERDER";
  if (cell.representative && !administered) verdict.fail(Outcome::hold, Reason::representative_lapsed);
}

// A notice that was READ informs, on the word of who recorded it, unless a screening says that the resident cannot read
// its script; a representative reads for who has one.
void check_informed(const History::Cell& cell, const Facts& facts, Verdict& verdict) {
  if (cell.read_in.empty() || cell.representative) return;
  if (facts.literacy && rules_out_language(*facts.literacy, cell.read_in))
    verdict.fail(Outcome::hold, Reason::not_informed);
}

void check_consent(const Purpose& purpose, const std::optional<History::Cell>& cell, const Facts& facts, Date on,
                   Verdict& verdict) {
  if (!cell) return verdict.fail(Outcome::hold, Reason::no_consent);
  if (cell->state == History::CellState::refused) return verdict.fail(Outcome::refuse, Reason::consent_refused);
  if (cell->state == History::CellState::withdrawn) return verdict.fail(Outcome::refuse, Reason::consent_withdrawn);
  check_representative(purpose, *cell, facts, on, verdict);
  if (cell->valid_until && *cell->valid_until < on) verdict.fail(Outcome::hold, Reason::consent_expired);
  check_informed(*cell, facts, verdict);
}

// What may be sent, and whether that is enough for the purpose.
CategorySet check_categories(const Purpose& purpose, const RegisteredAgreement* agreement,
                             const std::optional<History::Cell>& cell, Verdict& verdict) {
  CategorySet covered = purpose.allowed();
  if (agreement != nullptr) covered = covered & agreement->value.categories;
  if (purpose.consent_required) {
    const bool given = cell && cell->state == History::CellState::given;
    // Without a consent the missing consent is the reason, not each category of it.
    if (given && !cell->categories.includes(purpose.required))
      verdict.fail(Outcome::refuse, Reason::category_not_covered);
    covered = given ? covered & cell->categories : CategorySet{};
    if (!given) return covered;
  }
  if (covered.empty()) verdict.fail(Outcome::refuse, Reason::nothing_to_send);
  return covered;
}

}  // namespace

std::string_view to_text(Decision::Outcome outcome) {
  switch (outcome) {
    case Outcome::permit:
      return "permit";
    case Outcome::hold:
      return "hold";
    case Outcome::refuse:
      return "refuse";
    case Outcome::cancel:
      return "cancel";
  }
  return {};
}

Decision decide(const History& history, const Question& q) {
  Verdict verdict;
  Decision decision;
  const auto* purpose = history.find_purpose(q.purpose, q.recipient, q.on);

  check_subject(history, q, verdict);
  check_minor(q, purpose != nullptr ? &purpose->value : nullptr, verdict);
  const auto* agreement = check_agreement(history, q, purpose, verdict);
  if (agreement != nullptr) {
    decision.agreement = agreement->seq;
    decision.recipient_body = agreement->value.recipient_body;
  }
  if (purpose != nullptr) {
    const auto& terms = purpose->value;
    decision.purpose = purpose->seq;
    decision.basis = terms.basis_sender;
    check_dates(history, q, terms, verdict, decision);
    std::optional<History::Cell> cell;
    if (terms.consent_required) {
      cell = history.cell(q.subject, q.purpose, q.recipient);
      if (cell) decision.consent = cell->seq;
      check_consent(terms, cell, *q.facts, q.on, verdict);
    }
    decision.categories = check_categories(terms, agreement, cell, verdict);
  }
  if (verdict.outcome() == Outcome::permit && history.is_anchor_stale(q.at))
    verdict.fail(Outcome::hold, Reason::anchor_stale);

  decision.outcome = verdict.outcome();
  decision.reasons = verdict.reasons();
  if (decision.outcome == Outcome::hold && contains(decision.reasons, Reason::too_early))
    decision.held_until = decision.not_before;
  return decision;
}

}  // namespace ketenpoort::policy
