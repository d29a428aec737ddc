// `ketenpoort demo`: the chain end to end with made-up residents, told as a story and checked.
#pragma once

#include "gateway/cli/command.hpp"

namespace ketenpoort::cli {

void add_demo(CLI::App& app, Action& chosen);

}  // namespace ketenpoort::cli
