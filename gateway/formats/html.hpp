// Text in an HTML page.
#pragma once

#include <string>
#include <string_view>

namespace ketenpoort::formats {

// For text and for values in quotes of either sort. Controls have no place in a page (HTML 13.3), apart from line ends
// and tabs: they become blanks.
std::string escape_html(std::string_view text);

}  // namespace ketenpoort::formats
