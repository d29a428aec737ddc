// From which day the law lets a purpose be served. Pure; the figures come from rules in force on the day, the
// algorithms stand here.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/domain/purpose.hpp"
#include "gateway/domain/transfer.hpp"
#include "gateway/policy/facts.hpp"

namespace ketenpoort::policy {

enum class AccessBasis : unsigned char { time, status };
std::string_view to_text(AccessBasis basis);  // TIME, STATUS

// The answer of a rule for one day: access, or the one reason why not.
struct Access {
  std::optional<Reason> missing;     // nothing: there is access
  AccessBasis basis{};               // where there is access
  std::optional<Date> since;         // where there is access; unknown when the record does not date the status
  std::optional<Date> first_lawful;  // the day the waiting time ends, past or future; none where no waiting counts

  [[nodiscard]] bool granted() const { return !missing; }
};

// labour-market-access (royal decree of 2 September 2018, art. 18, 3°). Access when the status is one of `statuses`;
// otherwise when `waiting_months` after lodging have passed and one of `documents` is valid whose labour market is not
// NO. A status or track that is excluded, nothing lodged, or a CGRS refusal notified before the waiting time ended: not
// in the target group; else time, else the document, else its renewal is what is missing.
//
// civic-integration-target-group. Access when the status is one of `statuses`; otherwise, only where `waiting_months`
// is stated, when so long has passed since lodging.
//
// status-granted. A status of `statuses` and a municipality the resident chose.
//
// Throws std::logic_error for an algorithm that is none of these; config refuses such a rule.
Access find_access(const Rule& rule, const Facts& facts, Date on);

// What mappings may pass on instead of the history of a procedure.
struct Derived {
  std::optional<Access> labour_access;  // granted ones only
  std::optional<int> age;               // full years; absent where the birth date leaves two answers
  bool minor = false;
};
Derived derive(const Facts& facts, const Rule* labour_market_access, Date on);

}  // namespace ketenpoort::policy
