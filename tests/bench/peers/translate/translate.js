// resident-to-vdab-profile by hand, the way one would write it in JavaScript: the same fields, the same omissions, no engine between.
'use strict';

const CONCEPT = 'https://ketenpoort.example/id/concept/';
const FLANDERS = 'https://data.vlaanderen.be/id/concept/';
const id = (base) => (name) => ({ '@id': base + name });
const table = (base, rows) => Object.fromEntries(Object.entries(rows).map(([code, name]) => [code, id(base)(name)]));

const SEX = table('http://publications.europa.eu/resource/authority/human-sex/', { 0: 'NKN', 1: 'MALE', 2: 'FEMALE', 9: 'NAP' });
const PHONE_OF = table(`${CONCEPT}Toestel/`, { OWN: 'Eigen', SHARED: 'Gedeeld', CENTRE: 'Opvangcentrum' });
const BASIS = table(`${CONCEPT}GrondArbeidsmarkttoegang/`, { TIME: 'Wachttijd', STATUS: 'Status' });
const LITERACY = table(`${CONCEPT}Alfabetisering/`, { GOOD: 'Goed', BASIC: 'Beperkt', NONE: 'Geen' });
const DOCUMENT = table(`${CONCEPT}Diplomabewijs/`, { HELD: 'Aanwezig', COPY: 'Kopie', LOST: 'Verloren', NONE: 'Geen' });
const RECOGNITION = table(`${CONCEPT}Diplomaerkenning/`, {
  NOT_REQUESTED: 'NietAangevraagd', REQUESTED: 'Aangevraagd', LEVEL: 'Niveau', FULL: 'Volledig', REFUSED: 'Geweigerd',
});
const DIGITAL = table(`${CONCEPT}DigitaalNiveau/`, { NONE: 'Geen', BASIC: 'Basis', GOOD: 'Goed' });
const MOTIVATION = table(`${CONCEPT}Motivatie/`, { LEARN_DUTCH: 'NederlandsLeren', WORK_SOON: 'SnelWerken', STUDY: 'Studeren', OWN_BUSINESS: 'EigenZaak' });
const REGIME = table(`${CONCEPT}Arbeidsregime/`, { FULL_TIME: 'Voltijds', PART_TIME: 'Deeltijds', ANY: 'OmHetEven' });
const WEEKDAY = table(`${CONCEPT}Weekdag/`, {
  MON: 'Maandag', TUE: 'Dinsdag', WED: 'Woensdag', THU: 'Donderdag', FRI: 'Vrijdag', SAT: 'Zaterdag', SUN: 'Zondag',
});
const DAYPART = table(`${CONCEPT}Dagdeel/`, { MORNING: 'Voormiddag', AFTERNOON: 'Namiddag', EVENING: 'Avond' });
const MODE = table(`${CONCEPT}Vervoermiddel/`, { WALK: 'TeVoet', BICYCLE: 'Fiets', PUBLIC_TRANSPORT: 'OpenbaarVervoer', CAR: 'Auto' });
const REASON = table(`${CONCEPT}RedenToeleiding/`, {
  WORK_TALK: 'GesprekOverWerk', NIV_TEST: 'Niveautest', INT_HVN: 'Intake', INB_OPV: 'OpvolgingInburgering',
  DIPL_GEL: 'Diplomagelijkschakeling', HANDOVER: 'WarmeOverdracht',
});
const PREFERENCE = table(`${FLANDERS}Voorkeurtype/`, {
  WANTED: 'GewenstBeroep', TO_LEARN: 'TeLerenBeroep', TO_EXPLORE: 'TeVerkennenBeroep', EXCLUDED: 'UitgeslotenBeroep',
});
const ORGANISATION = table(`${FLANDERS}OrganisatieType/`, { vdab: 'VDAB', municipality: 'OCMW' });
const COUNTRY = { BEL: 'België', SYR: 'Syrië', TUR: 'Turkije', AFG: 'Afghanistan', UKR: 'Oekraïne', NLD: 'Nederland' };

