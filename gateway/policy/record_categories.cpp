#include "gateway/policy/record_categories.hpp"

#include <array>
#include <utility>

namespace ketenpoort::policy {
namespace {

using enum Category;

// A property counts with all that is beneath it. What policy concludes from it is corrected with it.
const std::array<std::pair<std::string_view, CategorySet>, 41>& table() {
  static const std::array<std::pair<std::string_view, CategorySet>, 41> properties = {{
      {"resident.identifiers.fedasilNumber", {identity_core}},
      {"resident.identifiers.ssin", {identity_core}},
      {"resident.identifiers.previousSsins", {identity_core}},
      {"resident.identifiers.immigrationOfficeNumber", {identity_more}},
      {"resident.name.family", {identity_core}},
      {"resident.name.given", {identity_core}},
      {"resident.name.familyOriginalScript", {original_script}},
      {"resident.name.givenOriginalScript", {original_script}},
      {"resident.name.script", {original_script}},
      {"resident.birth.date", {identity_core}},
      {"resident.birth.place", {identity_more}},
      {"resident.birth.country", {identity_more}},
      {"resident.sex", {identity_more}},
      {"resident.nationalities", {identity_more}},
      {"resident.civilStatus", {civil_status}},
      {"resident.contact", {contact}},
      {"resident.residence", {residence}},
      {"source.centre", {residence}},
      {"resident.household.size", {household}},
      {"resident.household.childAges", {household}},
      {"resident.household.childcareNeeded", {childcare}},
      {"procedure.profile", {status}},
      {"procedure.status", {status, labour_access}},
      {"procedure.statusGrantedOn", {status, labour_access}},
      {"procedure.lodgedOn", {procedure_detail, labour_access}},
      {"procedure.track", {procedure_detail, labour_access}},
      {"procedure.documents", {procedure_detail, labour_access}},
      {"procedure.cgrsDecision", {procedure_detail, labour_access}},
      {"procedure.appealLodgedOn", {procedure_detail}},
      {"screening.literacy", {languages}},
      {"screening.languages", {languages}},
      {"screening.schooling", {schooling}},
      {"screening.education", {education}},
      {"screening.work", {work_experience}},
      {"screening.skills", {skills}},
      {"screening.licences", {skills}},
      {"screening.digital", {skills}},
      {"screening.wishes", {wishes}},
      {"screening.availability", {availability}},
      {"screening.mobility", {availability}},
      {"screening.health", {health_restrictions}},
  }};
  return properties;
}

// Their parts belong to two categories.
CategorySet of_referrals(std::string_view property) {
  if (property == "referrals") return {referral, case_note};
  if (property == "referrals.caseNote") return {case_note};
  const bool other = property.starts_with("referrals.") || property == "team" || property.starts_with("team.") ||
                     property == "screening.id" || property == "screening.conductedOn";
  return other ? CategorySet{referral} : CategorySet{};
}

bool is_beneath(std::string_view property, std::string_view above) {
  return property.size() > above.size() && property.starts_with(above) && property[above.size()] == '.';
}

}  // namespace

std::optional<CategorySet> categories_of(std::string_view property) {
  CategorySet out = of_referrals(property);
  for (const auto& [known, categories] : table())
    if (property == known || is_beneath(property, known) || is_beneath(known, property)) out = out | categories;
  return out.empty() ? std::nullopt : std::optional(out);
}

}  // namespace ketenpoort::policy
