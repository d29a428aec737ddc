// Use case: an operator stops what is sent to a recipient, and lets it go on. What is under way finishes; what the
// recipient must be told of data it has goes on (notifier.hpp).
#pragma once

#include <functional>
#include <string>

#include "gateway/exchange/facilities/facilities.hpp"

namespace ketenpoort::exchange {

// Pausing what is paused, and resuming what is not, changes nothing. `reason` is a code: "maintenance".
void pause_partner(Facilities& facilities, const Caller& caller, std::string recipient, std::string reason,
                   std::function<void(Status)> done);
void resume_partner(Facilities& facilities, const Caller& caller, std::string recipient,
                    std::function<void(Status)> done);

}  // namespace ketenpoort::exchange
