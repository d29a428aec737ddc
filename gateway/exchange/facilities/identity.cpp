#include "gateway/exchange/facilities/identity.hpp"

namespace ketenpoort::exchange {
namespace {

SubjectKeys new_keys() {
  return {random_bytes<32>(), random_bytes<32>(), random_bytes<32>()};
}

}  // namespace

std::vector<IdentifierMark> Identifiers::all() const {
  auto marks = matching;
  marks.insert(marks.end(), kept.begin(), kept.end());
  return marks;
}

Identifiers read_identifiers(const Vault& vault, formats::JsonView identifiers) {
  Identifiers out;
  if (const auto number = identifiers.find("fedasilNumber").as_string())
    out.matching.push_back(vault.mark(IdentifierKind::fedasil_number, *number));
  if (const auto ssin = identifiers.find("ssin").as_string())
    out.matching.push_back(vault.mark(IdentifierKind::ssin, *ssin));
  for (const auto previous : identifiers.find("previousSsins").elements())
    if (const auto ssin = previous.as_string()) out.matching.push_back(vault.mark(IdentifierKind::ssin, *ssin));
  if (const auto number = identifiers.find("immigrationOfficeNumber").as_string())
    out.kept.push_back(vault.mark(IdentifierKind::immigration_office_number, *number));
  return out;
}

bool is_anothers_number(const Vault& vault, const IdentifierMark& mark, const SubjectRef& subject) {
  if (const auto owner = vault.find_subject(mark)) return *owner != subject;
  const auto decided = vault.find_number(mark, subject);
  return decided && decided->state != NumberDecision::State::borne;
}

Match match_subject(const Vault& vault, const Identifiers& identifiers) {
  Match match;
  for (const auto& mark : identifiers.matching) {
    if (vault.is_suppressed(mark)) match.erased = true;
    const auto owner = vault.find_subject(mark);
    if (!owner)
      match.unknown.push_back(mark);
    else if (!match.subject)
      match.subject = owner;
    else if (*match.subject != *owner)
      match.conflict = true;
  }
  if (match.subject)
    match.conflict |= std::erase_if(match.unknown, [&](const IdentifierMark& mark) {
                        return is_anothers_number(vault, mark, *match.subject);
                      }) > 0;
  for (const auto& mark : identifiers.kept)
    if (!vault.find_subject(mark)) match.unknown.push_back(mark);
  return match;
}

Result<Person> find_or_make_person(const Vault& vault, const Match& match) {
  if (match.erased)
    return fail(ErrorCode::gone, "the data of this person were erased; nothing about them is taken any more");
  if (!match.subject) return Person{random_bytes<16>(), new_keys(), true};
  auto keys = vault.keys_of(*match.subject);
  if (!keys) return fail(keys.error());
  return Person{*match.subject, *keys, false};
}

void add_person_changes(const Vault& vault, const Person& person, const Match& match,
                        std::vector<ledger::VaultChange>& changes) {
  if (person.is_new) changes.push_back(vault.add_subject(person.ref, person.keys));
  for (const auto& mark : match.unknown) changes.push_back(vault.add_identifier(mark, person.ref));
}

}  // namespace ketenpoort::exchange
