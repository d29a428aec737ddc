// Names in XML 1.0 (fifth edition) and in XML namespaces.
#pragma once

#include <cstdint>
#include <pugixml.hpp>
#include <string>
#include <string_view>

namespace ketenpoort::formats {

bool begins_xml_name(std::uint32_t point);
bool continues_xml_name(std::uint32_t point);

// How many bytes from `at` on are a name; 0: none begins there. The text is valid UTF-8.
std::size_t xml_name_length(std::string_view text, std::size_t at);

// What only the tree shows: nesting, attributes that stand twice (also under two prefixes of one namespace), prefixes
// that nobody declared, and declarations that the namespaces recommendation forbids. Empty when all is well.
// `at`: where the element begins, in bytes.
struct XmlNameFault {
  std::string what;
  std::size_t at = 0;
};
XmlNameFault check_xml_names(const pugi::xml_node& root, std::size_t deepest);

}  // namespace ketenpoort::formats
