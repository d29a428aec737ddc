#include "gateway/policy/legal_dates.hpp"

#include <algorithm>
#include <stdexcept>

namespace ketenpoort::policy {

namespace {

bool names(const std::vector<std::string>& list, std::string_view code) {
  return std::find(list.begin(), list.end(), code) != list.end();
}

Access denied(Reason reason, std::optional<Date> first_lawful = {}) {
  Access access;
  access.missing = reason;
  access.first_lawful = first_lawful;
  return access;
}

Access granted_by_status(const Facts& facts) {
  Access access;
  access.basis = AccessBasis::status;
  access.since = facts.status_granted_on;
  return access;
}

Access granted_by_time(Date first_lawful) {
  Access access;
  access.basis = AccessBasis::time;
  access.since = first_lawful;
  access.first_lawful = first_lawful;
  return access;
}

// The first lawful day of someone whom time can help; none for whom it never will.
std::optional<Date> find_first_lawful_day(const Rule& rule, const Facts& facts) {
  if (!rule.waiting_months || !facts.lodged_on) return std::nullopt;
  if (names(rule.excluded_statuses, facts.status) || names(rule.excluded_tracks, facts.track)) return std::nullopt;
  return add_months(*facts.lodged_on, *rule.waiting_months);
}

// Which document is missing on the day: none, any of the right type, or one that is not marked NO.
std::optional<Reason> find_missing_document(const Rule& rule, const Facts& facts, Date on) {
  bool marked_no = false;
  for (const auto& document : facts.documents) {
    if (!names(rule.documents, document.type) || !document.is_valid_on(on)) continue;
    if (document.labour_market != "NO") return std::nullopt;
    marked_no = true;
  }
  return marked_no ? Reason::card_not_renewed : Reason::document_missing;
}

Access find_labour_market_access(const Rule& rule, const Facts& facts, Date on) {
  if (names(rule.statuses, facts.status)) return granted_by_status(facts);
  const auto first_lawful = find_first_lawful_day(rule, facts);
  if (!first_lawful) return denied(Reason::not_in_target_group);
  // An appeal does not restore what a refusal before that day took away.
  if (facts.refusal_notified_on && *facts.refusal_notified_on < *first_lawful)
    return denied(Reason::not_in_target_group);
  if (on < *first_lawful) return denied(Reason::too_early, first_lawful);
  if (const auto missing = find_missing_document(rule, facts, on)) return denied(*missing, first_lawful);
  return granted_by_time(*first_lawful);
}

Access find_civic_integration_access(const Rule& rule, const Facts& facts, Date on) {
  if (names(rule.statuses, facts.status)) return granted_by_status(facts);
  const auto first_lawful = find_first_lawful_day(rule, facts);
  if (!first_lawful) return denied(Reason::not_in_target_group);
  if (on < *first_lawful) return denied(Reason::too_early, first_lawful);
  return granted_by_time(*first_lawful);
}

Access find_handover_access(const Rule& rule, const Facts& facts) {
  if (!names(rule.statuses, facts.status) || facts.handover_municipality.empty())
    return denied(Reason::document_missing);
  return granted_by_status(facts);
}

}  // namespace

std::string_view to_text(AccessBasis basis) {
  return basis == AccessBasis::time ? "TIME" : "STATUS";
}

Access find_access(const Rule& rule, const Facts& facts, Date on) {
  if (rule.algorithm == "labour-market-access") return find_labour_market_access(rule, facts, on);
  if (rule.algorithm == "civic-integration-target-group") return find_civic_integration_access(rule, facts, on);
  if (rule.algorithm == "status-granted") return find_handover_access(rule, facts);
  throw std::logic_error("rule " + rule.id + " names an algorithm that does not exist: " + rule.algorithm);
}

Derived derive(const Facts& facts, const Rule* labour_market_access, Date on) {
  Derived derived;
  derived.minor = facts.is_minor(on);
  if (labour_market_access != nullptr)
    if (auto access = find_access(*labour_market_access, facts, on); access.granted())
      derived.labour_access = std::move(access);
  if (facts.birth) {
    const int oldest = full_years_between(facts.birth->earliest(), on);
    if (oldest == full_years_between(facts.birth->latest(), on)) derived.age = oldest;
  }
  return derived;
}

}  // namespace ketenpoort::policy
