// ketenpoort ledger reproduce TX: what a transfer said and why, shown again from what is kept. Reads only; beside a
// running gateway or without one.
#pragma once

#include "gateway/cli/command.hpp"

namespace ketenpoort::cli {

// Joins the `ledger` command, which must be there.
void add_reproduce(CLI::App& app, Action& chosen);

}  // namespace ketenpoort::cli
