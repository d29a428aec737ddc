// Where in an XML document an element stands, for messages.
#pragma once

#include <optional>
#include <string_view>

namespace ketenpoort::formats {

// The line, from 1, on which the element begins: "Person/Name[2]/@kind" below the root, by local names, counted from 1.
// Of what is not there, the line of what would surround it. Nothing when the document cannot be read.
std::optional<std::size_t> find_xml_line(std::string_view document, std::string_view path);

}  // namespace ketenpoort::formats
