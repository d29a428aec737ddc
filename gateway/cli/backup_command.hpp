// ketenpoort backup DIR | restore DIR: a copy of the state, taken while the gateway runs, and the way back.
#pragma once

#include <string_view>

#include "gateway/cli/command.hpp"

namespace ketenpoort::cli {

// `software` is noted in the backup.
void add_backup(CLI::App& app, Action& chosen, std::string_view software);

}  // namespace ketenpoort::cli
