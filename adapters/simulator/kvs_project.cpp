// The project's own nodes beyond release 1, as their readers understand them (docs of the partners:
// adapters/*/README.md).
#include <array>

#include "adapters/simulator/kvs_graph.hpp"

namespace ketenpoort::simulator {
namespace {

using enum ValueKind;

constexpr std::string_view cefr = "A1|A2|B1|B2|C1|C2";
constexpr std::string_view literacy_level = "https://ketenpoort.example/id/concept/Alfabetisering/|Goed|Beperkt|Geen";
constexpr std::string_view evidence =
    "https://ketenpoort.example/id/concept/Diplomabewijs/|Aanwezig|Kopie|Verloren|Geen";
constexpr std::string_view recognition =
    "https://ketenpoort.example/id/concept/Diplomaerkenning/|NietAangevraagd|Aangevraagd|Niveau|Volledig|Geweigerd";
constexpr std::string_view digital_level = "https://ketenpoort.example/id/concept/DigitaalNiveau/|Geen|Basis|Goed";
constexpr std::string_view motivation =
    "https://ketenpoort.example/id/concept/Motivatie/|NederlandsLeren|SnelWerken|Studeren|EigenZaak";
constexpr std::string_view access_ground =
    "https://ketenpoort.example/id/concept/GrondArbeidsmarkttoegang/|Wachttijd|Status";
constexpr std::string_view referral_reason =
    "https://ketenpoort.example/id/concept/RedenToeleiding/"
    "|GesprekOverWerk|Niveautest|Intake|OpvolgingInburgering|Diplomagelijkschakeling|WarmeOverdracht";
constexpr std::string_view licence = "AM|A1|A2|A|B1|B|BE|C1|C1E|C|CE|D1|D1E|D|DE";

constexpr std::array birth = {
    Property{"Geboorte.datum", incomplete_date},
    Property{"Geboorte.plaats", text},
    Property{"Geboorte.land", country},
};
constexpr std::array nationality = {Property{"Nationaliteit.land", country, {}, true}};
constexpr std::array access = {
    Property{"Arbeidsmarkttoegang.sinds", date},  // a status that gives access need not be dated
    Property{"Arbeidsmarkttoegang.grond", concept_of, access_ground, true},
};
constexpr std::array centre = {
    Property{"Opvangcentrum.code", text},
    Property{"Opvangcentrum.naam", text},
    Property{"Opvangcentrum.gemeentecode", nis_code},
};
constexpr std::array appointment = {
    Property{"Afspraak.begin", date_time_literal},
    Property{"Afspraak.einde", date_time_literal},
    Property{"Afspraak.plaats", text},
    Property{"Afspraak.taal", language},
};
constexpr std::array referral = {
    Property{"Toeleiding.identificator", text, {}, true},
    Property{"Toeleiding.reden", concept_of, referral_reason},
    Property{"Toeleiding.afspraak", object, "Afspraak"},
};
constexpr std::array transfer = {
    Property{"Overdracht.identificator", uuid, {}, true},
    Property{"Overdracht.afzender", kbo_number, {}, true},
};

constexpr std::array spoken = {
    Property{"Talenkennis.taal", language, {}, true}, Property{"Talenkennis.moedertaal", boolean},
    Property{"Talenkennis.contacttaal", boolean},     Property{"Talenkennis.luisteren", one_of, cefr},
    Property{"Talenkennis.lezen", one_of, cefr},      Property{"Talenkennis.gesprekken", one_of, cefr},
    Property{"Talenkennis.spreken", one_of, cefr},    Property{"Talenkennis.schrijven", one_of, cefr},
};
constexpr std::array literacy = {
    Property{"Alfabetisering.latijnsSchrift", concept_of, literacy_level},
    Property{"Alfabetisering.anderSchrift", concept_of, literacy_level},
    Property{"Alfabetisering.naamAnderSchrift", text},
};
constexpr std::array schooling = {
    Property{"Scholing.aantalJaren", integer},
    Property{"Scholing.hoogsteNiveau", integer},
};
constexpr std::array education = {
    Property{"GevolgdeOpleiding.niveau", integer},
    Property{"GevolgdeOpleiding.studiegebied", text},
    Property{"GevolgdeOpleiding.naam", text},
    Property{"GevolgdeOpleiding.instelling", text},
    Property{"GevolgdeOpleiding.land", country},
    Property{"GevolgdeOpleiding.van", year},
    Property{"GevolgdeOpleiding.tot", year},
    Property{"GevolgdeOpleiding.voltooid", boolean},
    Property{"GevolgdeOpleiding.bewijs", concept_of, evidence},
    Property{"GevolgdeOpleiding.erkenning", concept_of, recognition},
};
constexpr std::array work = {
    Property{"Werkervaring.functie", text},
    Property{"Werkervaring.isco", text},
    Property{"Werkervaring.esco", concept_of, "http://data.europa.eu/esco/"},
    Property{"Werkervaring.sector", text},
    Property{"Werkervaring.land", country},
    Property{"Werkervaring.van", month},
    Property{"Werkervaring.tot", month},
    Property{"Werkervaring.lopend", boolean},
    Property{"Werkervaring.formeel", boolean},
};
constexpr std::array skill = {
    Property{"Competentie.naam", text, {}, true},
    Property{"Competentie.esco", concept_of, "http://data.europa.eu/esco/"},
};
constexpr std::array driving = {
    Property{"Rijbewijs.categorie", one_of, licence, true},
    Property{"Rijbewijs.land", country},
    Property{"Rijbewijs.omgewisseldInBelgie", boolean},
};
constexpr std::array digital = {
    Property{"DigitaleVaardigheid.smartphone", boolean},
    Property{"DigitaleVaardigheid.computer", boolean},
    Property{"DigitaleVaardigheid.email", boolean},
    Property{"DigitaleVaardigheid.niveau", concept_of, digital_level},
};
constexpr std::array wanted_training = {Property{"GewensteOpleiding.naam", text, {}, true}};
// Health has no place here: what a partner may not know it must refuse.
constexpr std::array prescreening = {
    Property{"Prescreening.identificator", text},
    Property{"Prescreening.datum", date},
    Property{"Prescreening.talenkennis", object, "Talenkennis", false, true},
    Property{"Prescreening.alfabetisering", object, "Alfabetisering"},
    Property{"Prescreening.scholing", object, "Scholing"},
    Property{"Prescreening.opleiding", object, "GevolgdeOpleiding", false, true},
    Property{"Prescreening.ervaring", object, "Werkervaring", false, true},
    Property{"Prescreening.competentie", object, "Competentie", false, true},
    Property{"Prescreening.rijbewijs", object, "Rijbewijs", false, true},
    Property{"Prescreening.digitaal", object, "DigitaleVaardigheid"},
    Property{"Prescreening.motivatie", concept_of, motivation, false, true},
    Property{"Prescreening.gewensteOpleiding", object, "GewensteOpleiding", false, true},
    Property{"Prescreening.zelfstandige", boolean},
};

constexpr std::array shapes = {
    Shape{"Geboorte", birth},
    Shape{"Nationaliteit", nationality},
    Shape{"Arbeidsmarkttoegang", access},
    Shape{"Opvangcentrum", centre},
    Shape{"Afspraak", appointment},
    Shape{"Toeleiding", referral},
    Shape{"Overdracht", transfer},
    Shape{"Talenkennis", spoken},
    Shape{"Alfabetisering", literacy},
    Shape{"Scholing", schooling},
    Shape{"GevolgdeOpleiding", education},
    Shape{"Werkervaring", work},
    Shape{"Competentie", skill},
    Shape{"Rijbewijs", driving},
    Shape{"DigitaleVaardigheid", digital},
    Shape{"GewensteOpleiding", wanted_training},
    Shape{"Prescreening", prescreening},
};

}  // namespace

std::span<const Shape> project_shapes() {
  return shapes;
}

}  // namespace ketenpoort::simulator
