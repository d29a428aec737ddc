// An XML document in whatever encoding it says it is, as UTF-8: so that everything behind it reads one encoding only.
#pragma once

#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace ketenpoort::formats {

// By its byte order mark, by `charset` (what a Content-Type says; empty: nothing) and by its own declaration, which
// must not contradict each other; without any of them it is UTF-8. Taken are UTF-8, US-ASCII, ISO-8859-1 (read as
// Windows-1252, which holds it), ISO-8859-15, Windows-1252 and UTF-16, which must have its mark or a charset that says
// the order of its bytes. The declaration of the text that is returned says UTF-8, and no line or column of it moves.
// ErrorCode::not_found: `charset` is none of these; ErrorCode::malformed, with where = "line:column": the document says
// another encoding, a contradiction, or a byte that its encoding does not know.
Result<std::string> xml_in_utf8(std::string_view document, std::string_view charset = {});

// ErrorCode::not_found when `charset` names no encoding that XML is taken in; empty is none named.
Status check_xml_charset(std::string_view charset);

}  // namespace ketenpoort::formats
