// Who a record or consent is about: one data subject over a Fedasil number, an SSIN and its replacements.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/exchange/facilities/ports.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::exchange {

// Why a person is not looked up by an OV number alone.
inline constexpr std::string_view identifies_nobody =
    "an immigration office number may be a family's and identifies nobody; give fedasilNumber or ssin";

// The marks of the numbers a document carries. An immigration office (OV) number may be a family's: it is kept, never
// matched on.
struct Identifiers {
  std::vector<IdentifierMark> matching;  // Fedasil number, SSIN, previous SSINs, in this order
  std::vector<IdentifierMark> kept;      // OV number

  [[nodiscard]] std::vector<IdentifierMark> all() const;
};

// `identifiers` is resident.identifiers of a record or subject of a consent.
Identifiers read_identifiers(const Vault& vault, formats::JsonView identifiers);

struct Match {
  std::optional<SubjectRef> subject;  // whom the first known number belongs to
  bool erased = false;                // an erased subject bore one of the numbers: nothing is taken any more
  bool conflict = false;  // another number is somebody else's, or was parted from this one: a person must decide
  std::vector<IdentifierMark> unknown;  // numbers nobody has yet
  bool operator==(const Match&) const = default;
};
// Somebody else's, or decided by persons not to be this subject's.
bool is_anothers_number(const Vault& vault, const IdentifierMark& mark, const SubjectRef& subject);
Match match_subject(const Vault& vault, const Identifiers& identifiers);

// A subject with its keys: a known one, or a new one that the changes introduce.
struct Person {
  SubjectRef ref{};
  SubjectKeys keys;
  bool is_new = false;
};
Result<Person> find_or_make_person(const Vault& vault, const Match& match);

// What the journal must carry so that the vault knows this person by all numbers.
void add_person_changes(const Vault& vault, const Person& person, const Match& match,
                        std::vector<ledger::VaultChange>& changes);

}  // namespace ketenpoort::exchange
