// A resident record as a flat profile of some thirty fields, by hand: what the peer stores beside the record.
'use strict';

const SEX = { 0: 'unknown', 1: 'male', 2: 'female', 9: 'not-applicable' };
const ACCESS = { UNLIMITED: 'free', LIMITED: 'permit', NONE: 'none' };
const LEVELS = ['A1', 'A2', 'B1', 'B2', 'C1', 'C2'];

const phone = (text) => text && text.replace(/[^+0-9]/g, '');
const best = (cefr) => Object.values(cefr).reduce((high, level) => (LEVELS.indexOf(level) > LEVELS.indexOf(high) ? level : high), 'A1');

exports.toProfile = (record) => {
  const { resident, procedure, source, screening = {}, team = {} } = record;
  const { identifiers, name, birth, contact = {}, household = {} } = resident;
  const address = resident.residence && !resident.residence.confidential ? resident.residence.address : undefined;
  const wishes = screening.wishes || {};
  const availability = screening.availability || {};
  const mobility = screening.mobility || {};
  return {
    reference: record.messageId,
    sentAt: new Date(record.sentAt).toISOString(),
    sender: source.organisation,
    centre: source.centre && { code: source.centre.code, name: source.centre.name, municipality: source.centre.municipalityNis },
    person: {
      ssin: identifiers.ssin && identifiers.ssin.replace(/(\d{2})(\d{2})(\d{2})(\d{3})(\d{2})/, '$1.$2.$3-$4.$5'),
      fedasilNumber: identifiers.fedasilNumber,
      lastName: name.family.trim().normalize('NFC'),
      firstName: name.given.join(' ').trim().normalize('NFC'),
      birthDate: birth.date,
      birthPlace: birth.place,
      sex: SEX[resident.sex] || 'unknown',
      nationality: resident.nationalities[0],
    },
    contact: {
      phone: phone(contact.phone),
      email: contact.email && contact.email.toLowerCase(),
      language: contact.preferredLanguage,
      interpreter: contact.interpreterNeeded === true,
    },
    address: address && {
      line: [address.street, address.houseNumber, address.box].filter(Boolean).join(' '),
      postalCode: address.postalCode,
      city: address.municipality,
    },
    labourAccess: (procedure.documents || []).map((document) => ACCESS[document.labourMarket]).find(Boolean) || 'by-status',
    childcare: household.childcareNeeded === true,
    languages: (screening.languages || []).map((one) => ({
      code: one.code,
      level: one.native ? 'native' : one.cefr ? best(one.cefr) : undefined,
    })),
    schooling: screening.schooling && { years: screening.schooling.yearsTotal, level: screening.schooling.highestLevel },
    diplomas: (screening.education || []).map((one) => ({ level: one.level, title: one.title, country: one.country, until: one.to })),
    work: (screening.work || []).map((one) => ({ title: one.title, isco: one.isco, from: one.from, until: one.to })),
    skills: (screening.skills || []).map((one) => one.label),
    licences: (screening.licences || []).map((one) => one.category),
    wishes: (wishes.occupations || []).map((one) => ({ title: one.title, preference: one.preference })),
    motivations: wishes.motivations,
    availableFrom: availability.from,
    regime: availability.regime,
    travel: mobility.modes && { modes: mobility.modes, minutes: mobility.maxCommuteMinutes },
    referredBy: { name: team.name, phone: phone(team.phone), email: team.email },
  };
};
