// A municipality's public welfare centre as a receiver of warm handovers.
#include <array>

#include "adapters/simulator/kvs_graph.hpp"
#include "adapters/simulator/partner_profile.hpp"
#include "adapters/simulator/quick_graph.hpp"

namespace ketenpoort::simulator {
namespace {

using enum ValueKind;

constexpr std::string_view sex = "http://publications.europa.eu/resource/authority/human-sex/|NKN|MALE|FEMALE|NAP";
constexpr std::string_view phone_owner = "https://ketenpoort.example/id/concept/Toestel/|Eigen|Gedeeld|Opvangcentrum";
constexpr std::string_view target_group =
    "https://ketenpoort.example/id/concept/Doelgroep/|Verzoeker|Hervestigde|TijdelijkBeschermde|Begunstigde";
// An applicant is not handed over: only a granted status is.
constexpr std::string_view status_type =
    "https://ketenpoort.example/id/concept/Verblijfsstatus/"
    "|ErkendVluchteling|SubsidiairBeschermde|HervestigdVluchteling|TijdelijkBeschermde";

constexpr std::array child = {Property{"Kind.leeftijd", integer, {}, true}};
constexpr std::array household = {
    Property{"Gezin.aantalLeden", integer},
    Property{"Gezin.kind", object, "Kind", false, true},
    Property{"Gezin.kinderopvangNodig", boolean},
};
constexpr std::array status = {
    Property{"Verblijfsstatus.persoon", reference, "GeregistreerdPersoon", true},
    Property{"Verblijfsstatus.doelgroep", concept_of, target_group},
    Property{"Verblijfsstatus.type", concept_of, status_type, true},
    Property{"Verblijfsstatus.sinds", date},
};
constexpr std::array profile = {
    Property{"Klantprofiel.persoon", reference, "GeregistreerdPersoon", true},
    Property{"Klantprofiel.geboorte", object, "Geboorte"},
    Property{"Klantprofiel.geslacht", concept_of, sex},
    Property{"Klantprofiel.nationaliteit", object, "Nationaliteit", false, true},
    Property{"Klantprofiel.contacttaal", language},
    Property{"Klantprofiel.tolkNodig", boolean},
    Property{"Klantprofiel.telefoonVan", concept_of, phone_owner},
    Property{"Klantprofiel.gezin", object, "Gezin"},
    Property{"Klantprofiel.arbeidsmarkttoegang", object, "Arbeidsmarkttoegang"},
    Property{"Klantprofiel.prescreening", object, "Prescreening"},
    Property{"Klantprofiel.opvangcentrum", object, "Opvangcentrum"},
    Property{"Klantprofiel.gemeenteGekozenOp", date},
    Property{"Klantprofiel.toeleiding", object, "Toeleiding"},
    Property{"Klantprofiel.nota", text},
    Property{"Klantprofiel.overdracht", object, "Overdracht", true},
};
constexpr std::array shapes = {
    Shape{"Kind", child},
    Shape{"Gezin", household},
    Shape{"Verblijfsstatus", status},
    Shape{"Klantprofiel", profile},
};

std::optional<std::string> find_fault(std::string_view body, std::string_view transfer_id) {
  static const GraphCheck check(municipality_graph());
  return check.find_fault(body, transfer_id);
}

}  // namespace

const GraphRules& municipality_graph() {
  static constexpr GraphRules rules = {.shapes = shapes,
                                       .vocabulary = "https://ketenpoort.example/ns/klantprofiel#",
                                       .own_node_types = "Klantprofiel|Verblijfsstatus",
                                       .once = "GeregistreerdPersoon|Klantprofiel|PubliekeDienstverlening"};
  return rules;
}

const PartnerProfile& municipality() {
  static constexpr PartnerProfile partner = {.name = "municipality",
                                             .path = "/klantprofielen",
                                             .content_type = "application/ld+json",
                                             .find_fault = find_fault};
  return partner;
}

}  // namespace ketenpoort::simulator
