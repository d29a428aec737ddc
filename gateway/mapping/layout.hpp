// Layouts: what a CSV or fixed-width file holds, column by column. A file of mappings/schemas beside the JSON Schemas
// and XSDs.
//
//   layout: residents-csv            layout: residents-fixed
//   version: 1.0.0                   version: 1.0.0
//   format: csv                      format: fixed
//   separator: ";"                   encoding: cp850
//   encodings: [utf-8, windows-1252] line: 120
//   columns:                         header:  { mark: "00", fields: { SENDER: { from: 3, length: 10 } } }
//     NUMBER: { required: true }     detail:  { mark: "20", fields: { NUMBER: { from: 3, length: 20, required: true } }
//     } SEX: { allowed: [M, F] }       trailer: { mark: "99", count: COUNT, checksum: SUM, fields: { .. } }
//
// A column may also say `about:`, for people.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/formats/code_page.hpp"
#include "gateway/formats/fixed_width.hpp"
#include "gateway/mapping/complaints.hpp"
#include "gateway/mapping/yaml.hpp"

namespace ketenpoort::mapping {

struct LayoutColumn {
  std::string name;
  bool required = false;
  std::vector<std::string> allowed;  // empty: any text
};

struct Layout {
  enum class Kind { csv, fixed } kind = Kind::csv;
  std::string name, version;
  char separator = ';';
  std::vector<formats::CodePage> encodings;  // csv: the first that the file can be
  std::vector<LayoutColumn> columns;         // csv, or of the detail line
  std::vector<LayoutColumn> header;          // fixed: fields of the header line, read as header.NAME
  formats::FixedLayout fixed;
  std::string text;  // of the file, for the hash

  // A row as JSON Schema (draft 4) sees it: an object of texts.
  [[nodiscard]] std::string schema_text() const;
};

std::optional<Layout> read_layout(const YamlNode& root, Complaints& complaints);

}  // namespace ketenpoort::mapping
