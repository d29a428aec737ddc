// Use case: two persons decide whose a number is (docs/decisions/0008-numbers-pass-by-decision.md). The log is not
// rewritten: subject.linked and subject.unlinked say from when on a number is whose. What protected a subject goes
// along with its numbers: a restriction, and whatever it refused or withdrew. Consent never grows by a link.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gateway/exchange/delivery/in_flight.hpp"
#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/exchange/rights/subject_rights.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::exchange {

enum class NumberChange { link, unlink };

// A number as the ledger calls its kind, by its mark: nothing here knows the number.
struct NamedNumber {
  IdentifierKind kind = IdentifierKind::ssin;
  IdentifierMark mark{};
  bool operator==(const NamedNumber&) const = default;
};
std::string_view number_kind(IdentifierKind kind);  // "ssin"

// `identifiers` as in a resident record: {fedasilNumber?, ssin?, previousSsins?, immigrationOfficeNumber?}.
std::vector<NamedNumber> read_numbers(const Vault& vault, formats::JsonView identifiers);

struct PendingNumbers {
  Uuid id{};
  SubjectRef subject{};
  Timestamp asked_at{};
  std::vector<NamedNumber> numbers;
  std::vector<std::optional<SubjectRef>> owners;  // of each number, as it is now
};

// Durable until somebody else approves. ErrorCode::not_found: nothing is known of the subject; gone: it, or whoever
// bore one of the numbers, was erased; conflict: a number that is to leave is not the subject's, or it is restricted,
// or there is nothing to change.
void propose_numbers(Facilities& facilities, const RightsCall& call, NumberChange change,
                     std::vector<NamedNumber> numbers, std::function<void(Result<PendingNumbers>)> done);

struct NumbersChanged {
  PendingNumbers approved;
  RightsOutcome outcome;                // of the subject, and of those whose numbers it got
  std::vector<SubjectRef> passed_from;  // whose numbers they were
  std::vector<SubjectRef> continues;    // those of them who have none left: the same person from here on
};

// `numbers`: what the approver believes to approve; empty: whatever was proposed. Errors as of propose_numbers, and
// those of find_approvable. `on_changed` hears of everybody whose transfers are to be decided anew.
void approve_numbers(Facilities& facilities, InFlight& in_flight, const RightsCall& call, NumberChange change,
                     std::optional<Uuid> id, std::vector<NamedNumber> numbers,
                     std::function<void(Result<NumbersChanged>)> done, OnSubjectChanged on_changed);

// As the details of a proposal say it; none when one of them cannot be read: half a decision is none.
std::vector<NamedNumber> read_proposed_numbers(std::string_view details);

}  // namespace ketenpoort::exchange
