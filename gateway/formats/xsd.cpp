#include "gateway/formats/xsd.hpp"

#include <fmt/format.h>
#include <libxml/parser.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlschemas.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <pugixml.hpp>
#include <set>

#include "gateway/base/ascii.hpp"
#include "gateway/base/files.hpp"
#include "gateway/base/owned.hpp"
#include "gateway/base/time.hpp"
#include "gateway/formats/json_events.hpp"
#include "gateway/formats/json_schema_node.hpp"
#include "gateway/formats/xml.hpp"
#include "gateway/formats/xml_names.hpp"
#include "gateway/formats/xsd_understood.hpp"

namespace ketenpoort::formats {
namespace {

constexpr std::size_t most_bytes = std::size_t{4} << 20;

void stay_silent(void*, const char*, ...) {}

// libxml2 reports through callbacks; its message quotes the value, so only the kind of error, the element and the line
// are kept.
struct Report {
  int code = 0;
  int line = 0;
  std::string element;
  std::string path;
};

std::string_view name_of(const xmlNode* node) {
  return node->name == nullptr ? std::string_view() : reinterpret_cast<const char*>(node->name);
}

// Of the same name, before or behind.
std::size_t count_siblings(const xmlNode* node, xmlNode* xmlNode::*direction) {
  std::size_t count = 0;
  for (const auto* other = node->*direction; other != nullptr; other = other->*direction)
    if (other->type == XML_ELEMENT_NODE && name_of(other) == name_of(node)) ++count;
  return count;
}

// "CandidatePerson/Communication[2]/URI": below the root, by local names, counted where there are several.
std::string path_of(const xmlNode* node) {
  std::string path;
  const auto is_element = [](const xmlNode* one) { return one != nullptr && one->type == XML_ELEMENT_NODE; };
  for (; is_element(node) && is_element(node->parent); node = node->parent) {
    const auto before = count_siblings(node, &xmlNode::prev);
    std::string step(name_of(node));
    if (before + count_siblings(node, &xmlNode::next) > 0) step += fmt::format("[{}]", before + 1);
    path = path.empty() ? step : step + "/" + path;
  }
  return path;
}

void note_first(void* target, xmlErrorPtr error) {
  auto& report = *static_cast<Report*>(target);
  if (report.code != 0) return;
  report.code = error->code;
  report.line = error->line;
  if (const auto* node = static_cast<xmlNode*>(error->node); node != nullptr && node->name != nullptr) {
    report.element = name_of(node);
    report.path = path_of(node);
  }
  // Of an attribute only the message says which: "Element 'a', attribute 'b': ...". Values come after the colon.
  constexpr std::string_view mark = ", attribute '";
  const std::string_view message(error->message == nullptr ? "" : error->message);
  const auto place = message.substr(0, message.find("': "));
  const auto attribute = place.find(mark);
  if (message.starts_with("Element '") && attribute != std::string_view::npos)
    for (auto* named : {&report.element, &report.path})
      *named += fmt::format("{}@{}", named->empty() ? "" : "/", local_name(place.substr(attribute + mark.size())));
}

const char* in_words(int code) {
  switch (code) {
    case XML_SCHEMAV_ELEMENT_CONTENT:
      return "an element is missing or stands where it is not allowed";
    case XML_SCHEMAV_CVC_ENUMERATION_VALID:
      return "the value is not in the list the schema allows";
    case XML_SCHEMAV_CVC_PATTERN_VALID:
      return "the value does not have the form the schema asks";
    case XML_SCHEMAV_CVC_MAXLENGTH_VALID:
      return "the value is longer than the schema allows";
    case XML_SCHEMAV_CVC_MINLENGTH_VALID:
      return "the value is shorter than the schema allows";
    case XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_1:
      return "the value is not of the type the schema asks";
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_1:
      return "an attribute is not allowed here";
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_4:
      return "an attribute is missing";
    case XML_SCHEMAV_CVC_ELT_1:
      return "the root element is not one the schema knows: look at its name, and at its namespace (xmlns)";
    default:
      return "the schema does not allow it";
  }
}

}  // namespace

const XsdElement* XsdType::find(std::string_view name) const {
  const auto at = position(name);
  return at == children.size() ? nullptr : &children[at];
}

std::size_t XsdType::position(std::string_view name) const {
  const auto at = std::find_if(children.begin(), children.end(), [&](const XsdElement& e) { return e.name == name; });
  return static_cast<std::size_t>(at - children.begin());
}

bool XsdText::surely_fits(std::string_view value) const {
  if (kind == Kind::boolean && value != "true" && value != "false" && value != "1" && value != "0") return false;
  if (kind == Kind::natural && (value.empty() || !std::all_of(value.begin(), value.end(), is_digit))) return false;
  if (kind == Kind::date && (value.size() != 10 || value < "0001" || !parse_date(value))) return false;
  if (!allowed.empty() && std::find(allowed.begin(), allowed.end(), value) == allowed.end()) return false;
  if ((!least.empty() && value < least) || (!most.empty() && value > most)) return false;
  // No more characters than bytes, and one at least where there are bytes.
  const bool surely_has_length =
      !value.empty() && min_length.value_or(0) <= 1 && value.size() <= max_length.value_or(SIZE_MAX);
  if (!surely_has_length && (min_length || max_length)) {
    const auto length = count_characters(value);
    if (length < min_length.value_or(0) || length > max_length.value_or(length)) return false;
  }
  return std::all_of(patterns.begin(), patterns.end(), [&](const Pattern& p) { return p.matches(value); });
}

struct XsdSchema::State {
  std::string text;
  std::string target_namespace;
  std::vector<std::unique_ptr<XsdType>> types;
  std::vector<XsdElement> roots;
  bool understood = false;
  Owned<xmlSchema, xmlSchemaFree> compiled;
};

namespace {

std::shared_ptr<const XsdText> builtin_text(std::string_view name) {
  XsdText text;
  if (name == "boolean")
    text.kind = XsdText::Kind::boolean;
  else if (name == "date")
    text.kind = XsdText::Kind::date;
  else if (name == "nonNegativeInteger")
    text.kind = XsdText::Kind::natural;
  else if (name != "string")
    return nullptr;
  return std::make_shared<const XsdText>(std::move(text));
}

// XML Schema's expressions and ours read alike, but for these signs.
bool reads_alike(std::string_view pattern) {
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    if (c == '[' || c == ']') {
      if (in_class == (c == '[')) return false;  // a class less another
      in_class = !in_class;
    }
    if (c == '(' && pattern.substr(i + 1).starts_with('?')) return false;
    if (c == '$' || c == '.' || (c == '^' && (i == 0 || pattern[i - 1] != '['))) return false;
    if (c == '\\' && (++i == pattern.size() || pattern[i] != '.')) return false;
  }
  return true;
}

bool add_facet(XsdText& text, pugi::xml_node facet) {
  const auto name = local_name(facet.name());
  const auto value = facet.attribute("value");
  const auto is_date = text.kind == XsdText::Kind::date && parse_date(value.value()).has_value();
  if (name == "enumeration") {
    text.allowed.emplace_back(value.value());
  } else if (name == "pattern") {
    auto pattern = Pattern::compile(value.value(), true);
    if (!reads_alike(value.value()) || !pattern) return false;
    text.patterns.push_back(std::move(*pattern));
  } else if (name == "minLength") {
    text.min_length = std::max<std::size_t>(value.as_uint(), text.min_length.value_or(0));
  } else if (name == "maxLength") {
    text.max_length = std::min<std::size_t>(value.as_uint(), text.max_length.value_or(SIZE_MAX));
  } else if (name == "minInclusive" && is_date) {
    text.least = std::max<std::string>(text.least, value.value());
  } else if (name == "maxInclusive" && is_date) {
    text.most = text.most.empty() ? value.value() : std::min<std::string>(text.most, value.value());
  } else {
    return name == "annotation" || name.empty();
  }
  return true;
}

// Reads the structure of a schema; what it does not know is an error, so that nothing is silently unordered.
class StructureReader {
 public:
  StructureReader(std::vector<std::unique_ptr<XsdType>>& types, pugi::xml_node schema, std::string_view text,
                  std::string_view file)
      : types_(types),
        schema_(schema),
        text_(text),
        file_(file),
        qualified_(std::string_view(schema.attribute("elementFormDefault").value()) == "qualified") {}

