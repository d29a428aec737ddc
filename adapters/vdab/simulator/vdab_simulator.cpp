// VDAB as a receiver of jobseeker profiles, and of referrals through MAGDA.
#include <array>

#include "adapters/simulator/kvs_graph.hpp"
#include "adapters/simulator/partner_profile.hpp"
#include "adapters/simulator/quick_graph.hpp"

namespace ketenpoort::simulator {
namespace {

using enum ValueKind;

constexpr std::string_view sex = "http://publications.europa.eu/resource/authority/human-sex/|NKN|MALE|FEMALE|NAP";
constexpr std::string_view phone_owner = "https://ketenpoort.example/id/concept/Toestel/|Eigen|Gedeeld|Opvangcentrum";
constexpr std::string_view regime = "https://ketenpoort.example/id/concept/Arbeidsregime/|Voltijds|Deeltijds|OmHetEven";
constexpr std::string_view weekday =
    "https://ketenpoort.example/id/concept/Weekdag/|Maandag|Dinsdag|Woensdag|Donderdag|Vrijdag|Zaterdag|Zondag";
constexpr std::string_view part_of_day = "https://ketenpoort.example/id/concept/Dagdeel/|Voormiddag|Namiddag|Avond";
constexpr std::string_view transport =
    "https://ketenpoort.example/id/concept/Vervoermiddel/|TeVoet|Fiets|OpenbaarVervoer|Auto";

constexpr std::array day_part = {
    Property{"Dagdeel.dag", concept_of, weekday},
    Property{"Dagdeel.deel", concept_of, part_of_day},
    Property{"Dagdeel.beschikbaar", boolean},
};
constexpr std::array availability = {
    Property{"Beschikbaarheid.vanaf", date},
    Property{"Beschikbaarheid.regime", concept_of, regime},
    Property{"Beschikbaarheid.dagdeel", object, "Dagdeel", false, true},
};
constexpr std::array mobility = {
    Property{"Mobiliteit.vervoermiddel", concept_of, transport, false, true},
    Property{"Mobiliteit.maximaleReistijd", integer},
    Property{"Mobiliteit.wilVerhuizen", boolean},
};
// arbeidshandicap and anything about health, status or procedure is not VDAB's to receive: no shape, so refused.
constexpr std::array profile = {
    Property{"Werkzoekendeprofiel.persoon", reference, "GeregistreerdPersoon", true},
    Property{"Werkzoekendeprofiel.geboorte", object, "Geboorte"},
    Property{"Werkzoekendeprofiel.geslacht", concept_of, sex},
    Property{"Werkzoekendeprofiel.nationaliteit", object, "Nationaliteit", false, true},
    Property{"Werkzoekendeprofiel.contacttaal", language},
    Property{"Werkzoekendeprofiel.tolkNodig", boolean},
    Property{"Werkzoekendeprofiel.telefoonVan", concept_of, phone_owner},
    Property{"Werkzoekendeprofiel.arbeidsmarkttoegang", object, "Arbeidsmarkttoegang"},
    Property{"Werkzoekendeprofiel.prescreening", object, "Prescreening"},
    Property{"Werkzoekendeprofiel.beschikbaarheid", object, "Beschikbaarheid"},
    Property{"Werkzoekendeprofiel.mobiliteit", object, "Mobiliteit"},
    Property{"Werkzoekendeprofiel.kinderopvangNodig", boolean},
    Property{"Werkzoekendeprofiel.opvangcentrum", object, "Opvangcentrum"},
    Property{"Werkzoekendeprofiel.toeleiding", object, "Toeleiding"},
    Property{"Werkzoekendeprofiel.overdracht", object, "Overdracht", true},
};
constexpr std::array shapes = {
    Shape{"Dagdeel", day_part},
    Shape{"Beschikbaarheid", availability},
    Shape{"Mobiliteit", mobility},
    Shape{"Werkzoekendeprofiel", profile},
};

std::optional<std::string> find_fault(std::string_view body, std::string_view transfer_id) {
  static const GraphCheck check(vdab_graph());
  return check.find_fault(body, transfer_id);
}

}  // namespace

const GraphRules& vdab_graph() {
  static constexpr GraphRules rules = {.shapes = shapes,
                                       .vocabulary = "https://ketenpoort.example/ns/werkzoekendeprofiel#",
                                       .own_node_types = "Werkzoekendeprofiel",
                                       .once = "GeregistreerdPersoon|Werkzoekendeprofiel|PubliekeDienstverlening"};
  return rules;
}

const PartnerProfile& vdab() {
  static constexpr PartnerProfile partner = {.name = "vdab",
                                             .path = "/klantvolgsysteem/profielen",
                                             .content_type = "application/ld+json",
                                             .uuid_header = "x-correlation-id",
                                             .find_fault = find_fault,
                                             .magda_type = "VDAB"};
  return partner;
}

}  // namespace ketenpoort::simulator
