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

// Of a qualified name, what stands behind the prefix.
constexpr std::string_view local_name(std::string_view qualified) {
  return qualified.substr(qualified.find(':') + 1);  // of none: from the beginning
}

// Of an element, or of a qualified name that stands in it: the URI that is declared for its prefix; empty for none.
std::string_view namespace_of(const pugi::xml_node& element);
std::string_view namespace_of(const pugi::xml_node& at, std::string_view qualified);

// What only the tree shows: nesting, attributes that stand twice (also under two prefixes of one namespace), prefixes
// that nobody declared, and declarations that the namespaces recommendation forbids. Empty when all is well.
// `at`: where the element begins, in bytes.
struct XmlNameFault {
  std::string what;
  std::size_t at = 0;
};
XmlNameFault check_xml_names(const pugi::xml_node& root, std::size_t deepest);

}  // namespace ketenpoort::formats
