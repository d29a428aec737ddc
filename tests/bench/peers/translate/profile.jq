# resident-to-vdab-profile in jq: the same fields and omissions, without the checks (jq has no normal form C, and looks at no type).
#   jq -c --argjson context '{"referral": .., "derived": .., "transfer": ..}' -f profile.jq < record.json
"https://ketenpoort.example/id/concept/" as $concept
| "https://data.vlaanderen.be/id/concept/" as $flanders
| def object: with_entries(select(.value != null));
  def id: if . == null then null else {"@id": .} end;
  def code($table; $base): if . == null then null else ($table[tostring] // error("a code without a target")) | {"@id": ($base + .)} end;
  def dutch: if . == null then null else {"@value": ., "@language": "nl"} end;
  def literal: if . == null then null else {"@value": .} end;
  def moment: if . == null then null else {"@value": ., "@type": "DateTime"} end;
  def each(f): if . == null or length == 0 then null else map(f) end;
  def identifier($value; $by):
    if $value == null then empty else {"@type": "Identificator", "Identificator.identificator": $value, "Identificator.toegekendDoor(String)": $by} end;
  def point($what; $value): if $value == null then empty else {"@type": "Contactpunt", ("Contactpunt." + $what): $value} end;
  def some: if length == 0 then null else . end;
  def participation($name; $role; $who):
    {"@id": ("_:participation-" + $name), "@type": "Participatie", "Participatie.rol": {"@id": ($flanders + "Participatietype/" + $role)},
     "Participatie.heeftParticipant": {"@id": $who}};
  {"BEL": "België", "SYR": "Syrië", "TUR": "Turkije", "AFG": "Afghanistan", "UKR": "Oekraïne", "NLD": "Nederland"} as $countries
| (.resident.residence.confidential == true) as $confidential
| (.screening.wishes.occupations // [] | length > 0) as $has_wishes
| (if $confidential then null else .resident.residence.address end) as $address
| .team as $team
| {
  "@context": ["https://data.vlaanderen.be/doc/implementatiemodel/klantvolgsysteem1/ontwerpstandaard/2025-11-04/context/KVS-R1.jsonld"],
  "@graph": [
    (if $has_wishes then .screening.wishes | {
      "@id": "_:wishes", "@type": "Werkvoorkeuren",
      "Werkvoorkeuren.beroep": (.occupations | map({
        "@type": "Beroepstoestand",
        "Beroepstoestand.naam": (.title | dutch),
        "Beroepstoestand.voorkeur": (.preference | code({"WANTED": "GewenstBeroep", "TO_LEARN": "TeLerenBeroep", "TO_EXPLORE": "TeVerkennenBeroep", "EXCLUDED": "UitgeslotenBeroep"}; $flanders + "Voorkeurtype/"))
      } | object))
    } else empty end),
    (if $address != null then $address | {
      "@id": "_:address", "@type": "Adresvoorstelling",
      "Adresvoorstelling.straatnaam": (.street | dutch),
      "Adresvoorstelling.huisnummer": (.houseNumber | literal),
      "Adresvoorstelling.busnummer": (.box | literal),
      "Adresvoorstelling.postcode": (.postalCode | literal),
      "Adresvoorstelling.gemeentenaam": (.municipality | dutch),
      "Adresvoorstelling.gemeentecode": (.municipalityNis | literal),
      "Adresvoorstelling.land": (.country | if . == null then null else $countries[.] end | dutch)
    } | object else empty end),
    (.resident | {
      "@id": "_:person", "@type": "GeregistreerdPersoon",
      "GeregistreerdPersoon.registratie": [identifier(.identifiers.ssin; "Rijksregister"), identifier(.identifiers.fedasilNumber; "Fedasil"),
                                           identifier(.identifiers.immigrationOfficeNumber; "Dienst Vreemdelingenzaken")],
      "GeregistreerdPersoon.voornaam": (.name.given[:4] | join(" ")),
      "GeregistreerdPersoon.achternaam": .name.family,
      "GeregistreerdPersoon.contactinfo": ([point("telefoon"; .contact.phone | literal), point("email"; .contact.email | literal),
                                            (if $address != null then point("adres"; {"@id": "_:address"}) else empty end)] | some),
      "GeregistreerdPersoon.inwonerschap": (if $address != null then [{"@type": "Inwonerschap", "Inwonerschap.heeftVerblijfplaats": {"@type": "Verblijfplaats", "Verblijfplaats.verblijfsadres": {"@id": "_:address"}}}] else null end),
      "GeregistreerdPersoon.werkvoorkeuren": (if $has_wishes then [{"@id": "_:wishes"}] else null end)
    } | object),
    (if $team != null then $team | {
      "@id": "_:sender", "@type": "PubliekeOrganisatie",
      "PubliekeOrganisatie.voorkeursnaam": (.name | dutch),
      "PubliekeOrganisatie.contactinfo": ([point("telefoon"; .phone | literal), point("email"; .email | literal)] | some)
    } | object else empty end),
    {
      "@id": "_:recipient", "@type": "PubliekeOrganisatie",
      "PubliekeOrganisatie.voorkeursnaam": ("Vlaamse Dienst voor Arbeidsbemiddeling en Beroepsopleiding" | dutch),
      "PubliekeOrganisatie.identificator": [identifier("OVO000078"; "Organisatieregister")],
      "PubliekeOrganisatie.type": ($context.referral.recipient | code({"vdab": "VDAB", "municipality": "OCMW"}; $flanders + "OrganisatieType/"))
    },
    participation("resident"; "Werkzoekende"; "_:person"),
    (if $team != null then participation("sender"; "Contactpersoon"; "_:sender") else empty end),
    participation("recipient"; "Bemiddelaar"; "_:recipient"),
    ({
      "@context": {"@vocab": "https://ketenpoort.example/ns/werkzoekendeprofiel#"},
      "@id": "_:profile", "@type": "Werkzoekendeprofiel",
      "Werkzoekendeprofiel.persoon": {"@id": "_:person"},
      "Werkzoekendeprofiel.geboorte": (.resident.birth | if . == null then null else {"@type": "Geboorte", "Geboorte.datum": .date, "Geboorte.plaats": .place, "Geboorte.land": .country} | object end),
      "Werkzoekendeprofiel.geslacht": (.resident.sex | code({"0": "NKN", "1": "MALE", "2": "FEMALE", "9": "NAP"}; "http://publications.europa.eu/resource/authority/human-sex/")),
      "Werkzoekendeprofiel.nationaliteit": (.resident.nationalities | each({"@type": "Nationaliteit", "Nationaliteit.land": .})),
      "Werkzoekendeprofiel.contacttaal": .resident.contact.preferredLanguage,
      "Werkzoekendeprofiel.tolkNodig": .resident.contact.interpreterNeeded,
      "Werkzoekendeprofiel.telefoonVan": (.resident.contact.phoneOf | code({"OWN": "Eigen", "SHARED": "Gedeeld", "CENTRE": "Opvangcentrum"}; $concept + "Toestel/")),
      "Werkzoekendeprofiel.arbeidsmarkttoegang": ($context.derived.labourAccess | if . == null then null else {"@type": "Arbeidsmarkttoegang", "Arbeidsmarkttoegang.sinds": .since, "Arbeidsmarkttoegang.grond": (.basis | code({"TIME": "Wachttijd", "STATUS": "Status"}; $concept + "GrondArbeidsmarkttoegang/"))} | object end),
      "Werkzoekendeprofiel.prescreening": (.screening | if . == null then null else {
        "@type": "Prescreening",
        "Prescreening.identificator": .id,
        "Prescreening.datum": .conductedOn,
        "Prescreening.talenkennis": (.languages | each({
          "@type": "Talenkennis",
          "Talenkennis.taal": .code,
          "Talenkennis.moedertaal": .native,
          "Talenkennis.contacttaal": .contact,
          "Talenkennis.luisteren": .cefr.listening,
          "Talenkennis.lezen": .cefr.reading,
          "Talenkennis.gesprekken": .cefr.spokenInteraction,
          "Talenkennis.spreken": .cefr.spokenProduction,
          "Talenkennis.schrijven": .cefr.writing
        } | object)),
        "Prescreening.alfabetisering": (.literacy | if . == null then null else {
          "@type": "Alfabetisering",
          "Alfabetisering.latijnsSchrift": (.latinScript | code({"GOOD": "Goed", "BASIC": "Beperkt", "NONE": "Geen"}; $concept + "Alfabetisering/")),
          "Alfabetisering.anderSchrift": (.otherScript | code({"GOOD": "Goed", "BASIC": "Beperkt", "NONE": "Geen"}; $concept + "Alfabetisering/")),
          "Alfabetisering.naamAnderSchrift": .otherScriptName
        } | object end),
        "Prescreening.scholing": (.schooling | if . == null then null else {"@type": "Scholing", "Scholing.aantalJaren": .yearsTotal, "Scholing.hoogsteNiveau": .highestLevel} | object end),
        "Prescreening.opleiding": (.education | each({
          "@type": "GevolgdeOpleiding",
          "GevolgdeOpleiding.niveau": .level,
          "GevolgdeOpleiding.studiegebied": .field,
          "GevolgdeOpleiding.naam": .title,
          "GevolgdeOpleiding.instelling": .institution,
          "GevolgdeOpleiding.land": .country,
          "GevolgdeOpleiding.van": .from,
          "GevolgdeOpleiding.tot": .to,
          "GevolgdeOpleiding.voltooid": .completed,
          "GevolgdeOpleiding.bewijs": (.document | code({"HELD": "Aanwezig", "COPY": "Kopie", "LOST": "Verloren", "NONE": "Geen"}; $concept + "Diplomabewijs/")),
          "GevolgdeOpleiding.erkenning": (.recognition | code({"NOT_REQUESTED": "NietAangevraagd", "REQUESTED": "Aangevraagd", "LEVEL": "Niveau", "FULL": "Volledig", "REFUSED": "Geweigerd"}; $concept + "Diplomaerkenning/"))
        } | object)),
        "Prescreening.ervaring": (.work | each({
          "@type": "Werkervaring",
          "Werkervaring.functie": .title,
          "Werkervaring.isco": .isco,
          "Werkervaring.esco": (.escoUri | id),
          "Werkervaring.sector": .sector,
          "Werkervaring.land": .country,
          "Werkervaring.van": .from,
          "Werkervaring.tot": .to,
          "Werkervaring.lopend": .current,
          "Werkervaring.formeel": .formal
        } | object)),
        "Prescreening.competentie": (.skills | each({"@type": "Competentie", "Competentie.naam": .label, "Competentie.esco": (.escoUri | id)} | object)),
        "Prescreening.rijbewijs": (.licences | each({"@type": "Rijbewijs", "Rijbewijs.categorie": .category, "Rijbewijs.land": .country, "Rijbewijs.omgewisseldInBelgie": .exchangedInBelgium} | object)),
        "Prescreening.digitaal": (.digital | if . == null then null else {
          "@type": "DigitaleVaardigheid",
          "DigitaleVaardigheid.smartphone": .smartphone,
          "DigitaleVaardigheid.computer": .computer,
          "DigitaleVaardigheid.email": .email,
          "DigitaleVaardigheid.niveau": (.level | code({"NONE": "Geen", "BASIC": "Basis", "GOOD": "Goed"}; $concept + "DigitaalNiveau/"))
        } | object end),
        "Prescreening.motivatie": (.wishes.motivations | each(code({"LEARN_DUTCH": "NederlandsLeren", "WORK_SOON": "SnelWerken", "STUDY": "Studeren", "OWN_BUSINESS": "EigenZaak"}; $concept + "Motivatie/"))),
        "Prescreening.gewensteOpleiding": (.wishes.training | each({"@type": "GewensteOpleiding", "GewensteOpleiding.naam": .})),
        "Prescreening.zelfstandige": .wishes.selfEmployment
      } | object end),
      "Werkzoekendeprofiel.beschikbaarheid": (.screening.availability | if . == null then null else {
        "@type": "Beschikbaarheid",
        "Beschikbaarheid.vanaf": .from,
        "Beschikbaarheid.regime": (.regime | code({"FULL_TIME": "Voltijds", "PART_TIME": "Deeltijds", "ANY": "OmHetEven"}; $concept + "Arbeidsregime/")),
        "Beschikbaarheid.dagdeel": (.dayparts | each({
          "@type": "Dagdeel",
          "Dagdeel.dag": (.day | code({"MON": "Maandag", "TUE": "Dinsdag", "WED": "Woensdag", "THU": "Donderdag", "FRI": "Vrijdag", "SAT": "Zaterdag", "SUN": "Zondag"}; $concept + "Weekdag/")),
          "Dagdeel.deel": (.part | code({"MORNING": "Voormiddag", "AFTERNOON": "Namiddag", "EVENING": "Avond"}; $concept + "Dagdeel/")),
          "Dagdeel.beschikbaar": .available
        } | object))
      } | object end),
      "Werkzoekendeprofiel.mobiliteit": (.screening.mobility | if . == null then null else {
        "@type": "Mobiliteit",
        "Mobiliteit.vervoermiddel": (.modes | each(code({"WALK": "TeVoet", "BICYCLE": "Fiets", "PUBLIC_TRANSPORT": "OpenbaarVervoer", "CAR": "Auto"}; $concept + "Vervoermiddel/"))),
        "Mobiliteit.maximaleReistijd": .maxCommuteMinutes,
        "Mobiliteit.wilVerhuizen": .willingToMove
      } | object end),
      "Werkzoekendeprofiel.kinderopvangNodig": .resident.household.childcareNeeded,
      "Werkzoekendeprofiel.opvangcentrum": (if $confidential then null else .source.centre | if . == null then null else {"@type": "Opvangcentrum", "Opvangcentrum.code": .code, "Opvangcentrum.naam": .name, "Opvangcentrum.gemeentecode": .municipalityNis} | object end end),
      "Werkzoekendeprofiel.toeleiding": ($context.referral | {
        "@type": "Toeleiding",
        "Toeleiding.identificator": .id,
        "Toeleiding.reden": (.reason | code({"WORK_TALK": "GesprekOverWerk", "NIV_TEST": "Niveautest", "INT_HVN": "Intake", "INB_OPV": "OpvolgingInburgering", "DIPL_GEL": "Diplomagelijkschakeling", "HANDOVER": "WarmeOverdracht"}; $concept + "RedenToeleiding/")),
        "Toeleiding.afspraak": (.appointment | if . == null then null else {"@type": "Afspraak", "Afspraak.begin": (.start | moment), "Afspraak.einde": (.end | moment), "Afspraak.plaats": .place, "Afspraak.taal": .language} | object end)
      } | object),
      "Werkzoekendeprofiel.overdracht": {"@type": "Overdracht", "Overdracht.identificator": $context.transfer.id, "Overdracht.afzender": .source.organisation}
    } | object),
    {
      "@id": "_:service", "@type": "PubliekeDienstverlening",
      "PubliekeDienstverlening.naam": ("Activering naar werk" | dutch),
      "PubliekeDienstverlening.type": {"@id": ($flanders + "PubliekeDienstverleningType/ActiveringNaarWerk")},
      "PubliekeDienstverlening.heeftVerantwoordelijke": {"@id": "_:recipient"},
      "PubliekeDienstverlening.heeftParticipatie": ["resident", (if $team != null then "sender" else empty end), "recipient" | {"@id": ("_:participation-" + .)}],
      "PubliekeDienstverlening.gebruikt": [(if $has_wishes then {"@id": "_:wishes"} else empty end), {"@id": "_:profile"}]
    }
  ]
}
