#include "gateway/mapping/source/source_syntax.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <pugixml.hpp>

#include "gateway/base/ascii.hpp"
#include "gateway/base/utf8.hpp"
#include "gateway/formats/csv.hpp"
#include "gateway/formats/json.hpp"
#include "gateway/formats/json_events.hpp"
#include "gateway/formats/suggest.hpp"
#include "gateway/formats/xml.hpp"
#include "gateway/formats/xml_names.hpp"

namespace ketenpoort::mapping {
namespace {

using formats::XsdElement;
using formats::XsdType;

constexpr std::size_t deepest_type = 24;

// --- CSV ---

tl::unexpected<Error> refuse_encoding(std::string what, const std::string& where = "1:1") {
  return fail(ErrorCode::malformed, fmt::format("{}: {}", where, what),
              {{ErrorCode::malformed, where, std::move(what)}});
}

// What a byte order mark says holds.
Result<std::string> decoded(std::string_view bytes, const Layout& layout) {
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF"))
    return refuse_encoding("the file is in UTF-16; save it as UTF-8");
  const bool is_marked = bytes.starts_with("\xEF\xBB\xBF");
  if (is_marked && std::ranges::find(layout.encodings, formats::CodePage::utf_8) == layout.encodings.end())
    return refuse_encoding("the file begins with the byte order mark of UTF-8, in which it is not taken");
  for (const auto page : layout.encodings)
    if (auto text = formats::to_utf8(bytes, page); text && (!is_marked || page == formats::CodePage::utf_8))
      return std::move(*text);
  if (is_marked)
    return refuse_encoding("a byte that is no UTF-8, which the file's byte order mark says it is in",
                           formats::line_and_column(bytes, find_invalid_utf8(bytes)));
  return fail(ErrorCode::malformed, "the file is in none of the encodings that its layout names");
}

// Of a line of data, which stands first where the header was forgotten, hardly a cell names a column.
bool is_header(const std::vector<std::string>& cells, const std::vector<std::string_view>& names) {
  const auto known = std::ranges::count_if(cells, [&](const auto& cell) {
    return std::ranges::any_of(names, [&](auto name) { return same_ignoring_case(cell, name); });
  });
  return static_cast<std::size_t>(known) * 2 >= cells.size();
}

// Complaints about the header, with the nearest right name.
std::vector<Issue> check_header(const std::vector<std::string>& header, const Layout& layout) {
  std::vector<Issue> issues;
  std::vector<std::string_view> names;
  for (const auto& column : layout.columns) names.push_back(column.name);
  const char other = layout.separator == ';' ? ',' : ';';
  if (header.size() == 1 && layout.columns.size() > 1 && header[0].find(other) != std::string::npos)
    return {{ErrorCode::schema_violation, "1:1",
             fmt::format("the first line holds one cell and no '{}', which separates the columns of the layout {}",
                         layout.separator, layout.name)}};
  // A name that is near to none is not repeated: where the header was forgotten, it is a person's data.
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (std::find(names.begin(), names.end(), header[i]) != names.end()) continue;
    const auto near = is_header(header, names) ? formats::did_you_mean(header[i], names) : std::string();
    if (near.empty())
      issues.push_back({ErrorCode::unknown_input, "1:1",
                        fmt::format("cell {} of the first line names no column of the layout {}; the first "
                                    "line names the columns",
                                    i + 1, layout.name)});
    else
      issues.push_back({ErrorCode::unknown_input, fmt::format("line 1, {}", header[i]),
                        fmt::format("the layout {} knows no column {}{}", layout.name, header[i], near)});
  }
  for (const auto& column : layout.columns)
    if (column.required && std::find(header.begin(), header.end(), column.name) == header.end())
      issues.push_back({ErrorCode::schema_violation, fmt::format("line 1, {}", column.name),
                        fmt::format("the column {} is missing", column.name)});
  return issues;
}

// --- XML ---

bool is_text_alone(const XsdType* type) {
  return type == nullptr || (type->children.empty() && type->attributes.empty());
}

std::string key_of(const XsdElement& element, std::string_view prefix) {
  return element.qualified && !prefix.empty() ? fmt::format("{}:{}", prefix, element.name) : element.name;
}

std::string text_of(pugi::xml_node node) {
  std::string text;
  for (const auto child : node.children())
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) text += child.value();
  return text;
}

void write_element(formats::JsonWriter& writer, pugi::xml_node node, const XsdType* type, std::string_view prefix) {
  if (is_text_alone(type)) {
    writer.value(text_of(node));
    return;
  }
  writer.begin_object();
  for (const auto attribute : node.attributes()) {
    const auto known = std::any_of(type->attributes.begin(), type->attributes.end(),
                                   [&](const auto& a) { return a.name == attribute.name(); });
    if (known) writer.member(std::string("@") + attribute.name(), attribute.value());
  }
  if (type->has_text) writer.member("#text", text_of(node));
  for (const auto& element : type->children) {
    const auto is_it = [&](pugi::xml_node child) {
      return child.type() == pugi::node_element && formats::local_name(child.name()) == element.name;
    };
    const auto first = node.find_child(is_it);
    if (!first) continue;
    writer.key(key_of(element, prefix));
    if (!element.repeats) {
      write_element(writer, first, element.type, prefix);
      continue;
    }
    writer.begin_array();
    for (const auto child : node.children())
      if (is_it(child)) write_element(writer, child, element.type, prefix);
    writer.end_array();
  }
  writer.end_object();
}

