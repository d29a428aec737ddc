#include "gateway/mapping/definition/layout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "gateway/formats/json.hpp"
#include "gateway/formats/suggest.hpp"
#include "gateway/mapping/notation/version.hpp"

namespace ketenpoort::mapping {
namespace {

using formats::CodePage;
using formats::FixedField;
using formats::FixedLine;

constexpr std::size_t longest_line = 8192;

class Reader {
 public:
  explicit Reader(Complaints& complaints) : complaints_(complaints) {}

  Layout read(const YamlNode& root) {
    Layout layout;
    layout.name = text(root, "layout");
    layout.version = text(root, "version");
    if (const auto* version = root.find("version"); version != nullptr && !is_version(layout.version))
      complaints_.error(version->value.at, version_wanted);
    const auto format = text(root, "format");
    if (format == "csv") {
      read_csv(root, layout);
    } else if (format == "fixed") {
      layout.kind = Layout::Kind::fixed;
      read_fixed(root, layout);
    } else if (!format.empty()) {
      complaints_.error(root.find("format")->value.at, "the format of a layout is csv or fixed");
    }
    return layout;
  }

 private:
  void only(const YamlNode& node, const std::vector<std::string_view>& known) {
    for (const auto& entry : node.entries)
      if (std::find(known.begin(), known.end(), entry.key) == known.end())
        complaints_.error(entry.key_at,
                          fmt::format("unknown key {}{}", entry.key, formats::did_you_mean(entry.key, known)));
  }

  const YamlNode* needed(const YamlNode& node, std::string_view key, YamlNode::Kind kind) {
    const auto* entry = node.find(key);
    if (entry == nullptr) {
      complaints_.error(node.at, fmt::format("{} is missing", key));
      return nullptr;
    }
    if (entry->value.kind == kind) return &entry->value;
    complaints_.error(entry->value.at, fmt::format("{} takes {}", key,
                                                   kind == YamlNode::Kind::scalar     ? "one text"
                                                   : kind == YamlNode::Kind::sequence ? "a list"
                                                                                      : "a map"));
    return nullptr;
  }

  std::string text(const YamlNode& node, std::string_view key) {
    const auto* value = needed(node, key, YamlNode::Kind::scalar);
    return value == nullptr ? std::string{} : value->text;
  }

  std::size_t number(const YamlNode& node, std::string_view key, std::size_t most) {
    const auto* value = needed(node, key, YamlNode::Kind::scalar);
    if (value == nullptr) return 1;
    std::size_t result = 0;
    const auto& digits = value->text;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), result);
    if (error == std::errc{} && end == digits.data() + digits.size() && result >= 1 && result <= most) return result;
    complaints_.error(value->at, fmt::format("{} takes a whole number from 1 to {}", key, most));
    return 1;
  }

  std::optional<CodePage> page(const YamlNode& node) {
    const auto found = formats::parse_code_page(node.text);
    if (!found)
      complaints_.error(
          node.at, fmt::format("{} is no encoding{}; known are utf-8, windows-1252, iso-8859-15, cp850", node.text,
                               formats::did_you_mean(node.text, {"utf-8", "windows-1252", "iso-8859-15", "cp850"})));
    return found;
  }

  void read_csv(const YamlNode& root, Layout& layout) {
    only(root, {"layout", "version", "format", "separator", "encodings", "columns"});
    if (const auto* value = needed(root, "separator", YamlNode::Kind::scalar)) {
      if (value->text == ";" || value->text == ",")
        layout.separator = value->text[0];
      else
        complaints_.error(value->at, "separator is \";\" or \",\"");
    }
    if (const auto* list = needed(root, "encodings", YamlNode::Kind::sequence)) read_encodings(*list, layout);
    if (const auto* columns = needed(root, "columns", YamlNode::Kind::map))
      for (const auto& entry : columns->entries) {
        only(entry.value, {"required", "allowed", "about"});
        layout.columns.push_back(column(entry));
      }
  }

  // The first that a file can be counts, and any bytes can be of a code page: what stands behind one is never tried.
  void read_encodings(const YamlNode& list, Layout& layout) {
    if (list.items.empty()) complaints_.error(list.at, "the list is empty; name at least one encoding");
    for (const auto& item : list.items) {
      const auto found = page(item);
      if (!found) continue;
      if (!layout.encodings.empty() && layout.encodings.back() != CodePage::utf_8)
        complaints_.error(
            item.at, fmt::format("{} is as good as never tried behind {}; put utf-8 first, and one other behind it",
                                 item.text, to_text(layout.encodings.back())));
      layout.encodings.push_back(*found);
    }
  }

