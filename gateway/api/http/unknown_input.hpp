// What a call does not take: members of its body, parameters of its query. Unknown input is refused, never passed over
// (Belgif REST guide, issue type unknownInput): who mistypes `dryRun` must not start the real thing.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace ketenpoort::api {

// A member of a body. `within` is where the object that holds it stands ("filter"); empty for the body itself.
tl::unexpected<Error> refuse_property(std::string_view name, std::initializer_list<std::string_view> known,
                                      std::string_view within = {});

// A parameter of a query.
tl::unexpected<Error> refuse_unknown_parameter(std::string_view name, std::initializer_list<std::string_view> known);

}  // namespace ketenpoort::api
