// ketenpoort mapping lint|test|explain: what an analyst runs while writing a mapping.
#pragma once

#include "gateway/cli/command.hpp"

namespace ketenpoort::cli {

void add_mapping(CLI::App& app, Action& chosen);

}  // namespace ketenpoort::cli
