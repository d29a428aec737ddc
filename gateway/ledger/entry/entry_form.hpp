// The forms that the members of an entry have, whichever way they are read. Internal to gateway/ledger.
#pragma once

#include <optional>
#include <string_view>

#include "gateway/ledger/entry/entry.hpp"

namespace ketenpoort::ledger {

bool is_version_7(const Uuid& id);
bool is_kind(std::string_view text);      // "transfer.permitted", also one that nobody knows
bool is_activity(std::string_view text);  // id@version
// Exactly "yyyy-mm-ddThh:mm:ss.mmmZ": the only form the ledger writes. No leap seconds.
std::optional<Timestamp> parse_ledger_time(std::string_view text);
// How many bytes a text in base64 stands for; nothing when it is none, or not the one text for its bytes.
std::optional<std::size_t> base64_size(std::string_view text);
// {ct, dek, iv}: sealed texts, as AES-256-GCM leaves them.
bool is_sealed_part(std::string_view ct, std::string_view dek, std::string_view iv);
const char* fault_of(const Entry::ActorView& actor);  // what is wrong with it; nullptr for nothing

}  // namespace ketenpoort::ledger
