// UTF-8 checks and Unicode normalisation.
#pragma once

#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace ketenpoort {

// Well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF). Skips ASCII sixteen bytes at
// a time.
bool is_valid_utf8(std::string_view text);

// Where the first byte stands that is not part of well-formed UTF-8; the text's size when there is none.
std::size_t find_invalid_utf8(std::string_view text);

// True when the text is certainly in Unicode NFC: no byte from 0xCC on means no combining mark and nothing that
// composes.
bool is_surely_nfc(std::string_view text);

// How many characters (code points) valid UTF-8 holds, and its last so many.
std::size_t count_characters(std::string_view text);
std::string_view last_characters(std::string_view text, std::size_t count);

// Whether white space may begin or end with this byte.
constexpr bool may_be_white_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r') || static_cast<unsigned char>(c) >= 0x80;
}

// Valid UTF-8 without the white space at both ends: Unicode's, so the no-break spaces of word processors too, and the
// byte order mark, which is a space of no width.
std::string_view trim_white_space(std::string_view text);

// Whether no letter of another script than Latin stands in valid UTF-8. Signs and marks of other scripts are none
// either.
bool is_latin(std::string_view text);

// Unicode NFC. The input must be valid UTF-8.
Result<std::string> to_nfc(std::string_view text);

}  // namespace ketenpoort
