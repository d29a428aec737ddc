// The one way JSON is read: RapidJSON's in-situ reader behind the checks it lacks. Internal to formats and mapping.
#pragma once

#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace ketenpoort::formats {

// Refuses what RapidJSON 1.1 lets through or reads past: a NUL byte (ends its input silently), invalid UTF-8 (its own
// check reads past a truncated buffer), and \u escapes of NUL or of a lone low surrogate. `offset` is where.
struct TextFault {
  const char* what = nullptr;  // null: none
  std::size_t offset = 0;
  bool surely_nfc = false;  // as is_surely_nfc, found on the way
};
TextFault check_json_text(std::string_view text);

// "line:column" (from 1, column in bytes) of an offset.
std::string line_and_column(std::string_view text, std::size_t offset);

constexpr unsigned json_flags = rapidjson::kParseInsituFlag | rapidjson::kParseNumbersAsStringsFlag;

// Parses `buffer` (size bytes, then a NUL), which it overwrites; strings handed to `handler` point into it. The handler
// stops at its own limits by returning false. The text must have passed check_json_text.
template <class Handler>
rapidjson::ParseResult parse_in_situ(rapidjson::Reader& reader, char* buffer, Handler& handler) {
  rapidjson::InsituStringStream stream(buffer);
  return reader.Parse<json_flags>(stream, handler);
}

}  // namespace ketenpoort::formats
