// What a partner reported back, decided again at its place in the log. All that decides it stands there: no facts are
// sealed. Internal to gateway/policy.
#pragma once

#include "gateway/base/result.hpp"
#include "gateway/ledger/entry/entry.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::policy {

bool is_outcome(const ledger::Entry& entry);  // outcome.received or outcome.rejected

// Before the entry is applied to the history. What History complains of by itself is not looked at.
Status replay_outcome(const ledger::History& history, const ledger::Entry& entry);

}  // namespace ketenpoort::policy
