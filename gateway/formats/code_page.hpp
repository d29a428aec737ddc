// Old eight-bit code pages to UTF-8 and back: Windows-1252, ISO-8859-15 (Latin-9, with the euro) and 850 (the IBM page
// of West European mainframes and DOS).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ketenpoort::formats {

enum class CodePage { utf_8, windows_1252, iso_8859_15, cp850 };

std::string_view to_text(CodePage page);  // "utf-8", "windows-1252", "iso-8859-15", "cp850"
std::optional<CodePage> parse_code_page(std::string_view text);

// As a Content-Type's charset names it, in capitals or not: also us-ascii, cp1252, iso-8859-1 (which Windows-1252 holds
// but for control characters), latin9 and ibm850.
std::optional<CodePage> find_charset(std::string_view name);

// Nothing when a byte has no character in the page (Windows-1252 leaves five undefined) or the text is no valid UTF-8.
std::optional<std::string> to_utf8(std::string_view bytes, CodePage page);

// Nothing when a character is not in the page: never a question mark in its place. `text` is valid UTF-8.
std::optional<std::string> from_utf8(std::string_view text, CodePage page);

}  // namespace ketenpoort::formats
