// Release 1 of the OSLO Klantvolgsysteem as its published API description states it (draft of 2025-11-04).
#include <array>

#include "adapters/simulator/kvs_graph.hpp"

namespace ketenpoort::simulator {
namespace {

using enum ValueKind;

constexpr std::string_view preference =
    "https://data.vlaanderen.be/id/concept/Voorkeurtype/"
    "|UitgeslotenBeroep|TeVerkennenBeroep|GewenstBeroep|TeLerenBeroep";
constexpr std::string_view role =
    "https://data.vlaanderen.be/id/concept/Participatietype/|Werkzoekende|Bemiddelaar|Begeleider|Contactpersoon";
constexpr std::string_view organisation_type = "https://data.vlaanderen.be/id/concept/OrganisatieType/|VDAB|OCMW";
constexpr std::string_view service_type =
    "https://data.vlaanderen.be/id/concept/PubliekeDienstverleningType/|ActiveringNaarWerk";
constexpr std::string_view finality = "https://data.vlaanderen.be/id/concept/FinaliteitType/|SociaalOnderzoek|GPMI";
constexpr std::string_view agents = "GeregistreerdPersoon|Persoon|PubliekeOrganisatie|GeregistreerdeOrganisatie";
// A service uses its client's preferences and the nodes of the project's own.
constexpr std::string_view inputs = "Werkvoorkeuren|Werkzoekendeprofiel|Klantprofiel|Verblijfsstatus";

constexpr std::array occupation = {
    Property{"Beroepstoestand.naam", dutch_literal, {}, true},
    Property{"Beroepstoestand.voorkeur", concept_of, preference},
};
constexpr std::array preferences = {Property{"Werkvoorkeuren.beroep", object, "Beroepstoestand", false, true}};
constexpr std::array identifier = {
    Property{"Identificator.identificator", text, {}, true},
    Property{"Identificator.toegekendDoor(String)", text, {}, true},
};
constexpr std::array address = {
    Property{"Adresvoorstelling.straatnaam", dutch_literal}, Property{"Adresvoorstelling.straatcode", literal},
    Property{"Adresvoorstelling.huisnummer", literal},       Property{"Adresvoorstelling.busnummer", literal},
    Property{"Adresvoorstelling.postcode", literal},         Property{"Adresvoorstelling.gemeentenaam", dutch_literal},
    Property{"Adresvoorstelling.gemeentecode", literal},     Property{"Adresvoorstelling.land", dutch_literal},
};
constexpr std::array contact = {
    Property{"Contactpunt.telefoon", phone_literal},
    Property{"Contactpunt.email", email_literal},
    Property{"Contactpunt.adres", reference, "Adresvoorstelling"},
};
constexpr std::array residence = {Property{"Verblijfplaats.verblijfsadres", reference, "Adresvoorstelling", true}};
// The schema calls it heeftVerblijfplaats, every published example Inwonerschap.heeftVerblijfplaats: the examples are
// right.
constexpr std::array residency = {
    Property{"Inwonerschap.heeftVerblijfplaats", object, "Verblijfplaats|Domicilie", true}};
constexpr std::array registered_person = {
    Property{"GeregistreerdPersoon.registratie", object, "Identificator", true, true},
    Property{"GeregistreerdPersoon.voornaam", text},
    Property{"GeregistreerdPersoon.achternaam", text},
    Property{"GeregistreerdPersoon.werkvoorkeuren", reference, "Werkvoorkeuren", false, true},
    Property{"GeregistreerdPersoon.contactinfo", object, "Contactpunt", false, true},
    Property{"GeregistreerdPersoon.inwonerschap", object, "Inwonerschap", false, true},
};
constexpr std::array person = {
    Property{"Persoon.voornaam", text},
    Property{"Persoon.achternaam", text},
    Property{"Persoon.contactinfo", object, "Contactpunt", false, true},
};
constexpr std::array public_organisation = {
    Property{"PubliekeOrganisatie.voorkeursnaam", dutch_literal},
    Property{"PubliekeOrganisatie.contactinfo", object, "Contactpunt", false, true},
    Property{"PubliekeOrganisatie.identificator", object, "Identificator", false, true},
    Property{"PubliekeOrganisatie.type", concept_of, organisation_type},
};
constexpr std::array registered_organisation = {
    Property{"GeregistreerdeOrganisatie.voorkeursnaam", dutch_literal},
    Property{"GeregistreerdeOrganisatie.registratie", object, "Identificator", true, true},
    Property{"GeregistreerdeOrganisatie.contactinfo", object, "Contactpunt", false, true},
    Property{"GeregistreerdeOrganisatie.type", concept_of, organisation_type},
};
constexpr std::array participation = {
    Property{"Participatie.rol", concept_of, role, true},
    Property{"Participatie.heeftParticipant", reference, agents, true},
};
constexpr std::array service = {
    Property{"PubliekeDienstverlening.naam", dutch_literal, {}, true},
    Property{"PubliekeDienstverlening.heeftVerantwoordelijke", reference, "PubliekeOrganisatie", true},
    Property{"PubliekeDienstverlening.heeftParticipatie", reference, "Participatie", false, true},
    Property{"PubliekeDienstverlening.gebruikt", reference, inputs, false, true},
    Property{"PubliekeDienstverlening.type", concept_of, service_type},
    Property{"PubliekeDienstverlening.finaliteit", concept_of, finality},
};

// Trajectories are what the service produces: a partner reports them, it does not receive them.
constexpr std::array shapes = {
    Shape{"Beroepstoestand", occupation},
    Shape{"Werkvoorkeuren", preferences},
    Shape{"Identificator", identifier},
    Shape{"Adresvoorstelling", address},
    Shape{"Contactpunt", contact},
    Shape{"Verblijfplaats", residence},
    Shape{"Domicilie", residence},
    Shape{"Inwonerschap", residency},
    Shape{"GeregistreerdPersoon", registered_person},
    Shape{"Persoon", person},
    Shape{"PubliekeOrganisatie", public_organisation},
    Shape{"GeregistreerdeOrganisatie", registered_organisation},
    Shape{"Participatie", participation},
    Shape{"PubliekeDienstverlening", service},
};

}  // namespace

std::span<const Shape> release_1_shapes() {
  return shapes;
}

}  // namespace ketenpoort::simulator
