// Keys and certificates that a gateway would not start with, or could not call its partners with.
#pragma once

#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/config/settings.hpp"

namespace ketenpoort::cli {

std::vector<Issue> find_bad_keys(const config::Configuration& configuration);

}  // namespace ketenpoort::cli
