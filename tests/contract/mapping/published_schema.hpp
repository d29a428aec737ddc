// A partner's published schema, with everything it imports, as libxml2 reads it.
#pragma once

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace ketenpoort::test {

// The folder that holds the published schemas (magda-xsd), when KETENPOORT_REFERENCE names it.
inline std::optional<std::filesystem::path> magda_folder() {
  const char* folder = std::getenv("KETENPOORT_REFERENCE");
  return folder == nullptr ? std::nullopt : std::optional(std::filesystem::path(folder) / "magda-xsd");
}

class PublishedSchema {
 public:
  // `text`: a schema document; what it includes is looked for from the folder on.
  PublishedSchema(const std::string& text, const std::filesystem::path& folder) {
    const auto base = (folder / "tested.xsd").string();
    xmlDoc* const document =
        xmlReadMemory(text.data(), static_cast<int>(text.size()), base.c_str(), nullptr, XML_PARSE_NONET);
    xmlSchemaParserCtxt* const parser = xmlSchemaNewDocParserCtxt(document);
    schema_.reset(xmlSchemaParse(parser));
    xmlSchemaFreeParserCtxt(parser);
    xmlFreeDoc(document);
    if (schema_ == nullptr) throw std::runtime_error("the published schema cannot be read: " + folder.string());
  }

  // Empty: valid. Otherwise what libxml2 says first.
  [[nodiscard]] std::string check(std::string_view document) const {
    std::string fault;
    xmlDoc* const tree =
        xmlReadMemory(document.data(), static_cast<int>(document.size()), nullptr, nullptr, XML_PARSE_NONET);
    if (tree == nullptr) return "not well-formed";
    xmlSchemaValidCtxt* const validator = xmlSchemaNewValidCtxt(schema_.get());
    xmlSchemaSetValidStructuredErrors(validator, note, &fault);
    if (xmlSchemaValidateDoc(validator, tree) != 0 && fault.empty()) fault = "not valid";
    xmlSchemaFreeValidCtxt(validator);
    xmlFreeDoc(tree);
    return fault;
  }

 private:
  static void note(void* target, xmlErrorPtr error) {
    auto& fault = *static_cast<std::string*>(target);
    if (fault.empty() && error->message != nullptr) fault = error->message;
  }
  struct Free {
    void operator()(xmlSchema* schema) const { xmlSchemaFree(schema); }
  };
  std::unique_ptr<xmlSchema, Free> schema_;
};

// A schema document that includes a published one and, where that has only types, names an element of one of them.
inline std::string including(std::string_view space, std::string_view file, std::string_view element = {},
                             std::string_view type = {}) {
  std::string text = "<xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns=\"" + std::string(space) +
                     "\" targetNamespace=\"" + std::string(space) + "\"><xs:include schemaLocation=\"" +
                     std::string(file) + "\"/>";
  if (!element.empty())
    text += "<xs:element name=\"" + std::string(element) + "\" type=\"" + std::string(type) + "\"/>";
  return text + "</xs:schema>";
}

}  // namespace ketenpoort::test
