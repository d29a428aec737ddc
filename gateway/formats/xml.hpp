// XML read strictly, and written.
#pragma once

#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "gateway/base/result.hpp"

namespace ketenpoort::formats {

struct XmlLimits {
  std::size_t bytes = std::size_t{1} << 20;
  std::size_t depth = 128;
  // Attributes are told apart, and prefixes looked up, by comparing each with the others: more of them would make the
  // work grow with the square of the document.
  std::size_t attributes = 256;   // of one element, declarations of namespaces included
  std::size_t declarations = 64;  // of namespaces, in force at one place
};

// Refuses what pugixml lets through though it is not well-formed or means trouble: DOCTYPE, entities beyond the five,
// character references to what XML forbids, control characters, invalid UTF-8, ]]> in text, duplicate attributes,
// undeclared prefixes, a second root, text outside the root, and what goes beyond the limits. The error's issue has
// where = "line:column" or the element's path.
Result<void> parse_xml(std::string_view text, pugi::xml_document& document, const XmlLimits& limits = {});

// Appends text with & < > escaped (and " in attributes, and white space that a reader would normalise away).
void append_xml_text(std::string& out, std::string_view text);
void append_xml_attribute(std::string& out, std::string_view text);

// Can the text stand in XML 1.0 at all (no control characters but tab, line feed and carriage return)? `text` is valid
// UTF-8.
bool is_xml_text(std::string_view text);

}  // namespace ketenpoort::formats
