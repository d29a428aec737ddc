// The quick way to read an entry. Internal to gateway/ledger.
#pragma once

#include <string_view>

#include "gateway/ledger/entry/entry.hpp"

namespace ketenpoort::ledger {

// An entry whose strings are ASCII without escapes and whose body is well-formed for its kind, body and all. False for
// any other bytes, entries or not: decode_entry tells what they are.
bool take_entry(std::string_view bytes, Entry& entry);

}  // namespace ketenpoort::ledger
