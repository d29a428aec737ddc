#include "gateway/cli/demo/demo_excerpt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "gateway/cli/terminal.hpp"
#include "gateway/formats/xml.hpp"

namespace ketenpoort::cli {
namespace {

using formats::JsonKind;
using formats::JsonView;

constexpr std::size_t step = 2;  // indentation of a level

std::string compact(JsonView value) {
  std::string text;
  formats::JsonWriter(text).value(value);
  return text;
}

// Lines up to a limit; what is beyond is counted.
class Lines {
 public:
  explicit Lines(const ExcerptLimits& limits) : limits_(limits) {}
  void add(std::size_t indent, std::string_view text) {
    if (++count_ > limits_.lines) return;
    out_.append(indent, ' ').append(cut(text, limits_.width - indent)).append("\n");
  }
  [[nodiscard]] bool fits(std::size_t indent, std::string_view text) const {
    return indent + width_of(text) <= limits_.width;
  }
  [[nodiscard]] const ExcerptLimits& limits() const { return limits_; }
  std::string finish() {
    if (count_ > limits_.lines) out_ += fmt::format("... {} more lines\n", count_ - limits_.lines);
    return std::move(out_);
  }

 private:
  const ExcerptLimits& limits_;
  std::size_t count_ = 0;
  std::string out_;
};

void write_json(Lines& lines, JsonView value, std::size_t indent, const std::string& before, std::string_view after);

void write_array(Lines& lines, JsonView array, std::size_t indent) {
  const auto shown = std::min(array.size(), lines.limits().list_items);
  for (std::size_t i = 0; i < shown; ++i) write_json(lines, array.at(i), indent, "", i + 1 < array.size() ? "," : "");
  if (shown < array.size()) lines.add(indent, fmt::format("... {} more", array.size() - shown));
}

void write_object(Lines& lines, JsonView object, std::size_t indent) {
  std::size_t written = 0;
  for (const auto& [key, value] : object.members())
    write_json(lines, value, indent, fmt::format("\"{}\": ", key), ++written < object.size() ? "," : "");
}

void write_json(Lines& lines, JsonView value, std::size_t indent, const std::string& before, std::string_view after) {
  const auto whole = before + compact(value) + std::string(after);
  const bool is_object = value.is(JsonKind::object);
  if (lines.fits(indent, whole) || (!is_object && !value.is(JsonKind::array))) return lines.add(indent, whole);
  lines.add(indent, before + (is_object ? "{" : "["));
  if (is_object)
    write_object(lines, value, indent + step);
  else
    write_array(lines, value, indent + step);
  lines.add(indent, (is_object ? "}" : "]") + std::string(after));
}

JsonView follow(JsonView value, std::string_view path) {
  while (!path.empty()) {
    const auto dot = std::min(path.find('.'), path.size());
    value = value.find(path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return value;
}

std::string one_line(const pugi::xml_node& node) {
  std::ostringstream out;
  node.print(out, "", pugi::format_raw | pugi::format_no_declaration);
  return out.str();
}

std::string opening_tag(const pugi::xml_node& node) {
  std::string text = fmt::format("<{}", node.name());
  for (const auto& attribute : node.attributes()) {
    text += fmt::format(" {}=\"", attribute.name());
    formats::append_xml_attribute(text, attribute.value());
    text += '"';
  }
  return text += '>';
}

void write_xml(Lines& lines, const pugi::xml_node& node, std::size_t indent) {
  const auto whole = one_line(node);
  if (lines.fits(indent, whole)) return lines.add(indent, whole);
  lines.add(indent, opening_tag(node));
  std::map<std::string_view, std::size_t> seen;
  for (const auto& child : node.children())
    if (++seen[child.name()] <= lines.limits().list_items) write_xml(lines, child, indent + step);
  for (const auto& [name, count] : seen)
    if (count > lines.limits().list_items)
      lines.add(indent + step, fmt::format("... {} more {}", count - lines.limits().list_items, name));
  lines.add(indent, fmt::format("</{}>", node.name()));
}

}  // namespace

std::string excerpt_of_record(JsonView record, const std::vector<std::string_view>& paths,
                              const ExcerptLimits& limits) {
  Lines lines(limits);
  for (const auto path : paths)
    if (const auto value = follow(record, path); value) write_json(lines, value, 0, std::string(path) + ": ", "");
  return lines.finish();
}

std::string excerpt_of_graph(JsonView document, const std::vector<std::string_view>& types,
                             const ExcerptLimits& limits) {
  std::string text;
  std::string others;
  const auto type_of = [](JsonView node) { return node.find("@type").as_string().value_or("?"); };
  for (const auto type : types)
    for (const JsonView node : document.find("@graph").elements())
      if (type_of(node) == type) text += excerpt_of_json(node, limits);
  for (const JsonView node : document.find("@graph").elements())
    if (std::ranges::find(types, type_of(node)) == types.end())
      others += fmt::format("{}{}", others.empty() ? "" : ", ", type_of(node));
  return others.empty() ? text : text + cut("... and " + others, limits.width) + "\n";
}

std::string excerpt_of_json(JsonView value, const ExcerptLimits& limits) {
  Lines lines(limits);
  write_json(lines, value, 0, "", "");
  return lines.finish();
}

Result<std::string> excerpt_of_xml(std::string_view xml, const ExcerptLimits& limits) {
  pugi::xml_document document;
  if (auto read = formats::parse_xml(xml, document); !read) return fail(std::move(read.error()));
  Lines lines(limits);
  write_xml(lines, document.document_element(), 0);
  return lines.finish();
}

std::string indented(std::string_view text, std::size_t by) {
  std::string out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    out.append(by, ' ').append(text.substr(0, end)).append("\n");
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace ketenpoort::cli
