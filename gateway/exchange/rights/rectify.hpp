// Use case: something we said of a person was wrong (GDPR art. 16). The log says in which categories; the right values
// come with a newer record, as values always do. What waits and would still say the wrong thing ends, and every
// recipient that has it is told (art. 19).
#pragma once

#include <optional>

#include "gateway/exchange/rights/subject_rights.hpp"

namespace ketenpoort::exchange {

struct Rectification {
  CategorySet categories;
  // The record that says it right: the subject's newest, whose transfers go on. Empty: it is still to come, and nothing
  // that waits may go.
  std::optional<RecordId> corrected_by;
};

// ErrorCode::not_found: nothing is known of the subject; gone: it was erased; conflict: `corrected_by` is not its
// newest record.
void rectify_subject(Facilities& facilities, InFlight& in_flight, const RightsCall& call,
                     const Rectification& rectification, RightsDone done);

}  // namespace ketenpoort::exchange
