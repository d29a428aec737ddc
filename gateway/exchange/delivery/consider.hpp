// One look at a transfer: the facts of its record, what policy says of them now, the size of the log it said it on.
#pragma once

#include <string>

#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/policy/decide.hpp"
#include "gateway/policy/legal_dates.hpp"
#include "gateway/policy/premises.hpp"

namespace ketenpoort::exchange {

// What is asked: a transfer that exists, or one that a preview imagines.
struct Case {
  SubjectRef subject{};
  std::uint32_t referral = 0;
  std::string recipient;
  std::string purpose;
  std::string message;
};

// What follows from facts on a day, by the rule in force then.
policy::Derived derive_for(const ledger::History& history, const policy::Facts& facts, Date on);

// The ids that a recipient gave earlier: its own reference for the person (in the newest acknowledgement of anything
// about them), and for what was last sent along the same lane. Empty: none yet.
struct KnownIds {
  std::string person;
  std::string transfer;
};
KnownIds find_known_ids(const ledger::History& history, const Case& the_case);

struct Consideration {
  std::shared_ptr<const Terms> terms;  // it was looked at by
  std::string record;                  // JSON: what the message is made of
  bool renewed = false;                // with the content of the newest record
  std::optional<RecordId> content{};   // which that is, for a transfer that exists
  std::optional<RecordId> newest{};    // the subject's newest record when that transfer was looked at
  policy::Premises premises;
  Case the_case;
  Route route;
  Timestamp at{};
  Date on{};  // its day
  policy::Decision decision;
  policy::Derived derived;
  KnownIds known;
  std::uint64_t ledger_size = 0;
  // The last decision about anybody's number that the vault knew when it was asked whose these are; nothing: a later
  // one was not durable yet.
  std::optional<std::uint64_t> numbers_as_of{};

  // The question as it can be asked again of a later history, at a later moment.
  [[nodiscard]] policy::Question question(Timestamp moment) const;
};

// `newest`: the subject's newest record when that is another one. Its facts count and the message says what it says,
// under the referral of the record that asked for the transfer; the centre stays that of the latter. Where an agreement
// with the recipient does not cover the newest record's centre, the message stays that of the record that asked.
Result<Consideration> consider(const Facilities& facilities, const OpenRecord& record, Case the_case, Timestamp now,
                               const OpenRecord* newest = nullptr);

// For translating: the mapping of the route, in force on the day; null when none is configured. It stays as it is while
// the caller keeps it, also when the mappings are reloaded.
std::shared_ptr<const mapping::Mapping> find_mapping(const Facilities& facilities, const Route& route, Date on);
// Once a transfer is decided: from the facts, for whoever makes the message, now or again later. Points into what it
// is made of.
mapping::Context translation_context(const policy::Derived& derived, const KnownIds& known, const Case& the_case,
                                     const TransferId& transfer, Timestamp now, const CategorySet& allowed,
                                     bool allow_mock_ssin);
mapping::Context translation_context(const Facilities& facilities, const Consideration& considered,
                                     const TransferId& transfer, Timestamp now, const CategorySet& allowed);

}  // namespace ketenpoort::exchange
