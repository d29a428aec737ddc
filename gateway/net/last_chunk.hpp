// RFC 9112, section 7.1.
#pragma once

#include <string_view>

namespace ketenpoort::net {

constexpr std::string_view shortest_last_chunk = "0\r\n\r\n";

}  // namespace ketenpoort::net
