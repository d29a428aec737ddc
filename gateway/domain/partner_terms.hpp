// Words that configuration, use cases and adapters share about partners.
#pragma once

#include <string_view>

namespace ketenpoort {

// The channel of messages that are not pushed: they wait until their recipient fetches them (GET /mailbox).
constexpr std::string_view mailbox_channel = "mailbox";

// A partner's own words go into the ledger only as a reference of [A-Za-z0-9._:-]{1,64} that is not a national number.
bool is_partner_reference(std::string_view text);

}  // namespace ketenpoort
