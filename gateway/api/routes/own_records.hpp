// Whose records and transfers a client sees: those of its own organisation. Who has scope operator as well sees to the
// transfers of all.
#pragma once

#include <string>
#include <string_view>

#include "gateway/api/api.hpp"

namespace ketenpoort::api {

// The organisation whose transfers the caller sees; empty: of all.
std::string sees_transfers_of(const Identity& identity);

// Whether a client of this organisation sent the record. Of one that waits the log's entry says so, of others the
// index: ErrorCode::unavailable while that is being made anew.
Result<bool> was_sent_by(const ApiDependencies& dependencies, const RecordId& record, std::string_view organisation);

// Whether the caller sees this transfer: another organisation's is as unknown to it as one that never was.
Result<bool> sees_transfer(const ApiDependencies& dependencies, const Call& call,
                           const ledger::History::Transfer& transfer);

}  // namespace ketenpoort::api
