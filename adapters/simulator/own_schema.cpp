#include "adapters/simulator/own_schema.hpp"

#include <fmt/format.h>
#include <libxml/parser.h>

#include <limits>
#include <stdexcept>

#include "gateway/base/owned.hpp"

namespace ketenpoort::simulator {
namespace {

using ParserContext = Owned<xmlSchemaParserCtxt, xmlSchemaFreeParserCtxt>;
using ValidContext = Owned<xmlSchemaValidCtxt, xmlSchemaFreeValidCtxt>;

// libxml2's messages quote values: only the element and the line are kept.
void keep_first(void* first, xmlErrorPtr error) {
  auto& text = *static_cast<std::string*>(first);
  if (!text.empty()) return;
  const auto* node = static_cast<const xmlNode*>(error->node);
  const auto* name = node != nullptr && node->name != nullptr ? reinterpret_cast<const char*>(node->name) : "document";
  text = fmt::format("{}: not as the schema wants it (line {}, libxml2 error {})", name, error->line, error->code);
}

}  // namespace

Document read_document(std::string_view text) {
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return nullptr;
  return Document(xmlReadMemory(text.data(), static_cast<int>(text.size()), nullptr, nullptr,
                                XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING));
}

OwnSchema::OwnSchema(std::string_view xsd) {
  const ParserContext context(xmlSchemaNewMemParserCtxt(xsd.data(), static_cast<int>(xsd.size())));
  schema_.reset(context ? xmlSchemaParse(context.get()) : nullptr);
  if (!schema_) throw std::logic_error("the simulator's own schema does not compile");
}

std::optional<std::string> OwnSchema::find_fault(xmlDoc* document) const {
  const ValidContext context(xmlSchemaNewValidCtxt(schema_.get()));
  if (!context) return "the schema could not be applied";
  std::string first;
  xmlSchemaSetValidStructuredErrors(context.get(), keep_first, &first);
  if (xmlSchemaValidateDoc(context.get(), document) == 0) return std::nullopt;
  return first.empty() ? "not as the schema wants it" : first;
}

const xmlNode* node_at(const xmlNode* node, std::initializer_list<std::string_view> path) {
  for (const auto name : path) {
    node = node == nullptr ? nullptr : node->children;
    while (node != nullptr && (node->type != XML_ELEMENT_NODE || name != reinterpret_cast<const char*>(node->name)))
      node = node->next;
  }
  return node;
}

std::string text_at(const xmlNode* node, std::initializer_list<std::string_view> path) {
  const auto* found = node_at(node, path);
  if (found == nullptr) return {};
  const std::unique_ptr<xmlChar, void (*)(void*)> content(xmlNodeGetContent(found), xmlFree);
  return reinterpret_cast<const char*>(content.get());
}

std::string escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '<')
      escaped += "&lt;";
    else if (c == '&')
      escaped += "&amp;";
    else
      escaped += c;
  }
  return escaped;
}

}  // namespace ketenpoort::simulator
