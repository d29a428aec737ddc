// Query parameters, strictly: unknown and repeated ones are refused (Belgif REST guide).
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace ketenpoort::api {

using Query = std::map<std::string, std::string, std::less<>>;

// `raw` is what stands behind '?'. Values are percent-decoded. ErrorCode::schema_violation naming the parameter.
Result<Query> parse_query(std::string_view raw, std::initializer_list<std::string_view> known);

}  // namespace ketenpoort::api