  void read_allowed(const YamlNode& list, LayoutColumn& column) {
    if (list.kind != YamlNode::Kind::sequence)
      return complaints_.error(list.at, "allowed takes a list of values, like [M, F]");
    if (list.items.empty()) complaints_.error(list.at, "the list is empty; name the values, or remove allowed");
    for (const auto& item : list.items) {
      if (item.kind != YamlNode::Kind::scalar) complaints_.error(item.at, "a value is one text");
      column.allowed.push_back(item.text);
    }
  }

  LayoutColumn column(const YamlEntry& entry) {
    LayoutColumn result;
    result.name = entry.key;
    if (entry.value.kind != YamlNode::Kind::map) {
      complaints_.error(entry.value.at, "a column takes a map, like { required: true }");
      return result;
    }
    if (const auto* required = entry.value.find("required")) {
      result.required = required->value.text == "true";
      if (!result.required && required->value.text != "false")
        complaints_.error(required->value.at, "required is true or false");
    }
    if (const auto* allowed = entry.value.find("allowed")) read_allowed(allowed->value, result);
    return result;
  }

  void read_fixed(const YamlNode& root, Layout& layout) {
    only(root,
         {"layout", "version", "format", "encoding", "encodings", "line", "shortest", "header", "detail", "trailer"});
    read_code_pages(root, layout);
    layout.fixed.line_length = number(root, "line", longest_line);
    if (root.find("shortest") != nullptr)
      layout.fixed.shortest_line = number(root, "shortest", layout.fixed.line_length);
    layout.fixed.header = line(root, "header", layout.fixed.line_length, &layout.header);
    layout.fixed.detail = line(root, "detail", layout.fixed.line_length, &layout.columns);
    layout.fixed.trailer = line(root, "trailer", layout.fixed.line_length, nullptr);
    check_marks(root, layout.fixed);
    const auto* trailer = root.find("trailer");
    if (trailer == nullptr || trailer->value.kind != YamlNode::Kind::map) return;
    layout.fixed.count = trailer_field(trailer->value, "count", layout.fixed.trailer);
    layout.fixed.checksum = trailer_field(trailer->value, "checksum", layout.fixed.trailer);
  }

  // `encoding: one`, or `encodings:` of which the sender says another than the first.
  void read_code_pages(const YamlNode& root, Layout& layout) {
    const auto* several = root.find("encodings");
    if (several != nullptr && root.find("encoding") != nullptr)
      complaints_.error(several->key_at, "encoding and encodings both say how the file is written; keep one");
    if (several == nullptr) {
      if (const auto* encoding = needed(root, "encoding", YamlNode::Kind::scalar))
        if (const auto found = page(*encoding)) layout.encodings.push_back(*found);
    } else if (const auto* list = needed(root, "encodings", YamlNode::Kind::sequence)) {
      if (list->items.empty()) complaints_.error(list->at, "the list is empty; name at least one encoding");
      for (const auto& item : list->items)
        if (const auto found = page(item)) layout.encodings.push_back(*found);
    }
    if (!layout.encodings.empty()) layout.fixed.code_page = layout.encodings.front();
  }

  // Lines are told apart by how they begin.
  void check_marks(const YamlNode& root, const formats::FixedLayout& layout) {
    const std::array marks = {std::pair("header", &layout.header.mark), std::pair("detail", &layout.detail.mark),
                              std::pair("trailer", &layout.trailer.mark)};
    for (std::size_t i = 0; i < marks.size(); ++i) {
      const auto& [which, mark] = marks[i];
      const auto* entry = root.find(which);
      const auto* at = entry == nullptr ? nullptr : entry->value.find("mark");
      if (at == nullptr || at->value.kind != YamlNode::Kind::scalar) continue;
      if (mark->empty()) complaints_.error(at->value.at, "the mark is empty: no line could be told by it");
      if (mark->size() > layout.line_length)
        complaints_.error(at->value.at,
                          fmt::format("the mark is longer than the line, which has {} positions", layout.line_length));
      for (std::size_t j = 0; j < i; ++j)
        if (!mark->empty() && !marks[j].second->empty() &&
            (mark->starts_with(*marks[j].second) || marks[j].second->starts_with(*mark)))
          complaints_.error(at->value.at, fmt::format("a line of the {} cannot be told from one of the {}: their marks "
                                                      "begin alike",
                                                      which, marks[j].first));
    }
  }