const text = (value) => (value === undefined ? undefined : value.trim().normalize('NFC'));
const code = (codes, value) => {
  if (value === undefined) return undefined;
  const found = codes[value];
  if (found === undefined) throw new Error('a code without a target');
  return found;
};
const dutch = (value) => (value === undefined ? undefined : { '@value': text(value), '@language': 'nl' });
const literal = (value) => (value === undefined ? undefined : { '@value': text(value) });
const moment = (value) => (value === undefined ? undefined : { '@value': value.length === 22 ? `${value.slice(0, 16)}:00${value.slice(16)}` : value, '@type': 'DateTime' });
const phone = (value) => {
  if (value === undefined) return undefined;
  const digits = value.replace(/[^+0-9]/g, '');
  if (!/^\+[1-9][0-9]{6,14}$/.test(digits)) throw new Error('not a telephone number');
  return { '@value': digits };
};
const date = (value) => {
  if (value !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(value)) throw new Error('not a date');
  return value;
};
const ssin = (value) => {
  if (value === undefined) return undefined;
  const base = Number(value.slice(0, 9));
  const check = Number(value.slice(9));
  if (97 - (base % 97) !== check && 97 - ((2000000000 + base) % 97) !== check) throw new Error('not a national number');
  return value;
};
const each = (list, make) => (list === undefined || list.length === 0 ? undefined : list.map(make));
const identifier = (value, by) => ({ '@type': 'Identificator', 'Identificator.identificator': text(value), 'Identificator.toegekendDoor(String)': by });
const point = (what, value) => ({ '@type': 'Contactpunt', [`Contactpunt.${what}`]: value });
const participation = (name, role, who) => ({
  '@id': `_:participation-${name}`, '@type': 'Participatie', 'Participatie.rol': { '@id': `${FLANDERS}Participatietype/${role}` },
  'Participatie.heeftParticipant': { '@id': who },
});

function wishesNode(wishes) {
  return {
    '@id': '_:wishes', '@type': 'Werkvoorkeuren',
    'Werkvoorkeuren.beroep': wishes.occupations.map((one) => ({
      '@type': 'Beroepstoestand', 'Beroepstoestand.naam': dutch(one.title), 'Beroepstoestand.voorkeur': code(PREFERENCE, one.preference),
    })),
  };
}

function addressNode(address) {
  return {
    '@id': '_:address', '@type': 'Adresvoorstelling',
    'Adresvoorstelling.straatnaam': dutch(address.street),
    'Adresvoorstelling.huisnummer': literal(address.houseNumber),
    'Adresvoorstelling.busnummer': literal(address.box),
    'Adresvoorstelling.postcode': literal(address.postalCode),
    'Adresvoorstelling.gemeentenaam': dutch(address.municipality),
    'Adresvoorstelling.gemeentecode': literal(address.municipalityNis),
    'Adresvoorstelling.land': dutch(code(COUNTRY, address.country)),
  };
}

function personNode(resident, hasAddress, hasWishes) {
  const { identifiers, name, contact = {} } = resident;
  const numbers = [];
  if (identifiers.ssin !== undefined) numbers.push(identifier(ssin(identifiers.ssin), 'Rijksregister'));
  numbers.push(identifier(identifiers.fedasilNumber, 'Fedasil'));
  if (identifiers.immigrationOfficeNumber !== undefined) numbers.push(identifier(identifiers.immigrationOfficeNumber, 'Dienst Vreemdelingenzaken'));
  const points = [];
  if (contact.phone !== undefined) points.push(point('telefoon', phone(contact.phone)));
  if (contact.email !== undefined) points.push(point('email', literal(contact.email)));
  if (hasAddress) points.push(point('adres', { '@id': '_:address' }));
  return {
    '@id': '_:person', '@type': 'GeregistreerdPersoon',
    'GeregistreerdPersoon.registratie': numbers,
    'GeregistreerdPersoon.voornaam': name.given.slice(0, 4).map(text).join(' '),
    'GeregistreerdPersoon.achternaam': text(name.family),
    'GeregistreerdPersoon.contactinfo': points.length > 0 ? points : undefined,
    'GeregistreerdPersoon.inwonerschap': hasAddress
      ? [{ '@type': 'Inwonerschap', 'Inwonerschap.heeftVerblijfplaats': { '@type': 'Verblijfplaats', 'Verblijfplaats.verblijfsadres': { '@id': '_:address' } } }]
      : undefined,
    'GeregistreerdPersoon.werkvoorkeuren': hasWishes ? [{ '@id': '_:wishes' }] : undefined,
  };
}

