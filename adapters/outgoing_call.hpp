// A delivery made into a call, or what becomes of one that cannot be.
#pragma once

#include "adapters/partner_adapter.hpp"

namespace ketenpoort::adapters {

// What the adapter makes; an exception of its becomes an error (internal) that tells nothing of the message.
Result<Call> make_safely(const PartnerAdapter& adapter, const Delivery& delivery);

// Nothing was sent. A message that does not fit stays so; anything else (memory, the signing library) may pass.
Verdict judge_unmade(const Error& error);

}  // namespace ketenpoort::adapters