void write_schema(formats::JsonWriter& writer, const XsdType* type, std::string_view prefix, std::size_t depth) {
  writer.begin_object();
  if (is_text_alone(type)) {
    writer.member("type", "string");
    if (type != nullptr && !type->allowed.empty()) {
      writer.key("enum").begin_array();
      for (const auto& each : type->allowed) writer.value(each);
      writer.end_array();
    }
    writer.end_object();
    return;
  }
  writer.member("type", "object");
  if (depth >= deepest_type) {
    writer.end_object();
    return;
  }
  writer.member("additionalProperties", false);
  std::vector<std::string> required;
  writer.key("properties").begin_object();
  for (const auto& attribute : type->attributes) {
    writer.key("@" + attribute.name).begin_object().member("type", "string").end_object();
    if (attribute.required) required.push_back("@" + attribute.name);
  }
  if (type->has_text) {
    writer.key("#text").begin_object().member("type", "string").end_object();
    required.emplace_back("#text");
  }
  for (const auto& element : type->children) {
    writer.key(key_of(element, prefix));
    if (element.required) required.push_back(key_of(element, prefix));
    if (!element.repeats) {
      write_schema(writer, element.type, prefix, depth + 1);
      continue;
    }
    writer.begin_object().member("type", "array").key("items");
    write_schema(writer, element.type, prefix, depth + 1);
    writer.end_object();
  }
  writer.end_object();
  if (!required.empty()) {
    writer.key("required").begin_array();
    for (const auto& name : required) writer.value(name);
    writer.end_array();
  }
  writer.end_object();
}

}  // namespace

Result<std::vector<SourceRecord>> read_csv_records(std::string_view bytes, const Layout& layout) {
  const auto text = decoded(bytes, layout);
  if (!text) return fail(text.error());
  const auto table = formats::parse_csv(*text, layout.separator);
  if (!table) return fail(table.error());
  if (auto issues = check_header(table->header, layout); !issues.empty())
    return fail(ErrorCode::schema_violation, fmt::format("1:1: {}", issues.front().detail), std::move(issues));
  std::vector<SourceRecord> records;
  for (const auto& row : table->rows) {
    auto& record = records.emplace_back();
    record.where = fmt::format("line {}", row.line);
    formats::JsonWriter writer(record.json);
    writer.begin_object();
    for (std::size_t i = 0; i < row.cells.size(); ++i)
      if (!trim_white_space(row.cells[i]).empty()) writer.member(table->header[i], row.cells[i]);
    writer.end_object();
  }
  return records;
}

Result<std::vector<SourceRecord>> read_fixed_records(std::string_view bytes, const Layout& layout) {
  const auto file = formats::parse_fixed_width(bytes, layout.fixed);
  if (!file) return fail(file.error());
  std::vector<SourceRecord> records;
  for (const auto& row : file->rows) {
    auto& record = records.emplace_back();
    record.where = fmt::format("line {}", row.line);
    formats::JsonWriter writer(record.json);
    writer.begin_object();
    if (!layout.header.empty()) {
      writer.key("header").begin_object();
      for (const auto& cell : file->header) writer.member(cell.name, cell.text);
      writer.end_object();
    }
    for (const auto& cell : row.cells) writer.member(cell.name, cell.text);
    writer.end_object();
  }
  return records;
}

Result<std::vector<SourceRecord>> read_xml_records(std::string_view bytes, const formats::XsdSchema& schema,
                                                   std::string_view root, std::string_view prefix) {
  pugi::xml_document document;
  if (auto parsed = formats::parse_xml(bytes, document); !parsed) return fail(std::move(parsed.error()));
  if (auto fault = schema.find_fault(bytes)) {
    const auto line = fmt::format("line {}", fault->line);
    const auto where = fault->path.empty() ? line : fmt::format("{}, {}", line, fault->path);
    return fail(ErrorCode::schema_violation, fmt::format("{}: {}", line, fault->what),
                {{ErrorCode::schema_violation, where, fault->what}});
  }
  const auto element = document.document_element();
  const auto* known = schema.root(root);
  if (known == nullptr || formats::local_name(element.name()) != root)
    return fail(ErrorCode::schema_violation, fmt::format("the root element must be {}", root));
  std::vector<SourceRecord> records(1);
  formats::JsonWriter writer(records[0].json);
  write_element(writer, element, known->type, prefix);
  return records;
}

std::string schema_text_of(const XsdElement& root, std::string_view prefix) {
  std::string out;
  formats::JsonWriter writer(out);
  write_schema(writer, root.type, prefix, 0);
  return out;
}

}  // namespace ketenpoort::mapping
