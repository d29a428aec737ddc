// What a partner publishes for everybody must say nothing about anybody.
#pragma once

#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/base/time.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::exchange {

// Beyond the schema: days in order, and no free text with what may be a person's number, an e-mail address or a
// telephone number. Issues name places and never what stands there.
std::vector<Issue> check_activity(formats::JsonView activity, Date today);

// Why a text may not be published; empty where it may.
std::string_view find_personal(std::string_view text, Date today);

}  // namespace ketenpoort::exchange
