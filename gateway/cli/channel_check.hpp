// What a channel of a partner's needs besides its settings, found wrong before the gateway starts: an adapter of that
// name, a key of that kind.
#pragma once

#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/config/settings.hpp"

namespace ketenpoort::cli {

std::vector<Issue> find_bad_channels(const config::Configuration& configuration);

}  // namespace ketenpoort::cli
