// The ledger's vocabularies in words.
#include <algorithm>
#include <iterator>

#include "gateway/reporting/words.hpp"

namespace ketenpoort::reporting {
namespace {

struct Word {
  Vocabulary vocabulary;
  std::string_view code;
  Words words;
};

using enum Vocabulary;

constexpr Word words[] = {
    {left_out,
     "never-for-purpose",
     {"mag nooit voor dit doel", "jamais pour cette finalité", "nie für diesen Zweck", "never for this purpose"}},
    {left_out,
     "category-not-covered",
     {"niet gedekt door uw toestemming of de overeenkomst", "non couvert par votre consentement ou par l'accord",
      "nicht von Ihrer Einwilligung oder der Vereinbarung gedeckt", "not covered by your consent or the agreement"}},

    {cause,
     "WITHDRAWAL",
     {"u hebt uw toestemming ingetrokken", "vous avez retiré votre consentement",
      "Sie haben Ihre Einwilligung widerrufen", "you withdrew your consent"}},
    {cause,
     "RECTIFICATION",
     {"uw gegevens zijn verbeterd", "vos données ont été rectifiées", "Ihre Daten wurden berichtigt",
      "your data were rectified"}},
    {cause,
     "ERASURE",
     {"uw gegevens zijn gewist", "vos données ont été effacées", "Ihre Daten wurden gelöscht",
      "your data were erased"}},
    {cause,
     "RESTRICTION",
     {"het gebruik van uw gegevens is beperkt", "le traitement de vos données est limité",
      "die Verarbeitung Ihrer Daten ist eingeschränkt", "the use of your data was restricted"}},
    {cause,
     "STAY_ENDED",
     {"uw verblijf is afgelopen", "votre séjour est terminé", "Ihr Aufenthalt ist beendet", "your stay ended"}},
    {cause,
     "IDENTITY_CHANGED",
     {"een van uw nummers is veranderd", "un de vos numéros a changé", "eine Ihrer Nummern hat sich geändert",
      "one of your numbers changed"}},

    {reply, "ERASED", {"gewist", "effacé", "gelöscht", "erased"}},
    {reply,
     "STOPPED",
     {"gebruikt ze niet meer", "ne les utilise plus", "verwendet sie nicht mehr", "no longer uses them"}},
    {reply, "KEPT", {"houdt ze bij", "les conserve", "behält sie", "keeps them"}},

    {status, "ACCEPTED", {"aanvaard", "accepté", "angenommen", "accepted"}},
    {status, "DECLINED", {"niet aanvaard", "refusé", "abgelehnt", "declined"}},
    {status, "REGISTERED", {"ingeschreven", "inscrit", "eingeschrieben", "registered"}},
    {status, "INVITED", {"uitgenodigd", "invité", "eingeladen", "invited"}},
    {status, "STARTED", {"gestart", "commencé", "begonnen", "started"}},
    {status, "NO_SHOW", {"niet gekomen", "pas venu", "nicht erschienen", "did not come"}},
    {status, "COMPLETED", {"afgerond", "terminé", "abgeschlossen", "completed"}},
    {status, "STOPPED", {"gestopt", "arrêté", "beendet", "stopped"}},

    {outcome_kind, "REGISTRATION", {"inschrijving", "inscription", "Einschreibung", "registration"}},
    {outcome_kind, "TRAINING", {"opleiding", "formation", "Ausbildung", "training"}},
    {outcome_kind, "TEST", {"test", "test", "Test", "test"}},
    {outcome_kind, "TRAJECTORY", {"traject", "parcours", "Begleitung", "trajectory"}},
    {outcome_kind, "LANGUAGE_COURSE", {"taalcursus", "cours de langue", "Sprachkurs", "language course"}},
    {outcome_kind,
     "SOCIAL_ORIENTATION",
     {"maatschappelijke oriëntatie", "orientation sociale", "gesellschaftliche Orientierung", "social orientation"}},
    {outcome_kind, "EMPLOYMENT", {"werk", "emploi", "Arbeit", "employment"}},

    {request_outcome, "GRANTED", {"ingewilligd", "accordé", "entsprochen", "granted"}},
    {request_outcome,
     "PARTLY_GRANTED",
     {"gedeeltelijk ingewilligd", "accordé en partie", "teilweise entsprochen", "partly granted"}},
    {request_outcome, "REFUSED", {"geweigerd", "refusé", "abgelehnt", "refused"}},
    {request_outcome, "WITHDRAWN", {"ingetrokken", "retiré", "zurückgezogen", "withdrawn"}},

    {data,
     "record",
     {"uw gegevens zoals wij ze ontvingen", "vos données telles que nous les avons reçues",
      "Ihre Daten, wie wir sie erhalten haben", "your data as we received them"}},
    {data,
     "payload",
     {"de berichten zoals ze werden doorgegeven", "les messages tels qu'ils ont été transmis",
      "die Nachrichten, wie sie weitergegeben wurden", "the messages as they were passed on"}},
    {data,
     "proof",
     {"hoe u toestemming gaf en waarop beslissingen steunden",
      "la manière dont vous avez consenti et ce sur quoi les décisions reposaient",
      "wie Sie eingewilligt haben und worauf Entscheidungen beruhten",
      "how you gave consent and what decisions rested on"}},
    {data,
     "directory",
     {"welke nummers bij u horen", "quels numéros vous appartiennent", "welche Nummern zu Ihnen gehören",
      "which numbers are yours"}},

    {from,
     "stay-ended",
     {"het einde van uw verblijf", "la fin de votre séjour", "dem Ende Ihres Aufenthalts", "the end of your stay"}},
    {from,
     "acknowledged",
     {"de bevestiging door de ontvanger", "la confirmation par le destinataire", "der Bestätigung durch den Empfänger",
      "the recipient's confirmation"}},
    {from,
     "consent-ended",
     {"het einde van uw toestemming", "la fin de votre consentement", "dem Ende Ihrer Einwilligung",
      "the end of your consent"}},

    {ground,
     "art17-3-a",
     {"vrijheid van meningsuiting en informatie (AVG art. 17(3)a)",
      "liberté d'expression et d'information (RGPD art. 17(3)a)",
      "Meinungs- und Informationsfreiheit (DSGVO Art. 17(3)a)",
      "freedom of expression and information (GDPR art. 17(3)(a))"}},
    {ground,
     "art17-3-b",
     {"een wettelijke plicht of een taak van algemeen belang (AVG art. 17(3)b)",
      "une obligation légale ou une mission d'intérêt public (RGPD art. 17(3)b)",
      "eine rechtliche Pflicht oder eine Aufgabe im öffentlichen Interesse (DSGVO Art. 17(3)b)",
      "a legal duty or a task in the public interest (GDPR art. 17(3)(b))"}},
    {ground,
     "art17-3-c",
     {"volksgezondheid (AVG art. 17(3)c)", "santé publique (RGPD art. 17(3)c)",
      "öffentliche Gesundheit (DSGVO Art. 17(3)c)", "public health (GDPR art. 17(3)(c))"}},
    {ground,
     "art17-3-d",
     {"archief, onderzoek of statistiek (AVG art. 17(3)d)", "archives, recherche ou statistiques (RGPD art. 17(3)d)",
      "Archiv, Forschung oder Statistik (DSGVO Art. 17(3)d)", "archives, research or statistics (GDPR art. 17(3)(d))"}},
    {ground,
     "art17-3-e",
     {"om een recht te kunnen bewijzen of verdedigen (AVG art. 17(3)e)",
      "pour prouver ou défendre un droit (RGPD art. 17(3)e)",
      "um Rechte nachweisen oder verteidigen zu können (DSGVO Art. 17(3)e)",
      "to prove or defend a legal claim (GDPR art. 17(3)(e))"}},
    {ground,
     "accuracy-contested",
     {"u betwist dat ze juist zijn", "vous contestez leur exactitude", "Sie bestreiten ihre Richtigkeit",
      "you contest that they are correct"}},
    {ground,
     "unlawful",
     {"het gebruik is onrechtmatig", "le traitement est illicite", "die Verarbeitung ist unrechtmäßig",
      "the use is unlawful"}},
    {ground,
     "legal-claims",
     {"u hebt ze nodig voor een rechtsvordering", "vous en avez besoin pour une action en justice",
      "Sie brauchen sie für einen Rechtsanspruch", "you need them for a legal claim"}},
    {ground,
     "objection-pending",
     {"uw bezwaar wordt bekeken", "votre opposition est à l'examen", "Ihr Widerspruch wird geprüft",
      "your objection is being looked at"}},

    {how, "READ", {"gelezen", "lu", "gelesen", "read"}},
    {how, "HEARD", {"gehoord", "entendu", "gehört", "heard"}},
    {how, "PICTOGRAM", {"met pictogrammen", "avec des pictogrammes", "mit Piktogrammen", "with pictograms"}},
    {how, "APP", {"in een app", "dans une application", "in einer App", "in an app"}},
    {how, "PAPER", {"op papier", "sur papier", "auf Papier", "on paper"}},
    {how,
     "EID",
     {"met de elektronische identiteitskaart", "avec la carte d'identité électronique",
      "mit dem elektronischen Personalausweis", "with the electronic identity card"}},
    {how,
     "ORAL_BEFORE_WITNESS",
     {"mondeling, met een getuige", "oralement, devant un témoin", "mündlich, vor einem Zeugen",
      "orally, before a witness"}},

    {event,
     "subject.restricted",
     {"het gebruik van uw gegevens werd beperkt", "le traitement de vos données a été limité",
      "die Verarbeitung Ihrer Daten wurde eingeschränkt", "the use of your data was restricted"}},
    {event,
     "subject.unrestricted",
     {"de beperking werd opgeheven", "la limitation a été levée", "die Einschränkung wurde aufgehoben",
      "the restriction was lifted"}},
    {event,
     "subject.rectified",
     {"uw gegevens werden verbeterd", "vos données ont été rectifiées", "Ihre Daten wurden berichtigt",
      "your data were rectified"}},
    {event,
     "subject.linked",
     {"een nummer werd aan u gekoppeld", "un numéro vous a été rattaché", "eine Nummer wurde Ihnen zugeordnet",
      "a number was linked to you"}},
    {event,
     "subject.unlinked",
     {"een nummer werd van u losgekoppeld", "un numéro a été détaché de vous", "eine Nummer wurde von Ihnen gelöst",
      "a number was unlinked from you"}},
    {event,
     "subject.erased",
     {"uw gegevens werden gewist", "vos données ont été effacées", "Ihre Daten wurden gelöscht",
      "your data were erased"}},

    {purpose,
     "work-guidance",
     {"begeleiding naar werk", "accompagnement vers l'emploi", "Begleitung zur Arbeit", "guidance to work"}},
    {purpose,
     "language-course",
     {"Nederlands leren", "apprendre le néerlandais", "Niederländisch lernen", "learning Dutch"}},
    {purpose,
     "civic-integration",
     {"inburgering", "intégration civique", "gesellschaftliche Integration", "civic integration"}},
    {purpose,
     "warm-handover",
     {"overdracht aan uw gemeente", "transfert vers votre commune", "Übergabe an Ihre Gemeinde",
      "handover to your municipality"}},
    {purpose,
     "follow-up",
     {"opvolging: wat er terugkomt", "suivi : ce qui revient", "Nachverfolgung: was zurückkommt",
      "follow-up: what comes back"}},
    {purpose, "supervision", {"toezicht", "contrôle", "Aufsicht", "supervision"}},
    {purpose,
     "access-request",
     {"uw recht op inzage", "votre droit d'accès", "Ihr Auskunftsrecht", "your right of access"}},
};

constexpr Words rights[] = {
    {"inzage in uw gegevens", "accès à vos données", "Auskunft über Ihre Daten", "access to your data"},
    {"verbetering van wat niet juist is", "rectification de ce qui n'est pas exact",
     "Berichtigung dessen, was nicht stimmt", "rectification of what is not correct"},
    {"wissing van uw gegevens", "effacement de vos données", "Löschung Ihrer Daten", "erasure of your data"},
    {"beperking van het gebruik", "limitation du traitement", "Einschränkung der Verarbeitung",
     "restriction of the use"},
    {"kennisgeving aan wie uw gegevens heeft", "notification à ceux qui ont vos données",
     "Mitteilung an alle, die Ihre Daten haben", "notice to those who have your data"},
    {"uw gegevens meenemen, waar de wet dat geeft", "portabilité de vos données, là où la loi le prévoit",
     "Übertragung Ihrer Daten, wo das Gesetz es vorsieht", "taking your data with you, where the law gives that"},
    {"bezwaar tegen het gebruik", "opposition au traitement", "Widerspruch gegen die Verarbeitung",
     "objection to the use"},
};

}  // namespace

std::string_view say(Vocabulary vocabulary, std::string_view code, Language language) {
  const auto* found =
      std::ranges::find_if(words, [&](const Word& word) { return word.vocabulary == vocabulary && word.code == code; });
  return found == std::end(words) ? code : in(found->words, language);
}

std::string_view say_right(unsigned article, Language language) {
  constexpr unsigned first = 15;
  if (article < first || article >= first + std::size(rights)) return "";
  return in(rights[article - first], language);
}

}  // namespace ketenpoort::reporting
