// ketenpoort ledger prove SEQ | export [--from N --to N]: what an operator hands to an auditor. Reads the ledger folder
// alone, so it works beside a running gateway and on a copy.
//
// `prove` writes a C2SP tlog-proof to stdout, with the entry as its extra data; --entry FILE gets the entry's bytes as
// they are hashed. `export` writes NDJSON to stdout: one line per entry, from --from to --to (both included, the whole
// log without them), each line exactly the bytes that are hashed; then one last line {"checkpoint":"<signed note>"} for
// the whole log. No entry has a "checkpoint" key of its own, so the last line cannot be mistaken for one.
#pragma once

#include "gateway/cli/command.hpp"

namespace ketenpoort::cli {

void add_ledger(CLI::App& app, Action& chosen);

}  // namespace ketenpoort::cli
