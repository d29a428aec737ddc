// ketenpoort translate MAPPING [FILE|-]: a dry run of one mapping on one record.
#pragma once

#include "gateway/cli/command.hpp"

namespace ketenpoort::cli {

void add_translate(CLI::App& app, Action& chosen);

}  // namespace ketenpoort::cli
