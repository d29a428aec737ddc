// What the calls of a rights officer have in common: how their bodies are read, and how what they did is answered.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/api/api.hpp"
#include "gateway/exchange/rights/subject_rights.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::api {

// A value that is wrong, and what it should be.
tl::unexpected<Error> refuse_value(std::string where, std::string detail);

// An object with no other keys than these; an empty body is {}.
Result<formats::JsonDocument> read_rights_body(std::string_view body, std::initializer_list<std::string_view> keys);

Result<std::optional<Uuid>> read_uuid_of(formats::JsonView value, std::string_view name);

// The subject of the path and the request of the body, if any.
Result<exchange::RightsCall> read_rights_call(const Call& call, formats::JsonView body);

// stopped, inFlight, toNotify, ledger.
void write_rights_outcome(formats::JsonWriter& writer, const exchange::RightsOutcome& outcome);

}  // namespace ketenpoort::api
