// Which data category a field of the resident record belongs to: the table of config/categories.yaml, by path.
#include <algorithm>
#include <array>
#include <string>

#include "gateway/reporting/subject_report.hpp"
#include "gateway/reporting/words.hpp"

namespace ketenpoort::reporting {
namespace {

struct Field {
  std::string_view path;  // with what is beneath it
  Category category;
};

using enum Category;

// The longest path that fits decides.
constexpr std::array fields = {
    Field{"source.centre", residence},
    Field{"resident.identifiers", identity_core},
    Field{"resident.identifiers.immigrationOfficeNumber", identity_more},
    Field{"resident.name", identity_core},
    Field{"resident.name.familyOriginalScript", original_script},
    Field{"resident.name.givenOriginalScript", original_script},
    Field{"resident.name.script", original_script},
    Field{"resident.birth", identity_core},
    Field{"resident.birth.place", identity_more},
    Field{"resident.birth.country", identity_more},
    Field{"resident.sex", identity_more},
    Field{"resident.nationalities", identity_more},
    Field{"resident.civilStatus", civil_status},
    Field{"resident.contact", contact},
    Field{"resident.stay", residence},
    Field{"resident.residence", residence},
    Field{"resident.household", household},
    Field{"resident.household.childcareNeeded", childcare},
    Field{"resident.representative", identity_more},
    Field{"procedure", procedure_detail},
    Field{"procedure.profile", status},
    Field{"procedure.status", status},
    Field{"procedure.statusGrantedOn", status},
    Field{"screening.id", referral},
    Field{"screening.conductedOn", referral},
    Field{"screening.centre", referral},
    Field{"screening.language", referral},
    Field{"screening.interpreter", contact},
    Field{"screening.literacy", languages},
    Field{"screening.languages", languages},
    Field{"screening.schooling", schooling},
    Field{"screening.education", education},
    Field{"screening.work", work_experience},
    Field{"screening.skills", skills},
    Field{"screening.licences", skills},
    Field{"screening.digital", skills},
    Field{"screening.wishes", wishes},
    Field{"screening.availability", availability},
    Field{"screening.mobility", availability},
    Field{"screening.health", health_restrictions},
    Field{"handover", referral},
    Field{"referrals", referral},
    Field{"referrals.caseNote", case_note},
    Field{"team", referral},
};

bool fits(std::string_view path, std::string_view beneath) {
  return path.starts_with(beneath) && (path.size() == beneath.size() || path[beneath.size()] == '.');
}

}  // namespace

std::optional<Category> category_of_field(std::string_view path) {
  const Field* best = nullptr;
  for (const auto& field : fields)
    if (fits(path, field.path) && (best == nullptr || field.path.size() > best->path.size())) best = &field;
  return best == nullptr ? std::nullopt : std::optional(best->category);
}

std::string label_of(Category category, const exchange::Terms& terms, Language language) {
  const auto words = terms.categories.find(category);
  if (words == terms.categories.end()) return std::string(to_text(category));
  const auto label = words->second.labels.find(std::string(to_text(language)));
  return label == words->second.labels.end() ? std::string(to_text(category)) : label->second;
}

std::string name_of_purpose(const std::string& purpose, Language language) {
  return std::string(say(Vocabulary::purpose, purpose, language));
}

}  // namespace ketenpoort::reporting
