// Looking a person up by a number that stands in the body and nowhere else. Whoever does leaves a note in the log
// (audit.queried) before the answer.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/api/api.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/entry/entry.hpp"

namespace ketenpoort::api {

// What is wrong with an SSIN that is nobody's because it was mistyped: told apart from one of nobody who is known.
std::optional<std::string> find_slip_in_ssin(std::string_view ssin);

// fedasilNumber or ssin, and beside them an immigration office number, which alone identifies nobody.
Status check_asked_subject(formats::JsonView subject);

struct PersonFound {
  std::optional<SubjectRef> subject;  // who bears the number; nothing where nobody does
  std::vector<SubjectRef> person;     // the subject, and whoever is one person with it and was not erased
};
// ErrorCode::gone: the data of whoever bore the number were erased; conflict: numbers of two persons.
Result<PersonFound> find_asked_person(const exchange::Facilities& facilities, formats::JsonView subject);

// One note; keyed by the body, for a bare hash of a number could be guessed.
ledger::EntryDraft draft_look(const exchange::Facilities& facilities, const Call& call,
                              const std::optional<SubjectRef>& subject, std::string_view purpose, std::string_view role,
                              std::uint64_t rows);

// Of a number whose bearer was erased, or of numbers of two persons: that it was asked is noted before that is told, as
// of any other. Whatever else is wrong with a question is refused at once.
void refuse_look_up(const exchange::Facilities& facilities, const Call& call, const Error& error,
                    std::string_view purpose, std::string_view role);

// The notes of a look-up: one for each data subject it told of, or one of nobody. `rows_of`: how much was told of each.
template <class RowsOf>
std::vector<ledger::EntryDraft> draft_look_up(const exchange::Facilities& facilities, const Call& call,
                                              const PersonFound& found, std::string_view purpose, std::string_view role,
                                              const RowsOf& rows_of) {
  std::vector<ledger::EntryDraft> notes;
  for (const auto& one : found.person) notes.push_back(draft_look(facilities, call, one, purpose, role, rows_of(one)));
  if (notes.empty()) notes.push_back(draft_look(facilities, call, std::nullopt, purpose, role, 0));
  return notes;
}

}  // namespace ketenpoort::api