  XsdElement element(pugi::xml_node node, bool global) {
    XsdElement e;
    e.name = node.attribute("name").value();
    if (e.name.empty()) complain(node, "an element without a name (ref is not supported)");
    const std::string_view most = node.attribute("maxOccurs").as_string("1");
    e.least = node.attribute("minOccurs").as_uint(1);
    e.most = most == "unbounded" ? SIZE_MAX : node.attribute("maxOccurs").as_uint(1);
    e.required = e.least > 0;
    e.repeats = e.most > 1;
    const auto form = node.attribute("form");
    e.qualified = global || (form ? std::string_view(form.value()) == "qualified" : qualified_);
    if (const auto type = node.attribute("type")) {
      e.type = named(type.value(), node);
    } else {
      const auto inner = node.find_child([](pugi::xml_node n) {
        return local_name(n.name()) == "complexType" || local_name(n.name()) == "simpleType";
      });
      e.type = inner ? type_of(inner) : simple();
    }
    return e;
  }

  void complain(pugi::xml_node node, std::string_view what) {
    const auto offset = static_cast<std::size_t>(std::max<std::ptrdiff_t>(node.offset_debug(), 0));
    const std::string_view name = node.attribute("name").value();
    issues.push_back({ErrorCode::config, fmt::format("{}:{}", file_, line_and_column(text_, offset)),
                      fmt::format("{}{}{}: {}", node.name(), name.empty() ? "" : " ", name, what)});
  }

