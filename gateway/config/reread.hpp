// A configuration that is read again while another one runs.
#pragma once

#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/config/settings.hpp"

namespace ketenpoort::config {

// ErrorCode::config when the environment is another one: in `test` policy files count without a signature, and a
// gateway that runs in production takes none so.
Status check_same_environment(const Configuration& running, const Configuration& next);

// What a running gateway cannot change (the address it listens on, its state folder, its keys ...) stays in `next` as
// it is in `running`. The keys of which the file says something else now: they count from the next start.
std::vector<std::string_view> keep_what_needs_a_restart(const Configuration& running, Configuration& next);

}  // namespace ketenpoort::config
