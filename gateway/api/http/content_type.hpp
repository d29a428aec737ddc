// What a Content-Type says: the media type in lower case, and its parameters (RFC 9110, 8.3).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace ketenpoort::api {

struct ContentType {
  std::string media_type;  // "application/json"; of XML always application/xml, whichever of its names was given
  std::map<std::string, std::string, std::less<>> parameters;  // names in lower case, values without quotes

  [[nodiscard]] std::string_view parameter(std::string_view name) const;  // empty: not there
};

// Media types of records and reports, and the mappings' word for their syntax: json, xml, csv, fixed.
constexpr std::string_view json_type = "application/json";
constexpr std::string_view xml_type = "application/xml";
constexpr std::string_view csv_type = "text/csv";
constexpr std::string_view fixed_type = "application/vnd.ketenpoort.fixed-width";
std::string_view format_of(std::string_view media_type);

// Nothing when it is not one.
std::optional<ContentType> parse_content_type(std::string_view text);

}  // namespace ketenpoort::api
