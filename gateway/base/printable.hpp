// Text of unknown origin on its way to a terminal or a log.
#pragma once

#include <string>
#include <string_view>

namespace ketenpoort {

// What would move a cursor, end a line or turn its direction stands as \u00xx, what is no UTF-8 as \xff.
std::string printable(std::string_view text);

}  // namespace ketenpoort
