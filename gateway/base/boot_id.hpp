// Which run of the machine this is: what was not synced before another one may be gone.
#pragma once

#include <string>

namespace ketenpoort {

// The kernel's name for it. One that cannot be told is another one at every call, so that nobody trusts it.
std::string boot_id();

}  // namespace ketenpoort