  std::vector<Issue> issues;
  bool understood = true;  // as far as the parts by themselves do not show it

 private:
  // `maxOccurs` of 0: it is not there at all.
  void add_child(XsdType& type, XsdElement element) {
    if (element.most == 0) return;
    if (type.find(element.name) != nullptr) understood = false;  // positions go by name
    type.children.push_back(std::move(element));
  }

  const XsdType* simple(std::shared_ptr<const XsdText> text = nullptr) {
    auto& type = *types_.emplace_back(std::make_unique<XsdType>());
    type.has_text = true;
    type.text = std::move(text);
    return &type;
  }

  const XsdType* named(std::string_view name, pugi::xml_node user) {
    if (name.starts_with("xs:") || name.starts_with("xsd:")) {
      auto& builtin = builtins_[std::string(name)];
      if (builtin == nullptr) builtin = simple(builtin_text(local_name(name)));
      return builtin;
    }
    const std::string key(local_name(name));
    if (const auto known = named_.find(key); known != named_.end()) return known->second;
    for (const auto child : schema_.children()) {
      const auto kind = local_name(child.name());
      if ((kind != "complexType" && kind != "simpleType") || key != child.attribute("name").value()) continue;
      if (!under_way_.insert(key).second) {
        complain(child, "a type that contains itself is not supported");
        return simple();
      }
      const auto* type = type_of(child);
      named_.emplace(key, type);
      under_way_.erase(key);
      return type;
    }
    complain(user, fmt::format("the type {} is not defined in this file", name));
    return simple();
  }

  const XsdType* type_of(pugi::xml_node node) {
    if (local_name(node.name()) == "simpleType") {
      auto& type = *types_.emplace_back(std::make_unique<XsdType>());
      type.has_text = true;
      for (const auto restriction : node.children())
        for (const auto facet : restriction.children())
          if (local_name(facet.name()) == "enumeration") type.allowed.emplace_back(facet.attribute("value").value());
      type.text = text_of(node);
      return &type;
    }
    auto& type = *types_.emplace_back(std::make_unique<XsdType>());
    for (const auto part : node.children()) content(type, part);
    return &type;
  }

