// Keys and certificates that a gateway would not start with, or could not call its partners with.
#pragma once

#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/config/settings.hpp"

namespace ketenpoort::cli {

std::vector<Issue> find_bad_keys(const config::Configuration& configuration);

// Private keys in the state folder: whoever copies that could read it, or write another log.
std::vector<Issue> find_misplaced_keys(const config::Settings& settings);

}  // namespace ketenpoort::cli
