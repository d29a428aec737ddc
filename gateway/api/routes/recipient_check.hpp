// Lists by recipient: of one that nobody configured and the log has never heard of, "nothing" would be a wrong answer.
#pragma once

#include <string>

#include "gateway/api/api.hpp"

namespace ketenpoort::api {

// Refuses the parameter `recipient` and names those there are. Empty is any. The index must be ready.
Status check_recipient(const ApiDependencies& dependencies, const std::string& recipient);

}  // namespace ketenpoort::api
