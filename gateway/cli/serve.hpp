// ketenpoort serve --config FILE, ketenpoort check --config FILE.
#pragma once

#include <filesystem>
#include <functional>

#include "gateway/cli/command.hpp"
#include "gateway/config/load.hpp"

namespace ketenpoort::cli {

// Runs the gateway until it is told to stop; gives the exit code. The program hands it in, since only the application
// knows everything. The second reads the configuration anew, for a reload.
using RunGateway =
    std::function<int(const config::Configuration&, const std::function<Result<config::Configuration>()>&)>;

void add_serve(CLI::App& app, Action& chosen, RunGateway run);
void add_check(CLI::App& app, Action& chosen);

}  // namespace ketenpoort::cli
