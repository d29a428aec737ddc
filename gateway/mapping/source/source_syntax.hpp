// Sources that are no JSON: a CSV or fixed-width file is many records, an XML document one. Each becomes the JSON
// object that the mapping's paths read, and the source's own schema becomes a JSON Schema, so that everything behind it
// knows one form only.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/formats/xsd.hpp"
#include "gateway/mapping/definition/layout.hpp"

namespace ketenpoort::mapping {

// One record of an input, as JSON, and where it stood ("line 3"; empty when the input is one record).
struct SourceRecord {
  std::string json;
  std::string where;
};

// Rows become objects of texts; empty cells are absent. A column that the layout does not know, or a required one that
// is missing, refuses the file.
Result<std::vector<SourceRecord>> read_csv_records(std::string_view bytes, const Layout& layout);

// As the layout says, whole or not at all (count and checksum); the header's fields stand under `header` in every
// record.
Result<std::vector<SourceRecord>> read_fixed_records(std::string_view bytes, const Layout& layout);

// What the XSD finds valid, as JSON: an element with text alone is a text, one with attributes or children an object
// (`@name` for an attribute, `#text` for its text), one that may repeat an array. Names of the schema's namespace get
// `prefix:` in front.
Result<std::vector<SourceRecord>> read_xml_records(std::string_view bytes, const formats::XsdSchema& schema,
                                                   std::string_view root, std::string_view prefix);

// The same shape as JSON Schema (draft 4).
std::string schema_text_of(const formats::XsdElement& root, std::string_view prefix);

}  // namespace ketenpoort::mapping