function senderNode(team) {
  const points = [];
  if (team.phone !== undefined) points.push(point('telefoon', phone(team.phone)));
  if (team.email !== undefined) points.push(point('email', literal(team.email)));
  return {
    '@id': '_:sender', '@type': 'PubliekeOrganisatie',
    'PubliekeOrganisatie.voorkeursnaam': dutch(team.name),
    'PubliekeOrganisatie.contactinfo': points.length > 0 ? points : undefined,
  };
}

function prescreening(screening) {
  const { literacy, schooling, digital, wishes = {} } = screening;
  return {
    '@type': 'Prescreening',
    'Prescreening.identificator': text(screening.id),
    'Prescreening.datum': date(screening.conductedOn),
    'Prescreening.talenkennis': each(screening.languages, (one) => ({
      '@type': 'Talenkennis',
      'Talenkennis.taal': text(one.code),
      'Talenkennis.moedertaal': one.native,
      'Talenkennis.contacttaal': one.contact,
      'Talenkennis.luisteren': one.cefr && one.cefr.listening,
      'Talenkennis.lezen': one.cefr && one.cefr.reading,
      'Talenkennis.gesprekken': one.cefr && one.cefr.spokenInteraction,
      'Talenkennis.spreken': one.cefr && one.cefr.spokenProduction,
      'Talenkennis.schrijven': one.cefr && one.cefr.writing,
    })),
    'Prescreening.alfabetisering': literacy && {
      '@type': 'Alfabetisering',
      'Alfabetisering.latijnsSchrift': code(LITERACY, literacy.latinScript),
      'Alfabetisering.anderSchrift': code(LITERACY, literacy.otherScript),
      'Alfabetisering.naamAnderSchrift': text(literacy.otherScriptName),
    },
    'Prescreening.scholing': schooling && {
      '@type': 'Scholing', 'Scholing.aantalJaren': schooling.yearsTotal, 'Scholing.hoogsteNiveau': schooling.highestLevel,
    },
    'Prescreening.opleiding': each(screening.education, (one) => ({
      '@type': 'GevolgdeOpleiding',
      'GevolgdeOpleiding.niveau': one.level,
      'GevolgdeOpleiding.studiegebied': text(one.field),
      'GevolgdeOpleiding.naam': text(one.title),
      'GevolgdeOpleiding.instelling': text(one.institution),
      'GevolgdeOpleiding.land': text(one.country),
      'GevolgdeOpleiding.van': text(one.from),
      'GevolgdeOpleiding.tot': text(one.to),
      'GevolgdeOpleiding.voltooid': one.completed,
      'GevolgdeOpleiding.bewijs': code(DOCUMENT, one.document),
      'GevolgdeOpleiding.erkenning': code(RECOGNITION, one.recognition),
    })),
    'Prescreening.ervaring': each(screening.work, (one) => ({
      '@type': 'Werkervaring',
      'Werkervaring.functie': text(one.title),
      'Werkervaring.isco': text(one.isco),
      'Werkervaring.esco': one.escoUri === undefined ? undefined : { '@id': one.escoUri },
      'Werkervaring.sector': text(one.sector),
      'Werkervaring.land': text(one.country),
      'Werkervaring.van': text(one.from),
      'Werkervaring.tot': text(one.to),
      'Werkervaring.lopend': one.current,
      'Werkervaring.formeel': one.formal,
    })),
    'Prescreening.competentie': each(screening.skills, (one) => ({
      '@type': 'Competentie', 'Competentie.naam': text(one.label),
      'Competentie.esco': one.escoUri === undefined ? undefined : { '@id': one.escoUri },
    })),
    'Prescreening.rijbewijs': each(screening.licences, (one) => ({
      '@type': 'Rijbewijs', 'Rijbewijs.categorie': text(one.category), 'Rijbewijs.land': text(one.country),
      'Rijbewijs.omgewisseldInBelgie': one.exchangedInBelgium,
    })),
    'Prescreening.digitaal': digital && {
      '@type': 'DigitaleVaardigheid',
      'DigitaleVaardigheid.smartphone': digital.smartphone,
      'DigitaleVaardigheid.computer': digital.computer,
      'DigitaleVaardigheid.email': digital.email,
      'DigitaleVaardigheid.niveau': code(DIGITAL, digital.level),
    },
    'Prescreening.motivatie': each(wishes.motivations, (one) => code(MOTIVATION, one)),
    'Prescreening.gewensteOpleiding': each(wishes.training, (one) => ({ '@type': 'GewensteOpleiding', 'GewensteOpleiding.naam': text(one) })),
    'Prescreening.zelfstandige': wishes.selfEmployment,
  };
}

