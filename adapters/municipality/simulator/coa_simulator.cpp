// A municipality whose client file speaks GGM (model Inburgering), as the Dutch COA would fill it: a JSON document, or
// one line of CSV, each read by hand.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "adapters/simulator/kvs_graph.hpp"
#include "adapters/simulator/partner_profile.hpp"
#include "gateway/domain/ssin.hpp"
#include "gateway/formats/csv.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::simulator {
namespace {

using enum ValueKind;
using formats::JsonKind;
using formats::JsonView;
using Fault = std::optional<std::string>;

constexpr std::size_t longest_text = 4'000;
constexpr std::string_view yes_no = "JA|NEE";
constexpr std::string_view class_of_five = "ARM|MIDDELMATIG|VOLDOENDE|GOED|UITSTEKEND";
constexpr std::string_view level_of_education =
    "GEEN_BASISOPLEIDING|BASISNIVEAU|LBO_MAVO_NIVEAU|MBO_HAVO_VWO_NIVEAU|HBO_NIVEAU|WETENSCHAPPELIJK_ONDERWIJS|"
    "NIET_VAN_TOEPASSING";
constexpr std::string_view sgr_education = "0|1|2|3|4|5|6|7";
constexpr std::string_view sgr_language = "0|1|2|3|4|8";
constexpr std::string_view sgr_licence = "A|A1|A2|AM|B|B+|C1|C|D1|D|BE|C1E|CE|D1E|DE|T";
constexpr std::string_view sex = "M|V|O";
// Somebody whose procedure still runs is nobody's to house yet.
constexpr std::string_view status =
    "ERKEND_VLUCHTELING|SUBSIDIAIR_BESCHERMDE|HERVESTIGD_VLUCHTELING|TIJDELIJK_BESCHERMDE";
constexpr std::string_view development_wish =
    "BETAALD_WERKEN|BETAALD_WERKEN_MET_EEN_OPLEIDING|BETAALD_WERKEN_NAAR_VERMOGEN|ONDERNEMEN|OPLEIDING_VOLGEN|"
    "PASSENDE_DAGBESTEDING_HEBBEN|TAALVAARDIGHEDEN_OPDOEN|VRIJWILLIGERSWERK|WERKERVARING_OPDOEN|"
    "WERKNEMERSVAARDIGHEDEN_ONTWIKKELEN";

constexpr std::array number = {
    Property{"soort", one_of, "FEDASIL|RIJKSREGISTER_BELGIE|DVZ_BELGIE", true},
    Property{"nummer", text, {}, true},
};
constexpr std::array nationality = {Property{"land", country, {}, true}};
constexpr std::array person = {
    Property{"identificatie", object, "identificatie", true, true},
    Property{"voornamen", text},
    Property{"geslachtsnaam", text, {}, true},
    Property{"datumGeboorte", incomplete_date},
    Property{"geboorteplaats", text},
    Property{"geboorteland", country},
    Property{"geslachtsaanduiding", one_of, sex},
    Property{"nationaliteit", object, "nationaliteit", false, true},
};
constexpr std::array holder = {
    Property{"wordtBehandeldAls", one_of, "ASIELSTATUSHOUDER|GEZINSMIGRANT|OVERIGEMIGRANT", true},
    Property{"verblijfsstatus", one_of, status},
    Property{"datumVerblijfsstatus", date},
    Property{"isGekoppeldAan", nis_code},
    Property{"datumKoppeling", date},
    Property{"telefoonnummerVerblijfAZC", phone_literal},
    Property{"emailadresVerblijfAZC", email_literal},
    Property{"contacttaal", language},
    Property{"tolkNodig", one_of, yes_no},
    Property{"arbeidsmarkttoegangSinds", date},
    Property{"arbeidsmarkttoegangGrond", one_of, "STATUS|WACHTTIJD"},
};
constexpr std::array centre = {
    Property{"naam", text},       Property{"straat", text},
    Property{"huisnummer", text}, Property{"huisnummertoevoeging", text},
    Property{"postcode", text},   Property{"plaats", text},
    Property{"land", country},
};
constexpr std::array child = {Property{"leeftijd", integer, {}, true}};
constexpr std::array household = {
    Property{"aantalPersonen", integer},
    Property{"kind", object, "kind", false, true},
    Property{"kinderopvangNodig", one_of, yes_no},
};
constexpr std::array language_skill = {
    Property{"codeTaal", language, {}, true},
    Property{"moedertaal", one_of, yes_no},
    Property{"mondeling", one_of, class_of_five},
    Property{"schriftelijk", one_of, class_of_five},
    Property{"codeNiveauTaalbeheersingMondeling", one_of, sgr_language},
    Property{"codeNiveauTaalbeheersingSchriftelijk", one_of, sgr_language},
    Property{"codeNiveauTaalbeheersingLezen", one_of, sgr_language},
    Property{"codeNiveauTaalbeheersingLuisteren", one_of, sgr_language},
};
constexpr std::array literacy = {
    Property{"latijnsSchrift", one_of, class_of_five},
    Property{"anderSchrift", one_of, class_of_five},
    Property{"naamAnderSchrift", text},
};
constexpr std::array education = {
    Property{"opleiding", text},
    Property{"instelling", text},
    Property{"educatieDiploma", one_of, level_of_education},
    Property{"codeOpleidingsniveau", one_of, sgr_education},
    Property{"educatieLand", country},
    Property{"educatieVan", year},
    Property{"educatieTot", year},
    Property{"voltooid", one_of, yes_no},
    Property{"educatieInBezit", one_of, yes_no},
    Property{"waarderingAangevraagd", one_of, yes_no},
};
constexpr std::array work = {
    Property{"beroep", text},           Property{"codeBeroepIsco", isco_code}, Property{"sector", text},
    Property{"land", country},          Property{"beroepVan", month},          Property{"beroepTot", month},
    Property{"lopend", one_of, yes_no},
};
constexpr std::array skill = {Property{"omschrijving", text, {}, true}};
constexpr std::array licence = {
    Property{"codeSoortRijbewijs", one_of, sgr_licence},
    Property{"landRijbewijs", country},
};
constexpr std::array ict = {
    Property{"niveau", one_of, class_of_five},
    Property{"smartphone", one_of, yes_no},
    Property{"computer", one_of, yes_no},
    Property{"email", one_of, yes_no},
};
constexpr std::array wish = {Property{"wens", one_of, development_wish, true}};
constexpr std::array ambition = {Property{"beroep", text}, Property{"codeBeroepIsco", isco_code}};
constexpr std::array training = {Property{"opleiding", text, {}, true}};
constexpr std::array handover = {
    Property{"kenmerkToeleiding", text},
    Property{"datumGesprek", date},
    Property{"afspraakBegin", date_time_literal},
    Property{"afspraakEinde", date_time_literal},
    Property{"afspraakPlaats", text},
    Property{"afspraakTaal", language},
    Property{"contactNaam", text},
    Property{"contactTelefoon", phone_literal},
    Property{"contactEmail", email_literal},
};
constexpr std::array document = {
    Property{"kenmerk", uuid, {}, true},
    Property{"afzender", kbo_number},
    Property{"natuurlijkPersoon", object, "natuurlijkPersoon", true},
    Property{"asielstatushouder", object, "asielstatushouder", true},
    Property{"verblijfplaatsAZC", object, "verblijfplaatsAZC"},
    Property{"gezin", object, "gezin"},
    Property{"taalvaardigheid", object, "taalvaardigheid", false, true},
    Property{"alfabetisering", object, "alfabetisering"},
    Property{"opleidingsniveauGeschat", one_of, level_of_education},
    Property{"codeWerkEnDenkniveauWerkzoekende", one_of, sgr_education},
    Property{"jarenScholing", integer},
    Property{"educatie", object, "educatie", false, true},
    Property{"werk", object, "werk", false, true},
    Property{"vakvaardigheid", object, "vakvaardigheid", false, true},
    Property{"rijbewijs", object, "rijbewijs", false, true},
    Property{"ictVaardigheid", object, "ictVaardigheid"},
    Property{"ontwikkelwens", object, "ontwikkelwens", false, true},
    Property{"ambitie", object, "ambitie", false, true},
    Property{"gewensteOpleiding", object, "gewensteOpleiding", false, true},
    Property{"overdracht", object, "overdracht"},
    Property{"toelichting", text},
};
constexpr std::array shapes = {
    Shape{"identificatie", number},
    Shape{"nationaliteit", nationality},
    Shape{"natuurlijkPersoon", person},
    Shape{"asielstatushouder", holder},
    Shape{"verblijfplaatsAZC", centre},
    Shape{"kind", child},
    Shape{"gezin", household},
    Shape{"alfabetisering", literacy},
    Shape{"educatie", education},
    Shape{"taalvaardigheid", language_skill},
    Shape{"werk", work},
    Shape{"vakvaardigheid", skill},
    Shape{"rijbewijs", licence},
    Shape{"ictVaardigheid", ict},
    Shape{"ontwikkelwens", wish},
    Shape{"ambitie", ambition},
    Shape{"gewensteOpleiding", training},
    Shape{"overdracht", handover},
};

// The line: a cell that stands empty says nothing.
constexpr std::array columns = {
    Property{"KENMERK", uuid, {}, true},
    Property{"AFZENDER", kbo_number},
    Property{"FEDASILNUMMER", text, {}, true},
    Property{"RIJKSREGISTERNUMMER_BE", text},
    Property{"DVZ_NUMMER_BE", text},
    Property{"GESLACHTSNAAM", text, {}, true},
    Property{"VOORNAMEN", text},
    Property{"DATUM_GEBOORTE", incomplete_date},
    Property{"GEBOORTEPLAATS", text},
    Property{"GEBOORTELAND", country},
    Property{"GESLACHTSAANDUIDING", one_of, sex},
    Property{"NATIONALITEIT", country},
    Property{"VERBLIJFSSTATUS", one_of, status},
    Property{"DATUM_VERBLIJFSSTATUS", date},
    Property{"IS_GEKOPPELD_AAN", nis_code},
    Property{"DATUM_KOPPELING", date},
    Property{"TELEFOONNUMMER_VERBLIJF_AZC", phone_literal},
    Property{"EMAILADRES_VERBLIJF_AZC", email_literal},
    Property{"CONTACTTAAL", language},
    Property{"TOLK_NODIG", one_of, yes_no},
    Property{"AZC_NAAM", text},
    Property{"AZC_STRAAT", text},
    Property{"AZC_HUISNUMMER", text},
    Property{"AZC_POSTCODE", text},
    Property{"AZC_PLAATS", text},
    Property{"AANTAL_PERSONEN", integer},
    Property{"KINDEROPVANG_NODIG", one_of, yes_no},
    Property{"ARBEIDSMARKTTOEGANG_SINDS", date},
    Property{"MOEDERTAAL", language},
    Property{"NEDERLANDS_MONDELING", one_of, class_of_five},
    Property{"CODE_TAALBEHEERSING_NEDERLANDS_MONDELING", one_of, sgr_language},
    Property{"CODE_TAALBEHEERSING_NEDERLANDS_SCHRIFTELIJK", one_of, sgr_language},
    Property{"LATIJNS_SCHRIFT", one_of, class_of_five},
    Property{"OPLEIDINGSNIVEAU_GESCHAT", one_of, level_of_education},
    Property{"CODE_WERK_EN_DENKNIVEAU", one_of, sgr_education},
    Property{"OPLEIDING", text},
    Property{"EDUCATIE_LAND", country},
    Property{"EDUCATIE_IN_BEZIT", one_of, yes_no},
    Property{"BEROEP", text},
    Property{"BEROEP_VAN", month},
    Property{"BEROEP_TOT", month},
    Property{"RIJBEWIJS", one_of, sgr_licence},
    Property{"LAND_RIJBEWIJS", country},
    Property{"ICT_VAARDIGHEID", one_of, class_of_five},
    Property{"ONTWIKKELWENS", one_of, development_wish},
    Property{"AMBITIE", text},
    Property{"KENMERK_TOELEIDING", text},
    Property{"DATUM_GESPREK", date},
    Property{"CONTACT_NAAM", text},
    Property{"CONTACT_TELEFOON", phone_literal},
    Property{"CONTACT_EMAIL", email_literal},
    Property{"TOELICHTING", text},
};

bool is_ssin(std::string_view digits) {
  constexpr Date late{std::chrono::year{2099}, std::chrono::December, std::chrono::day{31}};
  return check_ssin(digits, true, late).ssin.has_value();
}

Fault find_object_fault(const JsonView& at, std::span<const Property> properties);

Fault find_value_fault(const JsonView& at, const Property& property) {
  const auto wrong = [&](std::string_view what) { return fmt::format("{}: {}", at.where(), what); };
  if (property.kind == object) {
    const auto* const shape = std::ranges::find(shapes, property.of, &Shape::type);
    return find_object_fault(at, shape->properties);
  }
  if (property.kind == integer) return at.as_int().value_or(-1) >= 0 ? Fault{} : wrong("not a whole number");
  const auto value = at.as_string();
  if (!value || value->empty() || value->size() > longest_text) return wrong("not a text of a proper length");
  if (const auto fault = find_text_fault(*value, property)) return wrong(*fault);
  return std::nullopt;
}

Fault find_object_fault(const JsonView& at, std::span<const Property> properties) {
  if (!at.is(JsonKind::object) || at.size() == 0)
    return fmt::format("{}: not an object that says something", at.where());
  for (const auto [key, value] : at.members()) {
    const auto property = std::ranges::find(properties, key, &Property::name);
    if (property == properties.end()) return fmt::format("{}: no such property", value.where());
    if (!property->many) {
      if (auto fault = find_value_fault(value, *property)) return fault;
      continue;
    }
    if (!value.is(JsonKind::array) || value.size() == 0) return fmt::format("{}: not a list of some", value.where());
    for (const JsonView each : value.elements())
      if (auto fault = find_value_fault(each, *property)) return fault;
  }
  for (const auto& property : properties)
    if (property.required && !at.find(property.name))
      return fmt::format("{}: {} is missing", at.where(), property.name);
  return std::nullopt;
}

Fault find_json_fault(std::string_view body, std::string_view transfer_id) {
  const auto parsed = formats::parse_json(body);
  if (!parsed) return "the body is no JSON";
  const auto root = parsed->root();
  if (auto fault = find_object_fault(root, document)) return fault;
  if (root.find("kenmerk").as_string() != transfer_id) return "kenmerk: not the Idempotency-Key";
  for (const JsonView each : root.find("natuurlijkPersoon").find("identificatie").elements())
    if (each.find("soort").as_string() == "RIJKSREGISTER_BELGIE" && !is_ssin(each.find("nummer").as_string().value()))
      return "natuurlijkPersoon.identificatie: a national number with wrong check digits";
  return std::nullopt;
}

bool would_run(std::string_view cell) {
  if (cell.find_first_of("=+-@\t\r") != 0) return false;
  return cell.size() == 1 || cell.find_first_not_of("0123456789.,", 1) != std::string_view::npos;
}

Fault find_cell_fault(std::string_view cell, const Property& column) {
  const auto wrong = [&](std::string_view what) { return fmt::format("{}: {}", column.name, what); };
  if (cell.empty()) return column.required ? Fault{wrong("is missing")} : std::nullopt;
  if (cell.size() > longest_text) return wrong("too long");
  if (would_run(cell)) return wrong("a spreadsheet would take it for a formula");
  if (column.kind == integer && cell.find_first_not_of("0123456789") != std::string_view::npos)
    return wrong("not a whole number");
  if (const auto fault = find_text_fault(cell, column)) return wrong(*fault);
  return std::nullopt;
}

Fault find_csv_fault(std::string_view body, std::string_view transfer_id) {
  const auto table = formats::parse_csv(body, ';');
  if (!table) return "the body is no CSV";
  if (!std::ranges::equal(table->header, columns, {}, {}, &Property::name)) return "line 1: not the columns we know";
  if (table->rows.size() != 1) return "one line for one resident";
  const auto& cells = table->rows.front().cells;
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (auto fault = find_cell_fault(cells[i], columns.at(i))) return fault;
  if (cells[0] != transfer_id) return "KENMERK: not the Idempotency-Key";
  if (!cells[3].empty() && !is_ssin(cells[3])) return "RIJKSREGISTERNUMMER_BE: wrong check digits";
  return std::nullopt;
}

Fault find_fault(std::string_view body, std::string_view transfer_id) {
  return body.starts_with('{') ? find_json_fault(body, transfer_id) : find_csv_fault(body, transfer_id);
}

}  // namespace

const PartnerProfile& coa() {
  static constexpr PartnerProfile partner = {.name = "coa",
                                             .path = "/ggm/klantprofielen",
                                             .content_type = "application/json|text/csv",
                                             .find_fault = find_fault};
  return partner;
}

}  // namespace ketenpoort::simulator
