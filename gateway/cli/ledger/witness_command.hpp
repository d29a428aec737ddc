// `ketenpoort witness`: a partner's own witness of our ledger, or of any log that speaks C2SP tlog-witness.
#pragma once

#include "gateway/cli/command.hpp"

namespace ketenpoort::cli {

void add_witness(CLI::App& app, Action& chosen);

}  // namespace ketenpoort::cli
