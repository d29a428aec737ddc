// ketenpoort ledger rebuild-index: makes STATE/index.sqlite anew from the ledger folder of a stopped gateway. A gateway
// that finds no index does the same while it runs; this is for whoever would rather wait beforehand.
#pragma once

#include "gateway/cli/command.hpp"

namespace ketenpoort::cli {

void add_rebuild_index(CLI::App& ledger, Action& chosen);

}  // namespace ketenpoort::cli
