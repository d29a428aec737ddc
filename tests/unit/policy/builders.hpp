// Facts and rules with sane defaults: an applicant who lodged on 14 April 2026, holds the renewed card, and was checked
// today.
#pragma once

#include "gateway/domain/purpose.hpp"
#include "gateway/policy/facts.hpp"

namespace ketenpoort::policy::test {

inline Date day(std::string_view iso) {
  return parse_date(iso).value();
}

inline const std::vector<std::string>& protected_statuses() {
  static const std::vector<std::string> statuses{"REFUGEE", "SUBSIDIARY", "RESETTLED", "TEMPORARY_PROTECTION"};
  return statuses;
}

inline Facts an_applicant() {
  Facts facts;
  facts.centre = "POE";
  facts.centre_municipality = "33040";
  facts.region = "VLA";
  facts.has_ssin = true;
  facts.birth = IncompleteDate{1981, 10, 2};
  facts.as_of = day("2026-11-24");
  facts.profile = "APPLICANT";
  facts.track = "ORDINARY";
  facts.status = "CGRS_PENDING";
  facts.lodged_on = day("2026-04-14");
  facts.documents = {{"ANNEX_26", day("2026-04-14"), {}, ""},
                     {"AI_MODEL_A", day("2026-04-14"), day("2026-08-14"), "NO"},
                     {"AI_MODEL_A", day("2026-08-14"), day("2027-04-14"), "UNLIMITED"}};
  return facts;
}

inline Facts a_refugee() {
  Facts facts = an_applicant();
  facts.profile = "BENEFICIARY";
  facts.status = "REFUGEE";
  facts.status_granted_on = day("2026-10-30");
  facts.handover_municipality = "34022";
  return facts;
}

inline Rule labour_rule() {
  Rule rule;
  rule.id = rule.algorithm = "labour-market-access";
  rule.version = "1.0.0";
  rule.waiting_months = 4;
  rule.statuses = protected_statuses();
  rule.excluded_statuses = {"REFUSED_FINAL"};
  rule.excluded_tracks = {"ACCELERATED"};
  rule.documents = {"AI_MODEL_A"};
  rule.source = "royal decree";
  rule.valid_from = day("2019-01-01");
  return rule;
}

inline Rule civic_rule_of_2016() {
  Rule rule;
  rule.id = rule.algorithm = "civic-integration-target-group";
  rule.version = "1.0.0";
  rule.waiting_months = 4;
  rule.statuses = protected_statuses();
  rule.excluded_statuses = {"REFUSED_FINAL"};
  rule.source = "decree";
  rule.valid_from = day("2016-02-29");
  rule.valid_until = day("2022-02-28");
  return rule;
}

inline Rule civic_rule_of_2022() {
  Rule rule = civic_rule_of_2016();
  rule.version = "2.0.0";
  rule.waiting_months.reset();
  rule.excluded_statuses.clear();
  rule.valid_from = day("2022-03-01");
  rule.valid_until.reset();
  return rule;
}

inline Rule handover_rule() {
  Rule rule;
  rule.id = rule.algorithm = "status-granted";
  rule.version = "1.0.0";
  rule.statuses = protected_statuses();
  rule.source = "law";
  rule.valid_from = day("2019-01-01");
  return rule;
}

}  // namespace ketenpoort::policy::test
