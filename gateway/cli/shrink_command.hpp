// ketenpoort shrink: what may be kept no longer goes. Over the API of the running gateway, like every command that
// writes.
#pragma once

#include "gateway/cli/command.hpp"

namespace ketenpoort::cli {

void add_shrink(CLI::App& app, Action& chosen);

}  // namespace ketenpoort::cli