function profileNode(record, referral, derived, transfer, confidential) {
  const { resident, screening, source } = record;
  const { birth, contact = {}, household = {} } = resident;
  const { availability, mobility } = screening || {};
  const access = derived.labourAccess;
  const { appointment } = referral;
  return {
    '@context': { '@vocab': 'https://ketenpoort.example/ns/werkzoekendeprofiel#' },
    '@id': '_:profile', '@type': 'Werkzoekendeprofiel',
    'Werkzoekendeprofiel.persoon': { '@id': '_:person' },
    'Werkzoekendeprofiel.geboorte': birth && {
      '@type': 'Geboorte', 'Geboorte.datum': date(birth.date), 'Geboorte.plaats': text(birth.place), 'Geboorte.land': text(birth.country),
    },
    'Werkzoekendeprofiel.geslacht': code(SEX, resident.sex),
    'Werkzoekendeprofiel.nationaliteit': each(resident.nationalities, (one) => ({ '@type': 'Nationaliteit', 'Nationaliteit.land': text(one) })),
    'Werkzoekendeprofiel.contacttaal': text(contact.preferredLanguage),
    'Werkzoekendeprofiel.tolkNodig': contact.interpreterNeeded,
    'Werkzoekendeprofiel.telefoonVan': code(PHONE_OF, contact.phoneOf),
    'Werkzoekendeprofiel.arbeidsmarkttoegang': access && {
      '@type': 'Arbeidsmarkttoegang', 'Arbeidsmarkttoegang.sinds': date(access.since), 'Arbeidsmarkttoegang.grond': code(BASIS, access.basis),
    },
    'Werkzoekendeprofiel.prescreening': screening && prescreening(screening),
    'Werkzoekendeprofiel.beschikbaarheid': availability && {
      '@type': 'Beschikbaarheid',
      'Beschikbaarheid.vanaf': date(availability.from),
      'Beschikbaarheid.regime': code(REGIME, availability.regime),
      'Beschikbaarheid.dagdeel': each(availability.dayparts, (one) => ({
        '@type': 'Dagdeel', 'Dagdeel.dag': code(WEEKDAY, one.day), 'Dagdeel.deel': code(DAYPART, one.part), 'Dagdeel.beschikbaar': one.available,
      })),
    },
    'Werkzoekendeprofiel.mobiliteit': mobility && {
      '@type': 'Mobiliteit',
      'Mobiliteit.vervoermiddel': each(mobility.modes, (one) => code(MODE, one)),
      'Mobiliteit.maximaleReistijd': mobility.maxCommuteMinutes,
      'Mobiliteit.wilVerhuizen': mobility.willingToMove,
    },
    'Werkzoekendeprofiel.kinderopvangNodig': household.childcareNeeded,
    'Werkzoekendeprofiel.opvangcentrum': confidential || !source.centre ? undefined : {
      '@type': 'Opvangcentrum', 'Opvangcentrum.code': text(source.centre.code), 'Opvangcentrum.naam': text(source.centre.name),
      'Opvangcentrum.gemeentecode': text(source.centre.municipalityNis),
    },
    'Werkzoekendeprofiel.toeleiding': {
      '@type': 'Toeleiding',
      'Toeleiding.identificator': text(referral.id),
      'Toeleiding.reden': code(REASON, referral.reason),
      'Toeleiding.afspraak': appointment && {
        '@type': 'Afspraak', 'Afspraak.begin': moment(appointment.start), 'Afspraak.einde': moment(appointment.end),
        'Afspraak.plaats': text(appointment.place), 'Afspraak.taal': text(appointment.language),
      },
    },
    'Werkzoekendeprofiel.overdracht': {
      '@type': 'Overdracht', 'Overdracht.identificator': transfer.id, 'Overdracht.afzender': text(source.organisation),
    },
  };
}

