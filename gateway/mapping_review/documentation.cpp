#include "gateway/mapping_review/documentation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "gateway/formats/json.hpp"
#include "gateway/mapping/plan/plan.hpp"

namespace ketenpoort::mapping_review {
namespace {

using mapping::EmitNode;
using mapping::Mapping;

const CategoryWords* find_words(const PolicyWords& words, Category category) {
  const auto at = std::find_if(words.categories.begin(), words.categories.end(),
                               [&](const CategoryWords& each) { return each.category == category; });
  return at == words.categories.end() ? nullptr : &*at;
}

const Purpose* find_purpose(const PolicyWords& words, std::string_view id) {
  const auto at =
      std::find_if(words.purposes.begin(), words.purposes.end(), [&](const Purpose& each) { return each.id == id; });
  return at == words.purposes.end() ? nullptr : &*at;
}

// Whether a purpose takes the category: "required" (by the consent), "optional" or "never".
std::string_view taken(const Purpose* purpose, Category category) {
  if (purpose == nullptr) return "optional";
  if (purpose->required.contains(category)) return "required";
  return purpose->optional.contains(category) ? "optional" : "never";
}

std::string origin_of(const DocumentedField& field) {
  if (field.made.empty()) return field.source.empty() ? "(constant)" : field.source;
  return field.source + (field.source.empty() ? "" : ": ") + field.made;
}

std::string change_of(const DocumentedField& field) {
  auto text = field.steps;
  if (!field.code_list.empty()) text += fmt::format(" ({})", field.code_list);
  return text;
}

// --- Markdown ---

std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '\\' || c == '*' || c == '_' || c == '<' || c == '`') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

void purpose_section(std::string& out, const Mapping& mapping, const PolicyWords& words) {
  out += "\n| purpose | basis of the sender | basis of the recipient | consent |\n|---|---|---|---|\n";
  for (const auto& id : mapping.purposes()) {
    const auto* purpose = find_purpose(words, id);
    out += purpose == nullptr
               ? fmt::format("| {} | | | |\n", cell(id))
               : fmt::format("| {} | {} | {} | {} |\n", cell(id), cell(purpose->basis_sender),
                             cell(purpose->basis_recipient), purpose->consent_required ? "required" : "not asked");
  }
}

// --- CSV ---

std::string quoted(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

void add_row(std::string& out, std::initializer_list<std::string_view> cells) {
  bool first = true;
  for (const auto text : cells) {
    if (!first) out += ',';
    first = false;
    out += quoted(text);
  }
  out += "\r\n";
}

void add_rows(std::string& out, const Mapping& mapping, const PolicyWords& words) {
  for (const auto& field : documented_fields(mapping)) {
    const auto* category = field.category ? find_words(words, *field.category) : nullptr;
    // What comes in has no purpose of its own: one row.
    const auto purposes = mapping.purposes().empty() ? std::vector<std::string>(1) : mapping.purposes();
    for (const auto& id : purposes) {
      const auto* purpose = find_purpose(words, id);
      add_row(out, {mapping.name(), mapping.version(), field.target, origin_of(field), field.steps, field.code_list,
                    field.condition, field.required ? "true" : "false",
                    field.category ? to_text(*field.category) : std::string_view("none"),
                    category == nullptr ? std::string_view{} : category->label,
                    category == nullptr ? std::string_view{} : category->dpv,
                    category == nullptr ? std::string_view{} : category->gdpr_code,
                    category != nullptr && category->special ? "true" : "false", mapping.recipient(), id,
                    id.empty()       ? std::string_view{}
                    : field.category ? taken(purpose, *field.category)
                                     : std::string_view("always"),
                    purpose == nullptr ? std::string_view{} : purpose->basis_sender,
                    purpose == nullptr ? std::string_view{} : purpose->basis_recipient});
    }
  }
}

// --- JSON-LD ---

// "eu-gdpr:A6-1-e" for a basis that begins with "GDPR art. 6(1)(e)"; empty when it names no such letter.
std::string basis_term(std::string_view basis) {
  constexpr std::string_view start = "GDPR art. 6(1)(";
  if (!basis.starts_with(start) || basis.size() < start.size() + 2) return {};
  const char letter = basis[start.size()];
  const bool known = letter >= 'a' && letter <= 'f' && basis[start.size() + 1] == ')';
  return known ? fmt::format("eu-gdpr:A6-1-{}", letter) : std::string{};
}

void write_basis(formats::JsonWriter& writer, const std::string& whose, const std::string& basis) {
  const auto term = basis_term(basis);
  writer.begin_object()
      .member("@type", term.empty() ? "dpv:LegalBasis" : term)
      .member("dct:description", basis)
      .member("dct:subject", whose)
      .end_object();
}

using FieldsOfCategory = std::map<Category, std::vector<const DocumentedField*>>;

FieldsOfCategory by_category(const std::vector<DocumentedField>& fields) {
  FieldsOfCategory grouped;
  for (const auto& field : fields)
    if (field.category) grouped[*field.category].push_back(&field);
  return grouped;
}

void write_category(formats::JsonWriter& writer, Category category, const CategoryWords* words,
                    std::string_view necessity, const std::vector<const DocumentedField*>& fields) {
  const bool special = words != nullptr && words->special;
  writer.begin_object().key("@type").begin_array();
  writer.value(special ? "dpv:SpecialCategoryPersonalData" : "dpv:PersonalData");
  if (words != nullptr && !words->dpv.empty()) writer.value(words->dpv);
  writer.end_array().member("dct:identifier", to_text(category));
  if (words != nullptr) writer.member("dct:title", words->label);
  writer.key("dpv:hasNecessity")
      .begin_object()
      .member("@id", necessity == "required" ? "dpv:Required" : "dpv:Optional")
      .end_object();
  writer.key("dct:hasPart").begin_array();
  for (const auto* field : fields)
    writer.begin_object().member("dct:identifier", field->target).member("dct:source", origin_of(*field)).end_object();
  writer.end_array().end_object();
}

void write_process(formats::JsonWriter& writer, const Mapping& mapping, const PolicyWords& words, const std::string& id,
                   const FieldsOfCategory& fields) {
  const auto* purpose = find_purpose(words, id);
  writer.begin_object()
      .member("@id", fmt::format("urn:ketenpoort:mapping:{}:{}:{}", mapping.name(), mapping.version(), id))
      .member("@type", "dpv:Process")
      .member("dct:title", fmt::format("{} {} for {}", mapping.name(), mapping.version(), id))
      .member("dct:hasVersion", mapping.version())
      .member("dct:identifier", "sha256:" + to_hex(mapping.hash()));
  writer.key("dpv:hasPurpose").begin_object().member("@type", "dpv:Purpose").member("dct:identifier", id).end_object();
  writer.key("dpv:hasProcessing").begin_object().member("@id", "dpv:Transmit").end_object();
  writer.key("dpv:hasRecipient")
      .begin_object()
      .member("@type", "dpv:Recipient")
      .member("dct:identifier", mapping.recipient())
      .end_object();
  if (purpose != nullptr) {
    writer.key("dpv:hasLegalBasis").begin_array();
    write_basis(writer, "sender", purpose->basis_sender);
    write_basis(writer, "recipient", purpose->basis_recipient);
    writer.end_array();
  }
  writer.key("dpv:hasPersonalData").begin_array();
  for (const auto& [category, its_fields] : fields) {
    const auto necessity = taken(purpose, category);
    if (necessity != "never") write_category(writer, category, find_words(words, category), necessity, its_fields);
  }
  writer.end_array().end_object();
}

// Every field of the record that the value is made of or chosen by, in full.
std::string paths_of(const mapping::LinePlan& line) {
  if (line.is_plain) return line.value.source;
  std::vector<std::string> paths;
  for (const auto& read : line.reads)
    if (std::ranges::find(paths, read.path) == paths.end()) paths.push_back(read.path);
  return fmt::format("{}", fmt::join(paths, ", "));
}

}  // namespace

std::vector<DocumentedField> documented_fields(const Mapping& mapping) {
  const auto& plan = mapping.plan();
  std::vector<bool> written(plan.lines.size());
  for (const auto& node : plan.nodes)
    if (node.kind == EmitNode::Kind::leaf) written[node.line] = true;
  std::vector<DocumentedField> fields;
  for (std::size_t i = 0; i < plan.lines.size(); ++i) {
    if (!written[i]) continue;
    const auto& line = plan.lines[i];
    fields.push_back({line.target, paths_of(line), line.is_plain ? std::string{} : line.definition, line.at, line.steps,
                      line.code_list, line.conditions, line.category, line.required});
  }
  return fields;
}

std::string document_as_markdown(const Mapping& mapping, const PolicyWords& words) {
  auto out = fmt::format(
      "# {} {}\n\n{} In force from {}{}. Fingerprint of the mapping and all it names: "
      "`sha256:{}`.\n",
      mapping.name(), mapping.version(),
      mapping.recipient().empty() ? "Comes in." : "Recipient: **" + mapping.recipient() + "**.",
      to_iso(mapping.effective_from()),
      mapping.effective_until() ? " until " + to_iso(*mapping.effective_until()) : std::string{},
      to_hex(mapping.hash()));
  if (!mapping.purposes().empty()) purpose_section(out, mapping, words);
  out += "\n| field of the message | from the record | changed by | only when | data category | DPV | GDPR code |";
  for (const auto& id : mapping.purposes()) out += fmt::format(" {} |", cell(id));
  out += "\n|---|---|---|---|---|---|---|";
  for (std::size_t i = 0; i < mapping.purposes().size(); ++i) out += "---|";
  out += '\n';
  for (const auto& field : documented_fields(mapping)) {
    out += fmt::format("| {}{} | {} | {} | {} |", cell(field.target), field.required ? " (required)" : "",
                       cell(origin_of(field)), cell(change_of(field)), cell(field.condition));
    if (!field.category) {
      out += " none | | |";
      for (std::size_t i = 0; i < mapping.purposes().size(); ++i) out += " |";
      out += '\n';
      continue;
    }
    const auto* category = find_words(words, *field.category);
    out += category == nullptr ? fmt::format(" {} | | |", to_text(*field.category))
                               : fmt::format(" {}: {}{} | {} | {} |", to_text(*field.category), cell(category->label),
                                             category->special ? " (special category)" : "", cell(category->dpv),
                                             cell(category->gdpr_code));
    for (const auto& id : mapping.purposes())
      out += fmt::format(" {} |", taken(find_purpose(words, id), *field.category));
    out += '\n';
  }
  return out;
}

std::string document_as_csv(std::span<const Mapping* const> mappings, const PolicyWords& words) {
  std::string out;
  add_row(out,
          {"mapping", "version", "field", "source", "steps", "codeList", "condition", "required", "category", "label",
           "dpv", "gdprCode", "special", "recipient", "purpose", "taken", "basisSender", "basisRecipient"});
  for (const auto* mapping : mappings) add_rows(out, *mapping, words);
  return out;
}

std::string document_as_json_ld(std::span<const Mapping* const> mappings, const PolicyWords& words) {
  std::string out;
  formats::JsonWriter writer(out);
  writer.begin_object().key("@context").begin_object();
  writer.member("dpv", "https://w3id.org/dpv#")
      .member("pd", "https://w3id.org/dpv/pd#")
      .member("eu-gdpr", "https://w3id.org/dpv/legal/eu/gdpr#")
      .member("dct", "http://purl.org/dc/terms/")
      .end_object();
  writer.key("@graph").begin_array();
  for (const auto* mapping : mappings) {
    const auto fields = documented_fields(*mapping);
    const auto grouped = by_category(fields);
    for (const auto& id : mapping->purposes()) write_process(writer, *mapping, words, id, grouped);
  }
  writer.end_array().end_object();
  return out;
}

}  // namespace ketenpoort::mapping_review
