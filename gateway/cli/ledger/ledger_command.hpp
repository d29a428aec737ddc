// ketenpoort ledger prove SEQ | export | checkpoint: what an operator hands to an auditor. They read the ledger folder
// alone, so they work beside a running gateway, without one, and on a copy.
//
// `prove` writes a C2SP tlog-proof to standard output, with the entry as its extra data; --entry FILE gets the entry's
// bytes as they are hashed. `checkpoint` writes the signed note, once it has been checked. `export` has a file of its
// own.
#pragma once

#include "gateway/cli/command.hpp"

namespace ketenpoort::cli {

void add_ledger(CLI::App& app, Action& chosen);

}  // namespace ketenpoort::cli
