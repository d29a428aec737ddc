// An XML answer read element by element, each with its namespace, in the order its schema gives.
#pragma once

#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "gateway/formats/xml_names.hpp"

namespace ketenpoort::adapters::magda {

using formats::local_name;
using formats::namespace_of;

// The text of an element that holds nothing else; nothing when it does.
std::optional<std::string> text_of(const pugi::xml_node& node);

// The children of an element that may hold elements only, taken one after the other.
class Sequence {
 public:
  explicit Sequence(const pugi::xml_node& parent);

  // The next child, when it has this name; an empty node otherwise, and nothing is taken.
  pugi::xml_node take(std::string_view name_space, std::string_view name);
  pugi::xml_node take(std::string_view name) { return take({}, name); }  // without a namespace
  void skip();                                                           // whatever comes next
  [[nodiscard]] bool at_end() const { return !next_; }
  [[nodiscard]] bool is_clean() const { return clean_; }  // no text between the elements

 private:
  void advance(pugi::xml_node from);
  pugi::xml_node next_;
  bool clean_ = true;
};

}  // namespace ketenpoort::adapters::magda
