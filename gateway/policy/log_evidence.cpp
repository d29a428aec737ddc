#include "gateway/policy/log_evidence.hpp"

#include <algorithm>

namespace ketenpoort::policy {
namespace {

using ledger::History;
using CellState = History::CellState;

bool names(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

Says known(bool yes) {
  return yes ? Says::yes : Says::no;
}
Says possible(bool it_is) {
  return it_is ? Says::maybe : Says::no;
}

bool cell_is(const PlaceInLog& place, CellState state) {
  return place.cell && place.cell->state == state;
}

bool asks_consent(const PlaceInLog& place) {
  return place.purpose != nullptr && place.purpose->value.consent_required;
}

bool minors_allowed(const PlaceInLog& place) {
  return place.purpose != nullptr && place.purpose->value.minors_allowed;
}

bool rule_is(const PlaceInLog& place, std::string_view algorithm) {
  return place.rule != nullptr && place.rule->value.algorithm == algorithm;
}

bool lacks_a_rule(const PlaceInLog& place) {
  return place.purpose != nullptr && !place.purpose->value.rule.empty() && place.rule == nullptr;
}

bool in_force(const Agreement& agreement, Date on) {
  return agreement.valid_from <= on && (!agreement.valid_until || on <= *agreement.valid_until);
}

// The purpose says which legal persons the recipient is; which of them, the facts tell.
bool resolves(const PlaceInLog& place) {
  return place.purpose != nullptr && !place.purpose->value.bodies.empty();
}
bool is_some_other_body(const PlaceInLog& place) {
  return resolves(place) && std::ranges::any_of(place.purpose->value.bodies, [&](const RecipientBody& body) {
           return body.body != place.agreement->value.recipient_body;
         });
}

// Where there is no agreement, a purpose that nobody registered is not looked for: the recipient is not built.
bool purpose_uncovered(const PlaceInLog& place) {
  if (place.purpose == nullptr) return place.agreement != nullptr;
  return lacks_a_rule(place) ||
         (place.agreement != nullptr && !names(place.agreement->value.purposes, place.transfer.purpose));
}

bool category_uncovered(const PlaceInLog& place) {
  if (place.purpose == nullptr) return false;
  const auto& required = place.purpose->value.required;
  const bool by_agreement = place.agreement != nullptr && !place.agreement->value.categories.includes(required);
  return by_agreement || (cell_is(place, CellState::given) && !place.cell->categories.includes(required));
}

bool is_outside(const PlaceInLog& place, const Agreement& agreement) {
  if (agreement.centres.empty()) return false;
  const auto record = place.history->record(place.transfer.record);
  return record && !names(agreement.centres, record->centre);
}
bool centre_uncovered(const PlaceInLog& place) {
  return place.agreement != nullptr && is_outside(place, place.agreement->value);
}

// How much an agreement lacks, without what depends on the facts.
int count_gaps(const PlaceInLog& place, const Agreement& agreement) {
  const bool lacks_category = place.purpose != nullptr && !agreement.categories.includes(place.purpose->value.required);
  return int{!in_force(agreement, place.on)} + int{!names(agreement.purposes, place.transfer.purpose)} +
         int{lacks_category} + int{is_outside(place, agreement)};
}

bool is_for_the_same(const Agreement& one, const Agreement& other) {
  return one.recipient_body == other.recipient_body && one.regions == other.regions &&
         one.municipalities == other.municipalities;
}

// Nothing is covered. Without a consent the missing consent is the reason.
bool nothing_covered(const PlaceInLog& place) {
  if (place.purpose == nullptr || (asks_consent(place) && !cell_is(place, CellState::given))) return false;
  return covered(place).empty();
}

bool consent_run_out(const PlaceInLog& place) {
  return cell_is(place, CellState::given) && place.cell->valid_until && *place.cell->valid_until < place.on;
}

bool asked_again(const PlaceInLog& place) {
  const auto& asked = place.transfer;
  const auto last = place.history->last_requested(asked.subject, asked.recipient, asked.purpose, asked.message);
  return last && *last > asked.id;
}

// A newer record or request says the same, or less may be sent than the message made at the first permit says.
bool is_overtaken(const PlaceInLog& place) {
  const auto newest = place.history->latest_record(place.transfer.subject);
  if (newest && newest->id != place.transfer.record) return true;
  if (place.transfer.attempts > 0 && !covered(place).includes(place.transfer.sent)) return true;
  return asked_again(place);
}

// Also where the purpose does not ask consent: a withdrawal stops what rests on it all the same.
bool cell_stands_as(const PlaceInLog& place, CellState state) {
  const auto& asked = place.transfer;
  const auto cell = place.history->cell(asked.subject, asked.purpose, asked.recipient);
  return cell && cell->state == state;
}

bool hold_ran_out(const PlaceInLog& place) {
  return place.transfer.state == TransferState::held &&
         place.entry->time - place.transfer.requested > std::chrono::days{place.history->longest_hold_days()};
}

}  // namespace

std::optional<PlaceInLog> find_place(const History& history, const ledger::Entry& entry,
                                     const std::optional<ledger::Seq>& agreement) {
  auto transfer = entry.tx ? history.transfer(*entry.tx) : std::nullopt;
  if (!transfer) return std::nullopt;
  PlaceInLog place;
  place.history = &history;
  place.entry = &entry;
  place.transfer = std::move(*transfer);
  place.on = date_in_brussels(entry.time);
  const auto& asked = place.transfer;
  place.purpose = history.find_purpose(asked.purpose, asked.recipient, place.on);
  if (place.purpose != nullptr && !place.purpose->value.rule.empty())
    place.rule = history.find_rule(place.purpose->value.rule, place.on);
  if (agreement) place.agreement = history.agreement_at(*agreement);
  if (asks_consent(place)) place.cell = history.cell(asked.subject, asked.purpose, asked.recipient);
  return place;
}

const ledger::RegisteredAgreement* find_agreement_everywhere(const PlaceInLog& place) {
  for (const auto* one : place.history->agreements_with(place.transfer.recipient))
    if (one->current && one->value.direction == "out" && one->value.municipalities.empty()) return one;
  return nullptr;
}

const ledger::RegisteredAgreement* find_better_agreement(const PlaceInLog& place) {
  const auto& named = *place.agreement;
  const auto lacks = count_gaps(place, named.value);
  for (const auto* one : place.history->agreements_with(place.transfer.recipient)) {
    if (!one->current || one->value.direction != "out" || !is_for_the_same(one->value, named.value)) continue;
    const auto gaps = count_gaps(place, one->value);
    if (gaps < lacks || (gaps == lacks && one->seq > named.seq)) return one;
  }
  return nullptr;
}

CategorySet covered(const PlaceInLog& place) {
  if (place.purpose == nullptr) return {};
  auto out = place.purpose->value.allowed();
  if (place.agreement != nullptr) out = out & place.agreement->value.categories;
  if (asks_consent(place)) out = out & (cell_is(place, CellState::given) ? place.cell->categories : CategorySet{});
  return out;
}

Says says(const PlaceInLog& place, Reason reason) {
  switch (reason) {
    // The log knows.
    case Reason::subject_erased:
      return known(place.history->is_erased(place.transfer.subject));
    case Reason::subject_restricted:
      return known(place.history->is_restricted(place.transfer.subject));
    case Reason::no_agreement:
      return known(place.agreement == nullptr);
    case Reason::agreement_not_in_force:
      return known(place.agreement != nullptr && !in_force(place.agreement->value, place.on));
    case Reason::purpose_not_covered:
      return known(purpose_uncovered(place));
    case Reason::category_not_covered:
      return known(category_uncovered(place));
    case Reason::centre_not_covered:
      return known(centre_uncovered(place));
    case Reason::no_consent:
      return known(asks_consent(place) && !place.cell);
    case Reason::consent_refused:
      return known(cell_is(place, CellState::refused));
    case Reason::consent_withdrawn:
      return known(cell_is(place, CellState::withdrawn));
    case Reason::consent_expired:
      return known(consent_run_out(place));
    case Reason::nothing_to_send:
      return known(nothing_covered(place));
    // The facts say, where the log leaves room for it.
    case Reason::anchor_stale:
      return possible(place.history->is_anchor_stale(place.entry->time));
    case Reason::wrong_region:
      return possible(place.agreement != nullptr && (!place.agreement->value.regions.empty() || resolves(place)));
    case Reason::recipient_not_covered:
      return possible(place.agreement != nullptr && is_some_other_body(place));
    case Reason::not_informed:
      return possible(cell_is(place, CellState::given) && !place.cell->read_in.empty() && !place.cell->representative);
    case Reason::too_early:
      return possible(place.rule != nullptr && place.rule->value.waiting_months.has_value());
    case Reason::document_missing:
      return possible(rule_is(place, "labour-market-access") || rule_is(place, "status-granted"));
    case Reason::card_not_renewed:
      return possible(rule_is(place, "labour-market-access"));
    case Reason::not_in_target_group:
      return possible(rule_is(place, "labour-market-access") || rule_is(place, "civic-integration-target-group"));
    case Reason::procedure_stale:
      return possible(place.purpose != nullptr);
    case Reason::minor:
      return possible(place.purpose != nullptr && !minors_allowed(place));
    case Reason::representative_missing:
      return possible(minors_allowed(place));
    case Reason::representative_lapsed:
      return possible(minors_allowed(place) || (cell_is(place, CellState::given) && place.cell->representative));
    case Reason::identifier_missing:
    case Reason::identity_conflict:
    case Reason::stay_ended:
      return Says::maybe;
    // Not reasons that policy finds in facts.
    case Reason::superseded:
    case Reason::hold_expired:
    case Reason::mapping_failed:
    case Reason::schema_invalid:
    case Reason::partner_rejected:
    case Reason::cancelled_by_operator:
      return Says::no;
  }
  return Says::no;
}

bool is_explained(const PlaceInLog& place, Reason reason) {
  switch (reason) {
    case Reason::consent_refused:
      return cell_stands_as(place, CellState::refused);
    case Reason::consent_withdrawn:
      return cell_stands_as(place, CellState::withdrawn);
    case Reason::subject_erased:
    case Reason::subject_restricted:
      return says(place, reason) == Says::yes;
    case Reason::superseded:
      return is_overtaken(place);
    case Reason::hold_expired:
      return hold_ran_out(place);
    case Reason::stay_ended: {
      // A record that came after the one that asked says so.
      const auto newest = place.history->latest_record(place.transfer.subject);
      return newest && newest->id != place.transfer.record;
    }
    case Reason::partner_rejected:
      return place.transfer.state == TransferState::failed;
    case Reason::cancelled_by_operator:
      return place.entry->actor.type == "operator";
    default:
      return false;
  }
}

}  // namespace ketenpoort::policy
