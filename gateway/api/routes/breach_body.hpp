// What a rights officer says of a personal data breach: codes, counts and dates, as the log keeps them for ever.
// Nothing in it can name anybody.
#pragma once

#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/ledger/entry/bodies.hpp"

namespace ketenpoort::api {

// Strictly, with every complaint at once: ErrorCode::schema_violation, or unknown_input for a property that is not
// known. Whether it can be so says exchange/rights/record_breach.
Result<ledger::BreachRecorded> read_breach(formats::JsonView body, Date today);

}  // namespace ketenpoort::api
