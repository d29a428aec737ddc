// `ketenpoort report`: what the data protection officer and the rights officer read, over the API of the running
// gateway.
#pragma once

#include "gateway/cli/command.hpp"

namespace ketenpoort::cli {

void add_report(CLI::App& app, Action& chosen);

}  // namespace ketenpoort::cli