/** The message for VDAB about `record`, for one referral of it; what is absent leaves no gap. */
exports.translate = (record, { referral, derived, transfer }) => {
  const { resident, screening, team } = record;
  const residence = resident.residence || {};
  const confidential = residence.confidential === true;
  const wishes = screening && screening.wishes && screening.wishes.occupations && screening.wishes.occupations.length > 0 ? screening.wishes : undefined;
  const address = confidential ? undefined : residence.address;
  const graph = [];
  if (wishes) graph.push(wishesNode(wishes));
  if (address) graph.push(addressNode(address));
  graph.push(personNode(resident, address !== undefined, wishes !== undefined));
  if (team) graph.push(senderNode(team));
  graph.push({
    '@id': '_:recipient', '@type': 'PubliekeOrganisatie',
    'PubliekeOrganisatie.voorkeursnaam': { '@value': 'Vlaamse Dienst voor Arbeidsbemiddeling en Beroepsopleiding', '@language': 'nl' },
    'PubliekeOrganisatie.identificator': [identifier('OVO000078', 'Organisatieregister')],
    'PubliekeOrganisatie.type': code(ORGANISATION, referral.recipient),
  });
  graph.push(participation('resident', 'Werkzoekende', '_:person'));
  if (team) graph.push(participation('sender', 'Contactpersoon', '_:sender'));
  graph.push(participation('recipient', 'Bemiddelaar', '_:recipient'));
  graph.push(profileNode(record, referral, derived, transfer, confidential));
  graph.push({
    '@id': '_:service', '@type': 'PubliekeDienstverlening',
    'PubliekeDienstverlening.naam': { '@value': 'Activering naar werk', '@language': 'nl' },
    'PubliekeDienstverlening.type': { '@id': `${FLANDERS}PubliekeDienstverleningType/ActiveringNaarWerk` },
    'PubliekeDienstverlening.heeftVerantwoordelijke': { '@id': '_:recipient' },
    'PubliekeDienstverlening.heeftParticipatie': ['resident', ...(team ? ['sender'] : []), 'recipient'].map((one) => ({ '@id': `_:participation-${one}` })),
    'PubliekeDienstverlening.gebruikt': [...(wishes ? [{ '@id': '_:wishes' }] : []), { '@id': '_:profile' }],
  });
  return {
    '@context': ['https://data.vlaanderen.be/doc/implementatiemodel/klantvolgsysteem1/ontwerpstandaard/2025-11-04/context/KVS-R1.jsonld'],
    '@graph': graph,
  };
};
