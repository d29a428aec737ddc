// `ketenpoort sandbox`: everything a partner's developer or a check needs, started and taken down together.
#pragma once

#include "gateway/cli/command.hpp"

namespace ketenpoort::cli {

void add_sandbox(CLI::App& app, Action& chosen);

}  // namespace ketenpoort::cli
