// A guarded request head read by Beast's parser into an api::Request. The guard has refused what parsers disagree
// about; what the two still read differently is refused here.
#pragma once

#include <string_view>

#include "gateway/api/http/http.hpp"
#include "gateway/net/request_guard.hpp"

namespace ketenpoort::net {

// False when Beast does not read the head as the guard did. `head` is exactly framing.head_bytes long.
bool read_head(std::string_view head, const Framing& framing, api::Request& request);

}  // namespace ketenpoort::net
