// ketenpoort consent give|withdraw|show: what a resident says, over the API of the running gateway.
#pragma once

#include "gateway/cli/command.hpp"

namespace ketenpoort::cli {

void add_consent(CLI::App& app, Action& chosen);

}  // namespace ketenpoort::cli
