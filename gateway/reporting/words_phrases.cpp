// Headings and sentences of the access report.
#include <array>

#include "gateway/reporting/words.hpp"

namespace ketenpoort::reporting {
namespace {

// In the order of the enumeration.
constexpr std::array<Words, static_cast<std::size_t>(Phrase::count)> phrases = {{
    {"Uw gegevens bij ons en bij anderen", "Vos données chez nous et chez d'autres",
     "Ihre Daten bei uns und bei anderen", "Your data, with us and with others"},
    {"Dit overzicht zegt welke gegevens over u zijn doorgegeven, aan wie, wanneer en waarom, en wat niet. U hebt er "
     "recht op (AVG artikel 15).",
     "Ce relevé indique quelles données vous concernant ont été transmises, à qui, quand et pourquoi, et ce qui ne l'a "
     "pas été. Vous y avez droit (RGPD, article 15).",
     "Diese Übersicht sagt, welche Daten über Sie weitergegeben wurden, an wen, wann und warum, und was nicht. Sie "
     "haben ein Recht darauf (DSGVO Artikel 15).",
     "This overview says which data about you were passed on, to whom, when and why, and what was not. You have a "
     "right to it (GDPR article 15)."},
    {"Gemaakt op", "Établi le", "Erstellt am", "Made on"},
    {"Verantwoordelijk voor uw gegevens", "Responsable de vos données", "Verantwortlich für Ihre Daten",
     "Responsible for your data"},
    {"Uw kenmerk", "Votre référence", "Ihr Zeichen", "Your reference"},
    {"Wie heeft gegevens over u gekregen", "Qui a reçu des données vous concernant", "Wer hat Daten über Sie erhalten",
     "Who received data about you"},
    {"Niemand.", "Personne.", "Niemand.", "Nobody."},
    {"misschien ontvangen", "peut-être reçu", "vielleicht erhalten", "perhaps received"},
    {"Elke keer dat werd gevraagd om iets door te geven", "Chaque fois qu'une transmission a été demandée",
     "Jedes Mal, wenn um eine Weitergabe gebeten wurde", "Each time something was asked to be passed on"},
    {"Er is nooit gevraagd om iets door te geven.", "Aucune transmission n'a jamais été demandée.",
     "Es wurde nie um eine Weitergabe gebeten.", "Nothing was ever asked to be passed on."},
    {"Ook wat niet of nog niet is doorgegeven, staat hier, met de reden.",
     "Ce qui n'a pas ou pas encore été transmis figure aussi ici, avec la raison.",
     "Auch was nicht oder noch nicht weitergegeben wurde, steht hier, mit dem Grund.",
     "What was not passed on, or not yet, is here too, with the reason."},
    {"Doel", "Finalité", "Zweck", "Purpose"},
    {"Wettelijke grond", "Base légale", "Rechtsgrundlage", "Legal ground"},
    {"Overeenkomst", "Accord", "Vereinbarung", "Agreement"},
    {"Uw toestemming", "Votre consentement", "Ihre Einwilligung", "Your consent"},
    {"voor dit doel niet gevraagd", "non demandé pour cette finalité", "für diesen Zweck nicht verlangt",
     "not asked for this purpose"},
    {"Stand", "Situation", "Stand", "Where it stands"},
    {"Doorgegeven soorten gegevens", "Catégories de données transmises", "Weitergegebene Arten von Daten",
     "Kinds of data passed on"},
    {"Niet meegestuurd", "Non transmis", "Nicht mitgeschickt", "Left out"},
    {"niets", "rien", "nichts", "nothing"},
    {"Waarom", "Pourquoi", "Warum", "Why"},
    {"Eerdere beslissingen", "Décisions antérieures", "Frühere Entscheidungen", "Earlier decisions"},
    {"tot {date}", "jusqu'au {date}", "bis {date}", "until {date}"},
    {"Gevraagd op", "Demandé le", "Angefragt am", "Asked on"},
    {"Verstuurd op", "Envoyé le", "Gesendet am", "Sent on"},
    {"De verzending mislukte, maar het bericht kan zijn aangekomen.", "L'envoi a échoué, mais le message a pu arriver.",
     "Das Senden misslang, aber die Nachricht kann angekommen sein.",
     "Sending failed, but the message may have arrived."},
    {"Ontvangst bevestigd op", "Réception confirmée le", "Empfang bestätigt am", "Receipt confirmed on"},
    {"Wat de ontvanger terugmeldde", "Ce que le destinataire a communiqué", "Was der Empfänger zurückmeldete",
     "What the recipient reported back"},
    {"Een melding werd niet aangenomen en niet bewaard", "Une communication n'a été ni acceptée ni conservée",
     "Eine Meldung wurde weder angenommen noch aufbewahrt", "A report was neither taken nor kept"},
    {"Uw toestemmingen en weigeringen", "Vos consentements et refus", "Ihre Einwilligungen und Ablehnungen",
     "Your consents and refusals"},
    {"Er is u nog niets gevraagd.", "Rien ne vous a encore été demandé.", "Sie wurden noch nichts gefragt.",
     "You have not been asked anything yet."},
    {"gegeven", "donné", "erteilt", "given"},
    {"geweigerd", "refusé", "abgelehnt", "refused"},
    {"ingetrokken", "retiré", "widerrufen", "withdrawn"},
    {"vervangen door een later gesprek", "remplacé par un entretien ultérieur", "durch ein späteres Gespräch ersetzt",
     "replaced by a later conversation"},
    {"geldig tot en met", "valable jusqu'au", "gültig bis einschließlich", "valid up to and including"},
    {"Uitgelegd", "Expliqué", "Erklärt", "Explained"},
    {"Gezegd", "Exprimé", "Geäußert", "Expressed"},
    {"Wat wij de ontvangers hebben laten weten", "Ce que nous avons fait savoir aux destinataires",
     "Was wir den Empfängern mitgeteilt haben", "What we told the recipients"},
    {"Er was niets te melden.", "Il n'y avait rien à signaler.", "Es gab nichts mitzuteilen.",
     "There was nothing to tell."},
    {"antwoord gevraagd voor {date}", "réponse demandée pour le {date}", "Antwort erbeten bis {date}",
     "answer asked by {date}"},
    {"nog geen antwoord", "pas encore de réponse", "noch keine Antwort", "no answer yet"},
    {"Rechten die u hebt uitgeoefend", "Droits que vous avez exercés", "Rechte, die Sie ausgeübt haben",
     "Rights that you exercised"},
    {"Geen.", "Aucun.", "Keine.", "None."},
    {"nog open", "encore en cours", "noch offen", "still open"},
    {"Waar de gegevens vandaan komen", "D'où viennent les données", "Woher die Daten stammen",
     "Where the data come from"},
    {"Wij hebben geen gegevens over u ontvangen.", "Nous n'avons pas reçu de données vous concernant.",
     "Wir haben keine Daten über Sie erhalten.", "We received no data about you."},
    {"wordt bewaard", "conservé", "wird aufbewahrt", "kept"},
    {"wordt niet meer bewaard", "n'est plus conservé", "wird nicht mehr aufbewahrt", "no longer kept"},
    {"Soorten gegevens die wij nu bewaren", "Catégories de données que nous conservons actuellement",
     "Arten von Daten, die wir jetzt aufbewahren", "Kinds of data that we keep now"},
    {"Hoe lang wij bewaren", "Combien de temps nous conservons", "Wie lange wir aufbewahren", "How long we keep"},
    {"{days} dagen na {from}", "{days} jours après {from}", "{days} Tage nach {from}", "{days} days after {from}"},
    {"Bron", "Source", "Quelle", "Source"},
    {"Uw rechten", "Vos droits", "Ihre Rechte", "Your rights"},
    {"U kunt vragen om:", "Vous pouvez demander :", "Sie können verlangen:", "You can ask for:"},
    {"U kunt elke toestemming op elk moment intrekken, zo gemakkelijk als u ze gaf. Wat al is doorgegeven, wordt "
     "daardoor niet onrechtmatig.",
     "Vous pouvez retirer chaque consentement à tout moment, aussi facilement que vous l'avez donné. Ce qui a déjà été "
     "transmis n'en devient pas illicite.",
     "Sie können jede Einwilligung jederzeit widerrufen, so einfach, wie Sie sie erteilt haben. Was schon "
     "weitergegeben wurde, wird dadurch nicht unrechtmäßig.",
     "You can withdraw any consent at any time, as easily as you gave it. What was passed on before does not become "
     "unlawful by it."},
    {"U kunt klacht indienen bij de Gegevensbeschermingsautoriteit, Drukpersstraat 35, 1000 Brussel, "
     "www.gegevensbeschermingsautoriteit.be.",
     "Vous pouvez introduire une plainte auprès de l'Autorité de protection des données, rue de la Presse 35, 1000 "
     "Bruxelles, www.autoriteprotectiondonnees.be.",
     "Sie können sich bei der Datenschutzbehörde beschweren, Drukpersstraat 35, 1000 Brüssel, "
     "www.dataprotectionauthority.be.",
     "You can complain to the Data Protection Authority, Drukpersstraat 35, 1000 Brussels, "
     "www.dataprotectionauthority.be."},
    {"Beslissingen door een computer", "Décisions prises par un ordinateur", "Entscheidungen durch einen Computer",
     "Decisions by a computer"},
    {"Of gegevens worden doorgegeven, berekent een programma met vaste regels uit de wet, de overeenkomst en uw "
     "toestemming. Er wordt geen profiel van u gemaakt. Een medewerker kan elke beslissing nakijken.",
     "Un programme calcule, selon des règles fixes tirées de la loi, de l'accord et de votre consentement, si des "
     "données sont transmises. Aucun profil de vous n'est établi. Un collaborateur peut revoir chaque décision.",
     "Ob Daten weitergegeben werden, berechnet ein Programm nach festen Regeln aus dem Gesetz, der Vereinbarung und "
     "Ihrer Einwilligung. Es wird kein Profil von Ihnen erstellt. Ein Mitarbeiter kann jede Entscheidung überprüfen.",
     "Whether data are passed on is worked out by a program with fixed rules from the law, the agreement and your "
     "consent. No profile is made of you. A person can look at every decision again."},
    {"Buiten de Europese Unie", "Hors de l'Union européenne", "Außerhalb der Europäischen Union",
     "Outside the European Union"},
    {"Via dit systeem gaan geen gegevens naar een land buiten de Europese Unie of naar een internationale organisatie.",
     "Aucune donnée n'est transmise par ce système vers un pays hors de l'Union européenne ni vers une organisation "
     "internationale.",
     "Über dieses System gehen keine Daten in ein Land außerhalb der Europäischen Union oder an eine internationale "
     "Organisation.",
     "Through this system no data go to a country outside the European Union or to an international organisation."},
    {"Wanneer uw dossier is geraadpleegd", "Quand votre dossier a été consulté", "Wann Ihre Akte eingesehen wurde",
     "When your file was looked at"},
    {"Nooit eerder.", "Jamais auparavant.", "Noch nie zuvor.", "Never before."},
    {"Wat er nog is gebeurd", "Autres événements", "Was sonst geschah", "What else happened"},
    {"De gegevens zelf", "Les données elles-mêmes", "Die Daten selbst", "The data themselves"},
    {"Een kopie van wat wij nu over u bewaren.", "Une copie de ce que nous conservons actuellement à votre sujet.",
     "Eine Kopie dessen, was wir jetzt über Sie aufbewahren.", "A copy of what we keep about you now."},
    {"Wij bewaren de gegevens zelf niet meer.", "Nous ne conservons plus les données elles-mêmes.",
     "Die Daten selbst bewahren wir nicht mehr auf.", "We no longer keep the data themselves."},
    {"De gegevens zelf staan niet in deze versie: die is voor toezicht.",
     "Les données elles-mêmes ne figurent pas dans cette version, destinée au contrôle.",
     "Die Daten selbst stehen nicht in dieser Fassung: sie dient der Aufsicht.",
     "The data themselves are not in this version: it is for supervision."},
    {"Bericht zoals het is doorgegeven", "Message tel qu'il a été transmis", "Nachricht, wie sie weitergegeben wurde",
     "Message as it was passed on"},
    {"Uw gegevens zijn gewist", "Vos données ont été effacées", "Ihre Daten wurden gelöscht",
     "Your data have been erased"},
    {"Wat hieronder nog staat, is het bewijs van wat er is gebeurd; het bevat geen gegevens over wie u bent.",
     "Ce qui figure encore ci-dessous prouve ce qui s'est passé et ne dit pas qui vous êtes.",
     "Was unten noch steht, ist der Nachweis dessen, was geschah; es sagt nicht, wer Sie sind.",
     "What still stands below is the evidence of what happened; it does not say who you are."},
    {"Vernietigd", "Détruit", "Vernichtet", "Destroyed"},
    {"Bewaard", "Conservé", "Aufbewahrt", "Kept"},
    {"Het gebruik van uw gegevens is beperkt", "Le traitement de vos données est limité",
     "Die Verarbeitung Ihrer Daten ist eingeschränkt", "The use of your data is restricted"},
    {"Zolang dat duurt, wordt niets doorgegeven.", "Tant que cela dure, rien n'est transmis.",
     "Solange das dauert, wird nichts weitergegeben.", "As long as that lasts, nothing is passed on."},
    {"Over de inzending zelf", "Sur l'envoi lui-même", "Über die Einsendung selbst", "About the submission itself"},
}};

}  // namespace

std::string_view say(Phrase phrase, Language language) {
  return in(phrases[static_cast<std::size_t>(phrase)], language);
}

}  // namespace ketenpoort::reporting
