#include "gateway/cli/report_words.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "gateway/reporting/words.hpp"

namespace ketenpoort::cli {
namespace {

using reporting::Language;
using reporting::Vocabulary;
using reporting::Words;

struct Heading {
  std::string_view key;
  Words words;
};

constexpr std::array headings = {
    Heading{"activity",
            {"verwerkingsactiviteit", "activité de traitement", "Verarbeitungstätigkeit", "processing activity"}},
    Heading{"agreements", {"overeenkomsten", "accords", "Vereinbarungen", "agreements"}},
    Heading{"at", {"tijdstip", "moment", "Zeitpunkt", "at"}},
    Heading{"basisRecipient",
            {"grond van de ontvanger", "base du destinataire", "Grundlage des Empfängers", "basis of the recipient"}},
    Heading{"basisSender",
            {"grond van de afzender", "base de l'expéditeur", "Grundlage des Absenders", "basis of the sender"}},
    Heading{"categories", {"gegevens", "données", "Daten", "data"}},
    Heading{"centre", {"centrum", "centre", "Zentrum", "centre"}},
    Heading{"consentRequired",
            {"toestemming vereist", "consentement requis", "Einwilligung nötig", "consent required"}},
    Heading{"controller", {"verantwoordelijke", "responsable", "Verantwortlicher", "controller"}},
    Heading{"count", {"aantal", "nombre", "Anzahl", "count"}},
    Heading{"dataCategories", {"gegevens", "données", "Daten", "data"}},
    Heading{"dataSubjects", {"betrokkenen", "personnes concernées", "betroffene Personen", "data subjects"}},
    Heading{"decidedFor", {"beslist voor", "décidé pour", "entschieden für", "decided for"}},
    Heading{"heldUntil", {"wacht tot", "attend jusqu'au", "wartet bis", "held until"}},
    Heading{"kind", {"soort", "genre", "Art", "kind"}},
    Heading{"lastAt", {"laatst", "dernière fois", "zuletzt", "last"}},
    Heading{"ledger", {"register", "registre", "Register", "ledger"}},
    Heading{"mappings", {"veldafbeeldingen", "correspondances", "Feldzuordnungen", "mappings"}},
    Heading{"month", {"maand", "mois", "Monat", "month"}},
    Heading{"name", {"naam", "nom", "Name", "name"}},
    Heading{"organisation", {"organisatie", "organisation", "Organisation", "organisation"}},
    Heading{"outcome", {"resultaat", "résultat", "Ergebnis", "outcome"}},
    Heading{"purpose", {"doel", "finalité", "Zweck", "purpose"}},
    Heading{"purposes", {"doelen", "finalités", "Zwecke", "purposes"}},
    Heading{"reason", {"reden", "motif", "Grund", "reason"}},
    Heading{"reasons", {"redenen", "motifs", "Gründe", "reasons"}},
    Heading{"received", {"ontvangen", "reçu", "erhalten", "received"}},
    Heading{"recipient", {"ontvanger", "destinataire", "Empfänger", "recipient"}},
    Heading{"ref", {"kenmerk", "référence", "Zeichen", "reference"}},
    Heading{"retention", {"bewaring", "conservation", "Aufbewahrung", "retention"}},
    Heading{"state", {"stand", "situation", "Stand", "state"}},
    Heading{"told", {"gemeld", "communiqué", "mitgeteilt", "told"}},
    Heading{"transfer", {"doorgifte", "transmission", "Weitergabe", "transfer"}},
};

// Codes of the rows themselves.
constexpr std::array codes = {
    Heading{"yes", {"ja", "oui", "ja", "yes"}},
    Heading{"no", {"nee", "non", "nein", "no"}},
    Heading{"YES", {"ja", "oui", "ja", "yes"}},
    Heading{"PERHAPS", {"misschien", "peut-être", "vielleicht", "perhaps"}},
    Heading{"(all)", {"(alle)", "(tous)", "(alle)", "(all)"}},
    Heading{"(not shown)", {"(niet getoond)", "(non montré)", "(nicht gezeigt)", "(not shown)"}},
    Heading{"REFERRED", {"doorverwezen", "orienté", "verwiesen", "referred"}},
    Heading{"DELIVERED", {"bezorgd", "remis", "zugestellt", "delivered"}},
    Heading{"HELD", {"wacht", "en attente", "wartet", "held"}},
    Heading{"REFUSED", {"geweigerd", "refusé", "abgelehnt", "refused"}},
    Heading{"CANCELLED", {"geannuleerd", "annulé", "abgebrochen", "cancelled"}},
    Heading{"ALREADY_KNOWN", {"al bekend", "déjà connu", "schon bekannt", "already known"}},
    Heading{"NOT_TARGET_GROUP",
            {"niet in de doelgroep", "pas dans le public cible", "nicht in der Zielgruppe", "not in the target group"}},
    Heading{"UNIDENTIFIABLE", {"niet te identificeren", "non identifiable", "nicht identifizierbar", "unidentifiable"}},
    Heading{"WRONG_REGION", {"andere regio", "autre région", "andere Region", "wrong region"}},
    Heading{"UNREACHABLE", {"niet te bereiken", "injoignable", "nicht erreichbar", "unreachable"}},
    Heading{"OTHER", {"andere reden", "autre motif", "anderer Grund", "other"}},
    Heading{"OPEN", {"nog geen antwoord", "pas encore de réponse", "noch keine Antwort", "no answer yet"}},
    Heading{"OVERDUE", {"antwoord te laat", "réponse en retard", "Antwort überfällig", "answer overdue"}},
    Heading{"ANSWERED", {"beantwoord", "répondu", "beantwortet", "answered"}},
};

std::string_view find(std::span<const Heading> list, std::string_view key, Language language) {
  const auto found = std::ranges::find(list, key, &Heading::key);
  return found == list.end() ? key : reporting::in(found->words, language);
}

std::string_view say_reason(std::string_view code, Language language) {
  const auto reason = parse_reason(code);
  return reason ? reporting::say(*reason, language) : find(codes, code, language);
}

std::string_view say_code(std::string_view column, std::string_view code, Language language) {
  if (column == "state") {
    const auto state = parse_transfer_state(code);
    return state ? reporting::say(*state, language) : code;
  }
  if (column == "reasons" || column == "reason") return say_reason(code, language);
  if (column == "outcome") {
    const auto status = reporting::say(Vocabulary::status, code, language);
    return status == code ? find(codes, code, language) : status;
  }
  if (column == "kind") return reporting::say(Vocabulary::outcome_kind, code, language);
  if (column == "purpose" || column == "purposes") return reporting::say(Vocabulary::purpose, code, language);
  if (column == "told") {
    const auto cause = reporting::say(Vocabulary::cause, code, language);
    if (cause != code) return cause;
    const auto reply = reporting::say(Vocabulary::reply, code, language);
    return reply != code ? reply : find(codes, code, language);
  }
  return find(codes, code, language);
}

// Lists of codes have blanks between, as rows have them; sentences are left alone.
bool is_list(std::string_view column) {
  return column == "reasons" || column == "purposes" || column == "told";
}

std::string say_cell(std::string_view column, std::string_view cell, Language language) {
  if (!is_list(column)) return std::string(say_code(column, cell, language));
  std::string out;
  while (!cell.empty()) {
    const auto end = cell.find(' ');
    auto code = cell.substr(0, end);
    const bool ends_sentence = code.ends_with(';');
    if (ends_sentence) code.remove_suffix(1);
    out += (out.empty() ? "" : "; ") + std::string(say_code(column, code, language));
    cell = end == std::string_view::npos ? std::string_view{} : cell.substr(end + 1);
  }
  return out;
}

constexpr std::array<Words, static_cast<std::size_t>(SubjectWord::count)> subject_words = {{
    {"betrokkene", "personne concernée", "betroffene Person", "subject"},
    {"ontvangers", "destinataires", "Empfänger", "recipients"},
    {"doorgiften", "transmissions", "Weitergaben", "transfers"},
    {"toestemmingen", "consentements", "Einwilligungen", "consents"},
    {"meldingen", "communications", "Mitteilungen", "notifications"},
    {"verzoeken", "demandes", "Anträge", "requests"},
    {"misschien", "peut-être", "vielleicht", "perhaps"},
    {"ingetrokken", "retiré", "widerrufen", "withdrawn"},
    {"vóór", "pour le", "bis", "by"},
    {"de gegevens zelf: {records} dossiers, {messages} berichten (--format html of json toont ze)",
     "les données elles-mêmes : {records} dossiers, {messages} messages (--format html ou json les montre)",
     "die Daten selbst: {records} Datensätze, {messages} Nachrichten (--format html oder json zeigt sie)",
     "the values themselves: {records} records, {messages} messages (--format html or json shows them)"},
    {"zonder de gegevens zelf: die krijgt een medewerker voor de rechten, voor de betrokkene",
     "sans les données elles-mêmes : elles vont à un agent chargé des droits, pour la personne concernée",
     "ohne die Daten selbst: die bekommt, wer für die Rechte zuständig ist, für die betroffene Person",
     "without the values themselves: those go to a rights officer, for the data subject"},
    {"gegeven", "donné", "erteilt", "GIVEN"},
    {"geweigerd", "refusé", "abgelehnt", "REFUSED"},
}};

}  // namespace

std::string_view heading_of(std::string_view key, Language language) {
  return find(headings, key, language);
}

Rows in_words(Rows rows, Language language) {
  for (auto& line : rows.lines)
    for (std::size_t i = 0; i < line.size(); ++i) line[i] = say_cell(rows.header[i], line[i], language);
  for (auto& key : rows.header) key = heading_of(key, language);
  return rows;
}

std::string_view say(SubjectWord word, Language language) {
  return reporting::in(subject_words[static_cast<std::size_t>(word)], language);
}

}  // namespace ketenpoort::cli
