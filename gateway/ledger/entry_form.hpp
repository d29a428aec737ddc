// The forms that the members of an entry have, whichever way they are read. Internal to gateway/ledger.
#pragma once

#include <optional>
#include <string_view>

#include "gateway/ledger/entry.hpp"

namespace ketenpoort::ledger {

bool is_version_7(const Uuid& id);
bool is_kind(std::string_view text);      // "transfer.permitted", also one that nobody knows
bool is_activity(std::string_view text);  // id@version
// Exactly "yyyy-mm-ddThh:mm:ss.mmmZ": the only form the ledger writes. No leap seconds.
std::optional<Timestamp> parse_ledger_time(std::string_view text);
const char* fault_of(const Entry::ActorView& actor);  // what is wrong with it; nullptr for nothing

}  // namespace ketenpoort::ledger
