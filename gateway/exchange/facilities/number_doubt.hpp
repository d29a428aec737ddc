// A number that was put right since, or that nothing but a consent ever named, still leads to whoever it was filed
// under. Who comes with it under a Fedasil number of their own may be its real bearer: not to be taken for the other,
// whose consents would speak for them. Both claim one number, and persons decide.
#pragma once

#include <optional>

#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/exchange/facilities/identity.hpp"

namespace ketenpoort::exchange {

// The newest record of the person that the numbers lead to, where it contradicts that they are that person: it names
// another SSIN and none of these, and the Fedasil number is nobody's yet, or not given. Nothing where it does not, or
// is kept no more. Waits for a disk. ErrorCode::unavailable when the vault cannot tell.
Result<std::optional<RecordId>> find_contradicting_record(const Facilities& facilities, const Match& match,
                                                          formats::JsonView identifiers);

}  // namespace ketenpoort::exchange