  // What a simple type asks; null when it asks something that is not understood here.
  std::shared_ptr<const XsdText> text_of(pugi::xml_node simple_type) {
    pugi::xml_node restriction;
    for (const auto child : simple_type.children())
      if (local_name(child.name()) == "restriction") restriction = child;
    const auto base = restriction.attribute("base");
    if (!base) return nullptr;
    const auto* type = named(base.value(), restriction);
    if (type->text == nullptr) return nullptr;
    XsdText text = *type->text;
    std::size_t patterns = 0;
    text.allowed.clear();
    for (const auto facet : restriction.children()) {
      if (local_name(facet.name()) == "pattern") ++patterns;
      if (patterns > 1 || !add_facet(text, facet)) return nullptr;
    }
    if (text.allowed.empty()) text.allowed = type->text->allowed;
    return std::make_shared<const XsdText>(std::move(text));
  }

  void content(XsdType& type, pugi::xml_node part) {
    const auto kind = local_name(part.name());
    if (kind == "sequence" || kind == "all") {
      for (const auto child : part.children()) {
        const auto child_kind = local_name(child.name());
        if (child_kind == "element")
          add_child(type, element(child, false));
        else if (child_kind == "sequence")
          content(type, child);
        else if (child_kind != "annotation")
          complain(child, "only elements may stand in a sequence here");
      }
    } else if (kind == "attribute") {
      if (!part.attribute("name")) complain(part, "an attribute without a name (ref is not supported)");
      type.attributes.push_back({part.attribute("name").value(),
                                 std::string_view(part.attribute("use").value()) == "required",
                                 part.attribute("type") ? named(part.attribute("type").value(), part) : nullptr});
    } else if (kind == "simpleContent") {
      for (const auto extension : part.children()) {
        type.has_text = true;
        if (const auto base = extension.attribute("base")) {
          const auto* simple_type = named(base.value(), extension);
          type.allowed = simple_type->allowed;
          if (!simple_type->attributes.empty()) understood = false;  // they are this type's too
          if (local_name(extension.name()) == "extension") type.text = simple_type->text;
        }
        for (const auto attribute : extension.children()) content(type, attribute);
      }
    } else if (kind != "annotation") {
      complain(part, "this part of XML Schema is not supported here");
    }
  }

  std::vector<std::unique_ptr<XsdType>>& types_;
  pugi::xml_node schema_;
  std::string_view text_;
  std::string file_;
  bool qualified_;
  std::map<std::string, const XsdType*> named_, builtins_;
  std::set<std::string> under_way_;
};

}  // namespace

XsdSchema::XsdSchema() : state_(std::make_unique<State>()) {}
XsdSchema::XsdSchema(XsdSchema&&) noexcept = default;
XsdSchema& XsdSchema::operator=(XsdSchema&&) noexcept = default;
XsdSchema::~XsdSchema() = default;

Result<XsdSchema> XsdSchema::load(const std::filesystem::path& file) {
  const auto text = read_file(file, most_bytes);
  if (!text) return fail(text.error());
  return parse(*text, file.string());
}

namespace {

// The same issues, with the file before their places.
std::vector<Issue> in_file(std::string_view name, const Error& error) {
  auto issues = error.issues;
  for (auto& issue : issues) issue.where = fmt::format("{}:{}", name, issue.where);
  return issues;
}

}  // namespace

