// Query parameters, strictly: unknown and repeated ones are refused (Belgif REST guide).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"

namespace ketenpoort::api {

using Query = std::map<std::string, std::string, std::less<>>;

// `raw` is what stands behind '?'. Values are percent-decoded. ErrorCode::unknown_input or schema_violation naming
// the parameter.
Result<Query> parse_query(std::string_view raw, std::initializer_list<std::string_view> known);

std::optional<std::uint64_t> parse_number(std::string_view text);  // decimal digits and nothing else

// For a parameter that is known and has a wrong value.
tl::unexpected<Error> refuse_parameter(std::string name, std::string detail);

// A moment (RFC 3339), or the whole of a day in Belgium: from its beginning, or until its end (`upper`).
std::optional<Timestamp> parse_bound(std::string_view text, bool upper);

std::string percent_encode(std::string_view text);  // for the value of a parameter

}  // namespace ketenpoort::api
