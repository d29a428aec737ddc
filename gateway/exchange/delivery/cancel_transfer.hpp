// Use case: a person calls off a transfer that has not left yet. What its recipient has, or may have by now, is not
// undone by that: a withdrawal, an erasure or a rectification tells the recipient.
#pragma once

#include <functional>

#include "gateway/exchange/delivery/in_flight.hpp"
#include "gateway/exchange/facilities/facilities.hpp"

namespace ketenpoort::exchange {

// ErrorCode::not_found: no transfer that may still move has this id. ErrorCode::conflict: its first byte may be out,
// its recipient has it, or it was given up already.
void cancel_transfer(Facilities& facilities, InFlight& in_flight, Caller caller, TransferId id,
                     std::function<void(Status)> done);

}  // namespace ketenpoort::exchange
