// Where in an XML document an element stands, for messages.
#pragma once

#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>

namespace ketenpoort::formats {

class XmlPlaces {
 public:
  explicit XmlPlaces(std::string document);  // UTF-8; read once, however many lines are asked for

  // The line, from 1, on which the element begins: "Person/Name[2]/@kind" below the root, by local names, counted from
  // 1. Of what is not there, the line of what would surround it. Nothing when the document cannot be read.
  [[nodiscard]] std::optional<std::size_t> line_of(std::string_view path) const;

 private:
  std::string document_;
  pugi::xml_document tree_;
};

}  // namespace ketenpoort::formats
