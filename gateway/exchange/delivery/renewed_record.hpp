// What a transfer says when a newer record of its resident came after the one that asked for it: the newer one's
// content under the older one's referral. A newer record need not repeat a referral to keep it up to date.
#pragma once

#include <string>

#include "gateway/formats/json.hpp"
#include "gateway/policy/facts.hpp"

namespace ketenpoort::exchange {

// The record `newest`, with the list of referrals of `asked` in place of its own: an index into that list stays good.
std::string renew_record(formats::JsonView newest, formats::JsonView asked);

// The facts it is decided on then: the newest record's, with what it leaves open as it was known before.
policy::Facts renew_facts(const policy::Facts& asked, policy::Facts newest);

}  // namespace ketenpoort::exchange
