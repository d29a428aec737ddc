// `ketenpoort keys new|rotate|show`.
#pragma once

#include "gateway/cli/command.hpp"

namespace ketenpoort::cli {

void add_keys(CLI::App& app, Action& chosen);

}  // namespace ketenpoort::cli
