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
// A column may also say `about:`, for people. A fixed file may have `encodings`, of which the first counts where nobody
// says another, and `shortest:`, from where on a line may end.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/formats/code_page.hpp"
#include "gateway/formats/fixed_width.hpp"
#include "gateway/mapping/notation/complaints.hpp"
#include "gateway/mapping/notation/yaml.hpp"

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
  std::vector<formats::CodePage> encodings;  // csv: the first that the file can be; fixed: what it may be said to be
  std::vector<LayoutColumn> columns;         // csv, or of the detail line
  std::vector<LayoutColumn> header;          // fixed: fields of the header line, read as header.NAME
  formats::FixedLayout fixed;
  std::string text;  // of the file, for the hash

  // A row as JSON Schema (draft 4) sees it: an object of texts.
  [[nodiscard]] std::string schema_text() const;
};

// The layout for a file that is said to be in `charset`, as a Content-Type says it; empty: as it stands.
// ErrorCode::not_found: none of the layout's encodings; the message names these.
Result<Layout> in_charset(const Layout& layout, std::string_view charset);

std::optional<Layout> read_layout(const YamlNode& root, Complaints& complaints);

}  // namespace ketenpoort::mapping
