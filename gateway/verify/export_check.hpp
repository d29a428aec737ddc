// Checks an export: the same rules as for a ledger folder as far as its entries go back, and the tree between what its
// first line says of the entries before and after.
#pragma once

#include "gateway/verify/log_check.hpp"

namespace ketenpoort::verify {

// `check.ledger` is the export's file.
Checked<LogReport> check_export(const LogCheck& check);

}  // namespace ketenpoort::verify
