// Why nothing was sent, and where a transfer stands.
#include <array>

#include "gateway/reporting/words.hpp"

namespace ketenpoort::reporting {
namespace {

// In the order of the enumeration.
constexpr std::array<Words, reason_count> reasons = {{
    {"er is geen overeenkomst met deze organisatie", "il n'y a pas d'accord avec cette organisation",
     "es gibt keine Vereinbarung mit dieser Organisation", "there is no agreement with this organisation"},
    {"de overeenkomst gold die dag niet", "l'accord n'était pas en vigueur ce jour-là",
     "die Vereinbarung galt an diesem Tag nicht", "the agreement did not apply on that day"},
    {"de overeenkomst geldt niet voor dit doel", "l'accord ne couvre pas cette finalité",
     "die Vereinbarung gilt nicht für diesen Zweck", "the agreement does not cover this purpose"},
    {"een soort gegevens die daarvoor nodig is, mag niet worden doorgegeven",
     "une catégorie de données nécessaire ne peut pas être transmise",
     "eine dafür nötige Art von Daten darf nicht weitergegeben werden",
     "a kind of data that is needed for it may not be passed on"},
    {"deze ontvanger valt niet onder de overeenkomst", "ce destinataire n'est pas couvert par l'accord",
     "dieser Empfänger fällt nicht unter die Vereinbarung", "this recipient is not covered by the agreement"},
    {"uw opvangcentrum valt niet onder de overeenkomst", "votre centre d'accueil n'est pas couvert par l'accord",
     "Ihr Aufnahmezentrum fällt nicht unter die Vereinbarung", "your reception centre is not covered by the agreement"},
    {"deze organisatie is niet bevoegd waar u verblijft", "cette organisation n'est pas compétente là où vous résidez",
     "diese Organisation ist an Ihrem Aufenthaltsort nicht zuständig",
     "this organisation is not competent where you stay"},
    {"u hebt er geen toestemming voor gegeven", "vous n'avez pas donné votre consentement",
     "Sie haben nicht eingewilligt", "you have not given your consent"},
    {"u hebt uw toestemming ingetrokken", "vous avez retiré votre consentement",
     "Sie haben Ihre Einwilligung widerrufen", "you have withdrawn your consent"},
    {"uw toestemming is verlopen", "votre consentement a expiré", "Ihre Einwilligung ist abgelaufen",
     "your consent has expired"},
    {"u hebt geweigerd", "vous avez refusé", "Sie haben abgelehnt", "you have refused"},
    {"u bent niet ingelicht op een manier die u kon begrijpen",
     "vous n'avez pas été informé d'une manière que vous pouviez comprendre",
     "Sie wurden nicht auf eine für Sie verständliche Weise informiert",
     "you were not informed in a way that you could understand"},
    {"het mag wettelijk nog niet op die dag", "la loi ne le permet pas encore à cette date",
     "das Gesetz erlaubt es an diesem Tag noch nicht", "the law does not allow it yet on that day"},
    {"er ontbreekt een document of een beslissing", "un document ou une décision manque",
     "ein Dokument oder eine Entscheidung fehlt", "a document or a decision is missing"},
    {"uw kaart is nog niet vernieuwd", "votre carte n'a pas encore été renouvelée",
     "Ihre Karte ist noch nicht erneuert", "your card has not been renewed yet"},
    {"de gegevens over uw procedure zijn te oud", "les données sur votre procédure sont trop anciennes",
     "die Angaben zu Ihrem Verfahren sind zu alt", "the facts about your procedure are too old"},
    {"u hoort niet tot de mensen voor wie dit wettelijk bedoeld is",
     "vous ne faites pas partie du public visé par la loi",
     "Sie gehören nicht zu den Personen, für die das Gesetz es vorsieht",
     "you are not among the people whom the law means this for"},
    {"een nummer dat nodig is, ontbreekt", "un numéro nécessaire manque", "eine nötige Nummer fehlt",
     "a number that is needed is missing"},
    {"een van uw nummers staat ook bij iemand anders; een medewerker bekijkt het",
     "un de vos numéros figure aussi chez une autre personne ; un collaborateur examine la situation",
     "eine Ihrer Nummern steht auch bei jemand anderem; ein Mitarbeiter prüft es",
     "one of your numbers is also someone else's; a person looks into it"},
    {"u bent minderjarig", "vous êtes mineur", "Sie sind minderjährig", "you are a minor"},
    {"uw vertegenwoordiger ontbreekt", "votre représentant manque", "Ihr Vertreter fehlt",
     "your representative is missing"},
    {"uw vertegenwoordiger mag niet meer voor u spreken", "votre représentant ne peut plus parler en votre nom",
     "Ihr Vertreter darf nicht mehr für Sie sprechen", "your representative may no longer speak for you"},
    {"uw verblijf in de opvang is afgelopen", "votre séjour dans l'accueil est terminé",
     "Ihr Aufenthalt in der Aufnahme ist beendet", "your stay in reception has ended"},
    {"nieuwere gegevens of een nieuwere beslissing kwamen in de plaats",
     "des données ou une décision plus récentes ont pris la place",
     "neuere Daten oder eine neuere Entscheidung traten an die Stelle",
     "newer data or a newer decision took its place"},
    {"het heeft te lang gewacht", "l'attente a été trop longue", "es hat zu lange gewartet", "it waited too long"},
    {"het gebruik van uw gegevens is beperkt", "le traitement de vos données est limité",
     "die Verarbeitung Ihrer Daten ist eingeschränkt", "the use of your data is restricted"},
    {"uw gegevens zijn gewist", "vos données ont été effacées", "Ihre Daten wurden gelöscht",
     "your data have been erased"},
    {"er was niets om door te geven", "il n'y avait rien à transmettre", "es gab nichts weiterzugeben",
     "there was nothing to pass on"},
    {"het bericht kon niet worden gemaakt", "le message n'a pas pu être établi",
     "die Nachricht konnte nicht erstellt werden", "the message could not be made"},
    {"het bericht was niet in orde", "le message n'était pas conforme", "die Nachricht war nicht in Ordnung",
     "the message was not in order"},
    {"de ontvanger heeft het niet aanvaard", "le destinataire ne l'a pas accepté",
     "der Empfänger hat es nicht angenommen", "the recipient did not accept it"},
    {"de controle op ons logboek was te oud", "le contrôle de notre journal était trop ancien",
     "die Kontrolle unseres Protokolls war zu alt", "the check on our log was too old"},
    {"een medewerker heeft het gestopt", "un collaborateur l'a arrêté", "ein Mitarbeiter hat es gestoppt",
     "a person stopped it"},
}};

constexpr std::array<Words, 9> states = {{
    {"gevraagd", "demandé", "angefragt", "asked for"},
    {"wacht", "en attente", "wartet", "waiting"},
    {"onderweg", "en cours d'envoi", "unterwegs", "on its way"},
    {"geweigerd: er is niets doorgegeven", "refusé : rien n'a été transmis", "abgelehnt: nichts wurde weitergegeben",
     "refused: nothing was passed on"},
    {"doorgegeven", "transmis", "weitergegeben", "passed on"},
    {"doorgegeven en bevestigd", "transmis et confirmé", "weitergegeben und bestätigt", "passed on and confirmed"},
    {"niet gelukt, wordt opnieuw geprobeerd", "échec, nouvel essai prévu", "nicht gelungen, wird wiederholt",
     "did not succeed, will be tried again"},
    {"niet gelukt en opgegeven", "échec, abandonné", "nicht gelungen und aufgegeben", "did not succeed, given up"},
    {"gestopt", "arrêté", "gestoppt", "stopped"},
}};

}  // namespace

std::string_view say(Reason reason, Language language) {
  return in(reasons[static_cast<std::size_t>(reason)], language);
}

std::string_view say(TransferState state, Language language) {
  return in(states[static_cast<std::size_t>(state)], language);
}

}  // namespace ketenpoort::reporting
