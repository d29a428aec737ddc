#include "gateway/exchange/reading/record_places.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "gateway/formats/xml_encoding.hpp"
#include "gateway/mapping/plan/plan.hpp"
#include "gateway/mapping/translate/source_places.hpp"

namespace ketenpoort::exchange {
namespace {

constexpr std::string_view of_header = "header.";

// "c:Referral[1]/c:ID" as the mapping reads it is "Referral[2]/ID" to whoever looks at the document: prefixes are each
// document's own, and XPath counts from 1.
std::string as_xml_path(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const auto end = path.find('/');
    auto step = path.substr(0, end);
    path = end == std::string_view::npos ? std::string_view() : path.substr(end + 1);
    if (step == "#text") break;
    const auto colon = step.find(':');
    if (colon != std::string_view::npos) step.remove_prefix(colon + 1);
    const auto bracket = step.find('[');
    out += (out.empty() ? "" : "/") + std::string(step.substr(0, bracket));
    if (bracket == std::string_view::npos || step.substr(bracket).starts_with("[]")) continue;
    out += fmt::format("[{}]", std::stoul(std::string(step.substr(bracket + 1))) + 1);
  }
  return out;
}

std::string positions_of(const formats::FixedLine& line, std::string_view name) {
  const auto field = std::ranges::find(line.fields, name, &formats::FixedField::name);
  if (field == line.fields.end()) return {};
  if (field->length == 1) return fmt::format(", position {}", field->from);
  return fmt::format(", positions {}-{}", field->from, field->from + field->length - 1);
}

std::string as_fixed_field(const mapping::Layout& layout, std::string_view path) {
  const bool in_header = path.starts_with(of_header);
  if (in_header) path.remove_prefix(of_header.size());
  return std::string(path) + positions_of(in_header ? layout.fixed.header : layout.fixed.detail, path);
}

std::string after(const std::string& where, std::string_view what) {
  return where.empty() || what.empty() ? where + std::string(what) : fmt::format("{}, {}", where, what);
}

}  // namespace

RecordPlaces::RecordPlaces(std::shared_ptr<const MessageFormats> formats, const mapping::Mapping& mapping,
                           mapping::InputRecord source, mapping::Context context, std::string_view charset)
    : formats_(std::move(formats)),
      mapping_(mapping),
      source_(std::move(source)),
      context_(std::move(context)),
      charset_(charset) {}

// What was taken once is what it says.
const formats::XmlPlaces& RecordPlaces::places_in(std::string_view document) const {
  if (!xml_)
    xml_ = std::make_shared<const formats::XmlPlaces>(formats::xml_in_utf8(document, charset_).value_or(std::string()));
  return *xml_;
}

std::string RecordPlaces::name_source(std::string_view path, std::string_view document) const {
  const auto& format = mapping_.source_format();
  if (format == "xml") {
    const auto element = as_xml_path(path);
    const auto line = places_in(document).line_of(element);
    return line ? after(fmt::format("line {}", *line), element) : element;
  }
  if (format != "fixed") return after(source_.where, path);
  const auto field = as_fixed_field(*mapping_.plan().source_layout, path);
  return after(path.starts_with(of_header) ? std::string("line 1") : source_.where, field);
}

std::string RecordPlaces::name_all(const std::vector<std::string>& paths, std::string_view field,
                                   std::string_view document) const {
  if (paths.empty()) return after(source_.where, field);
  std::string out = name_source(paths.front(), document);
  for (std::size_t i = 1; i < paths.size(); ++i)
    out += "; " + (mapping_.source_format() == "csv" ? paths[i] : name_source(paths[i], document));
  return field.empty() || field == paths.front() ? out : fmt::format("{} ({})", out, field);
}

void RecordPlaces::name(std::vector<Issue>& issues, std::string_view document) const {
  const auto places = mapping_.find_places(source_.json, context_);
  for (auto& issue : issues) issue.where = name_all(places.find(issue.where), issue.where, document);
}

void RecordPlaces::name(std::vector<RecordFinding>& findings, std::string_view document) const {
  if (findings.empty()) return;
  const auto places = mapping_.find_places(source_.json, context_);
  for (auto& finding : findings) finding.field = name_all(places.find(finding.field), finding.field, document);
}

Issue RecordPlaces::name(const mapping::Refusal& refusal, std::string_view document) const {
  const auto places = mapping_.find_places(source_.json, context_);
  const auto& sources = places.refused_at();
  // A field of the record, or of the source that was read.
  auto field = refusal.field;
  std::ranges::replace(field, '/', '.');
  const auto plain = mapping::plain_field(field);
  const bool is_source =
      std::ranges::any_of(sources, [&](const std::string& source) { return mapping::plain_field(source) == plain; });
  if (sources.empty()) {
    const auto planned = places.find(field);
    return {ErrorCode::invalid_input, name_all(planned, field, document), refusal.detail};
  }
  return {ErrorCode::invalid_input, name_all(sources, is_source ? std::string_view() : field, document),
          refusal.detail};
}

std::vector<RecordFinding> RecordPlaces::name_findings(std::vector<mapping::Finding> findings,
                                                       std::string_view document) const {
  std::vector<RecordFinding> out;
  if (findings.empty()) return out;
  // Only XML has rows within a record, whose numbers the first translation does not tell.
  std::vector<std::string> numbered;
  if (mapping_.source_format() == "xml") numbered = mapping_.find_places(source_.json, context_).found_at();
  for (std::size_t i = 0; i < findings.size(); ++i) {
    auto& finding = findings[i];
    const auto& path = numbered.size() == findings.size() ? numbered[i] : finding.field;
    out.push_back({std::move(finding.code), name_source(path, document), std::move(finding.detail)});
  }
  return out;
}

}  // namespace ketenpoort::exchange
