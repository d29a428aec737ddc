// ketenpoort ledger export [--from N] [--to N] [--out FILE]: entries in one file that ketenpoort-verify takes alone
// (docs/ledger-format.md, "Export"), to standard output unless --out says where. With --tiles DIR the log as a static
// C2SP site instead, brought up to date when it is there already.
#pragma once

#include "gateway/cli/command.hpp"

namespace ketenpoort::cli {

void add_ledger_export(CLI::App& ledger, Action& chosen);

}  // namespace ketenpoort::cli
