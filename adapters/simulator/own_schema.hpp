// A simulated partner's own XML Schema, and the text of what it let pass.
#pragma once

#include <libxml/tree.h>
#include <libxml/xmlschemas.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/base/owned.hpp"

namespace ketenpoort::simulator {

using Document = Owned<xmlDoc, xmlFreeDoc>;

// Null when it is not XML. Nothing is fetched, no entity is expanded beyond libxml2's own limits, nothing is printed.
Document read_document(std::string_view text);

// Compiled once; used from several threads.
class OwnSchema {
 public:
  explicit OwnSchema(std::string_view xsd);  // throws std::logic_error when it does not compile

  // The first fault, with the element and the line but no value of the message.
  [[nodiscard]] std::optional<std::string> find_fault(xmlDoc* document) const;

 private:
  Owned<xmlSchema, xmlSchemaFree> schema_;
};

// The element at a path of local names below a node; null when there is none.
const xmlNode* node_at(const xmlNode* node, std::initializer_list<std::string_view> path);
std::string text_at(const xmlNode* node, std::initializer_list<std::string_view> path);  // empty when there is none

// < and & as XML wants them in text.
std::string escape(std::string_view text);

}  // namespace ketenpoort::simulator