Result<XsdSchema> XsdSchema::parse(std::string_view text, std::string_view name) {
  static std::once_flag once;
  std::call_once(once, [] { xmlInitParser(); });
  pugi::xml_document document;
  if (const auto parsed = parse_xml(text, document, {.bytes = most_bytes}); !parsed)
    return fail(ErrorCode::config, fmt::format("{}: {}", name, parsed.error().message), in_file(name, parsed.error()));
  const auto root = document.document_element();
  XsdSchema schema;
  schema.state_->text = std::string(text);
  schema.state_->target_namespace = root.attribute("targetNamespace").value();
  StructureReader reader(schema.state_->types, root, text, name);
  for (const auto child : root.children()) {
    const auto kind = local_name(child.name());
    if (kind == "element") schema.state_->roots.push_back(reader.element(child, true));
    if (kind == "import" || kind == "include" || kind == "redefine")
      reader.complain(child, "import, include and redefine are not supported; one schema is one file");
  }
  if (local_name(root.name()) != "schema") reader.complain(root, "this is no XML Schema");
  if (!reader.issues.empty()) {
    const auto& first = reader.issues.front();
    return fail(ErrorCode::config, fmt::format("{}: {}", first.where, first.detail), reader.issues);
  }
  schema.state_->understood = reader.understood && formats::is_understood(root);
  const Owned<xmlSchemaParserCtxt, xmlSchemaFreeParserCtxt> parser(
      xmlSchemaNewMemParserCtxt(text.data(), static_cast<int>(text.size())));
  Report report;
  xmlSchemaSetParserStructuredErrors(parser.get(), note_first, &report);
  schema.state_->compiled.reset(xmlSchemaParse(parser.get()));
  if (schema.state_->compiled == nullptr) {
    const auto where = fmt::format("{}:{}:1", name, report.line);
    const auto what = fmt::format("the schema is not valid (libxml2 error {}, at {})", report.code, report.element);
    return fail(ErrorCode::config, fmt::format("{}: {}", where, what), {{ErrorCode::config, where, what}});
  }
  return schema;
}

const std::string& XsdSchema::target_namespace() const {
  return state_->target_namespace;
}
const std::string& XsdSchema::text() const {
  return state_->text;
}

bool XsdSchema::is_understood() const {
  return state_->understood;
}

const XsdElement* XsdSchema::root(std::string_view name) const {
  for (const auto& e : state_->roots)
    if (e.name == name) return &e;
  return nullptr;
}

std::vector<std::string> XsdSchema::roots() const {
  std::vector<std::string> names;
  for (const auto& e : state_->roots) names.push_back(e.name);
  return names;
}

std::string XsdSchema::check(std::string_view document) const {
  auto fault = find_fault(document);
  return fault ? std::move(fault->what) : std::string{};
}

std::optional<XsdFault> XsdSchema::find_fault(std::string_view document) const {
  // A parser context costs more than a small document; one is kept per thread.
  thread_local const Owned<xmlParserCtxt, xmlFreeParserCtxt> parser(xmlNewParserCtxt());
  Report report;
  parser->_private = nullptr;
  const Owned<xmlDoc, xmlFreeDoc> tree(
      xmlCtxtReadMemory(parser.get(), document.data(), static_cast<int>(document.size()), nullptr, "UTF-8",
                        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT));
  if (tree == nullptr) return XsdFault{parser->lastError.line, {}, "it is not well-formed XML"};
  if (tree->intSubset != nullptr) return XsdFault{1, {}, "a DOCTYPE is not allowed"};
  const Owned<xmlSchemaValidCtxt, xmlSchemaFreeValidCtxt> validator(xmlSchemaNewValidCtxt(state_->compiled.get()));
  xmlSchemaSetValidErrors(validator.get(), stay_silent, stay_silent, nullptr);
  xmlSchemaSetValidStructuredErrors(validator.get(), note_first, &report);
  if (xmlSchemaValidateDoc(validator.get(), tree.get()) == 0) return std::nullopt;
  return XsdFault{report.line, std::move(report.path),
                  fmt::format("{}: {}", report.element.empty() ? "document" : report.element, in_words(report.code))};
}

}  // namespace ketenpoort::formats