  std::string trailer_field(const YamlNode& node, std::string_view key, const FixedLine& line) {
    auto name = text(node, key);
    const bool known =
        std::any_of(line.fields.begin(), line.fields.end(), [&](const auto& field) { return field.name == name; });
    if (!name.empty() && !known)
      complaints_.error(node.find(key)->value.at, fmt::format("{} is no field of the trailer", name));
    return name;
  }

  FixedLine line(const YamlNode& root, std::string_view which, std::size_t length, std::vector<LayoutColumn>* columns) {
    FixedLine result;
    const auto* node = needed(root, which, YamlNode::Kind::map);
    if (node == nullptr) return result;
    if (which == "trailer")
      only(*node, {"mark", "fields", "count", "checksum"});
    else
      only(*node, {"mark", "fields"});
    result.mark = text(*node, "mark");
    const auto* fields = needed(*node, "fields", YamlNode::Kind::map);
    if (fields == nullptr) return result;
    for (const auto& entry : fields->entries) {
      only(entry.value, {"from", "length", "required", "allowed", "about"});
      if (columns != nullptr) columns->push_back(column(entry));
      const FixedField field{entry.key, number(entry.value, "from", length), number(entry.value, "length", length)};
      if (field.from <= result.mark.size())
        complaints_.error(entry.value.at, fmt::format("{} lies over the mark, which takes the first {} positions",
                                                      entry.key, result.mark.size()));
      if (field.from + field.length - 1 > length)
        complaints_.error(entry.value.at,
                          fmt::format("{} ends after the line, which has {} positions", entry.key, length));
      for (const auto& other : result.fields)
        if (field.from < other.from + other.length && other.from < field.from + field.length)
          complaints_.error(entry.value.at, fmt::format("{} and {} overlap", entry.key, other.name));
      result.fields.push_back(field);
    }
    return result;
  }

  Complaints& complaints_;
};

void write_columns(formats::JsonWriter& writer, const std::vector<LayoutColumn>& columns) {
  for (const auto& column : columns) {
    writer.key(column.name).begin_object().member("type", "string");
    if (!column.allowed.empty()) {
      writer.key("enum").begin_array();
      for (const auto& each : column.allowed) writer.value(each);
      writer.end_array();
    }
    writer.end_object();
  }
}

void write_required(formats::JsonWriter& writer, const std::vector<LayoutColumn>& columns, bool with_header) {
  const bool any =
      with_header || std::any_of(columns.begin(), columns.end(), [](const auto& column) { return column.required; });
  if (!any) return;
  writer.key("required").begin_array();
  if (with_header) writer.value("header");
  for (const auto& column : columns)
    if (column.required) writer.value(column.name);
  writer.end_array();
}

}  // namespace

std::string Layout::schema_text() const {
  std::string out;
  formats::JsonWriter writer(out);
  writer.begin_object().member("type", "object").member("additionalProperties", false);
  write_required(writer, columns, !header.empty());
  writer.key("properties").begin_object();
  write_columns(writer, columns);
  if (!header.empty()) {
    writer.key("header").begin_object().member("type", "object").member("additionalProperties", false);
    write_required(writer, header, false);
    writer.key("properties").begin_object();
    write_columns(writer, header);
    writer.end_object().end_object();
  }
  writer.end_object().end_object();
  return out;
}

Result<Layout> in_charset(const Layout& layout, std::string_view charset) {
  if (charset.empty()) return layout;
  const auto page = formats::find_charset(charset);
  if (!page || std::ranges::find(layout.encodings, *page) == layout.encodings.end()) {
    std::string known;
    for (const auto each : layout.encodings) known.append(known.empty() ? "" : ", ").append(to_text(each));
    return fail(
        ErrorCode::not_found,
        fmt::format("the layout {} takes no file in the charset that is said; it takes {}", layout.name, known));
  }
  auto chosen = layout;
  chosen.encodings = {*page};
  chosen.fixed.code_page = *page;
  return chosen;
}

std::optional<Layout> read_layout(const YamlNode& root, Complaints& complaints) {
  const auto before = complaints.errors.size();
  if (root.kind != YamlNode::Kind::map) {
    complaints.error(root.at, "a layout must be a map");
    return std::nullopt;
  }
  auto layout = Reader(complaints).read(root);
  return complaints.errors.size() == before ? std::optional(std::move(layout)) : std::nullopt;
}

}  // namespace ketenpoort::mapping
