#include "adapters/simulator/kvs_graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "gateway/base/time.hpp"
#include "gateway/base/uuid.hpp"
#include "gateway/domain/ssin.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::simulator {

bool is_listed(std::string_view list, std::string_view wanted) {
  while (!list.empty()) {
    const auto bar = list.find('|');
    if (list.substr(0, bar) == wanted) return true;
    list = bar == std::string_view::npos ? std::string_view{} : list.substr(bar + 1);
  }
  return false;
}

namespace {

using formats::JsonKind;
using formats::JsonView;
using Fault = std::optional<std::string>;

Fault fault(const JsonView& at, std::string_view what) {
  return fmt::format("{}: {}", at.where(), what);
}

// '#' a digit, 'a' a lower-case letter, 'A' an upper-case letter; anything else stands for itself.
bool has_form(std::string_view text, std::string_view form) {
  return std::ranges::equal(text, form, [](char c, char f) {
    if (f == '#') return c >= '0' && c <= '9';
    if (f == 'a') return c >= 'a' && c <= 'z';
    if (f == 'A') return c >= 'A' && c <= 'Z';
    return c == f;
  });
}

// Of a major group one digit, of a unit group four.
bool is_isco_code(std::string_view text) {
  return !text.empty() && text.size() <= 4 && has_form(text, std::string_view("####").substr(0, text.size()));
}

bool is_phone(std::string_view text) {
  return text.size() >= 7 && text.size() <= 16 && text[0] == '+' && text[1] != '0' &&
         std::ranges::all_of(text.substr(1), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_email(std::string_view text) {
  const auto at = text.find('@');
  return at != std::string_view::npos && at > 0 && text.find('@', at + 1) == std::string_view::npos &&
         text.find('.', at) != std::string_view::npos && text.find(' ') == std::string_view::npos;
}

bool is_month(std::string_view text) {
  return has_form(text, "####-##") && parse_date(std::string(text) + "-01").has_value();
}

}  // namespace

std::optional<std::string_view> find_text_fault(std::string_view text, const Property& property) {
  const auto unless = [](bool ok, std::string_view what) { return ok ? std::nullopt : std::optional{what}; };
  switch (property.kind) {
    case ValueKind::one_of:
      return unless(is_listed(property.of, text), "not a value of its list");
    case ValueKind::country:
      return unless(has_form(text, "AAA"), "not a country of ISO 3166-1 alpha-3");
    case ValueKind::language:
      return unless(has_form(text, "aaa"), "not a language of ISO 639-3");
    case ValueKind::date:
      return unless(parse_date(text).has_value(), "not a date");
    case ValueKind::incomplete_date:
      return unless(parse_incomplete_date(text).has_value(), "not a date, not even an incomplete one");
    case ValueKind::year:
      return unless(has_form(text, "####"), "not a year");
    case ValueKind::month:
      return unless(is_month(text), "not a month");
    case ValueKind::uuid:
      return unless(parse_uuid(text).has_value(), "not a UUID");
    case ValueKind::kbo_number:
      return unless(is_kbo_number(text), "not an enterprise number");
    case ValueKind::nis_code:
      return unless(has_form(text, "#####"), "not a NIS code");
    case ValueKind::isco_code:
      return unless(is_isco_code(text), "not a code of ISCO-08");
    case ValueKind::phone_literal:
      return unless(is_phone(text), "not a telephone number of E.164");
    case ValueKind::email_literal:
      return unless(is_email(text), "not an e-mail address");
    case ValueKind::date_time_literal:
      return unless(parse_rfc3339(text).has_value(), "not a date-time with an offset");
    default:
      return std::nullopt;
  }
}

namespace {

class GraphReader {
 public:
  GraphReader(const GraphRules& rules, std::string_view transfer_id) : rules_(rules), transfer_id_(transfer_id) {}

  Fault read(const JsonView& root) {
    if (!root.is(JsonKind::object)) return "$: not an object";
    for (const auto [key, value] : root.members())
      if (key != "@context" && key != "@graph") return fault(value, "no such property in a graph document");
    const auto context = root.find("@context");
    if (context.size() != 1 || context.at(0).as_string() != release_1_context)
      return "@context: not the context of release 1 alone";
    const auto graph = root.find("@graph");
    if (!graph.is(JsonKind::array) || graph.size() == 0) return "@graph: not an array of nodes";
    if (auto wrong = index(graph)) return wrong;
    for (const JsonView node : graph.elements())
      if (auto wrong = check_object(node, true)) return wrong;
    return check_whole();
  }

 private:
  // Every node has an @id of its own and a type that may stand in the graph.
  Fault index(const JsonView& graph) {
    for (const JsonView node : graph.elements()) {
      const auto id = node.find("@id").as_string();
      const auto type = node.find("@type").as_string();
      if (!id || id->empty() || !type) return fault(node, "a node without @id or @type");
      if (!is_listed(release_1_node_types, *type) && !is_listed(rules_.own_node_types, *type))
        return fault(node, "a node of a type that may not stand in the graph");
      if (!types_by_id_.emplace(*id, *type).second) return fault(node, "a second node with the same @id");
    }
    return std::nullopt;
  }

  const Shape* find_shape(std::string_view type) const {
    for (const auto shapes : {release_1_shapes(), project_shapes(), rules_.shapes})
      if (const auto found = std::ranges::find(shapes, type, &Shape::type); found != shapes.end()) return &*found;
    return nullptr;
  }

  // A node of the project's own vocabulary says so; one of release 1 has no context of its own.
  Fault check_context(const JsonView& node, std::string_view type) const {
    const auto context = node.find("@context");
    if (!is_listed(rules_.own_node_types, type))
      return context ? fault(context, "a node of release 1 has no context of its own") : std::nullopt;
    if (context.size() != 1 || context.find("@vocab").as_string() != rules_.vocabulary)
      return fault(node, "a node of the project's own without its vocabulary");
    return std::nullopt;
  }

  Fault check_object(const JsonView& object, bool is_node) {
    const auto type = object.find("@type").as_string();
    const auto* shape = type ? find_shape(*type) : nullptr;
    if (shape == nullptr) return fault(object, "an object of no known @type");
    if (is_node)
      if (auto wrong = check_context(object, *type)) return wrong;
    for (const auto [key, value] : object.members()) {
      if (key == "@type" || (is_node && (key == "@id" || key == "@context"))) continue;
      const auto property = std::ranges::find(shape->properties, key, &Property::name);
      if (property == shape->properties.end()) return fault(value, "no such property in this type");
      if (auto wrong = check_property(value, *property)) return wrong;
    }
    for (const auto& property : shape->properties)
      if (property.required && !object.find(property.name))
        return fault(object, fmt::format("{} is missing", property.name));
    return check_identifier(object, *type);
  }

  Fault check_property(const JsonView& value, const Property& property) {
    if (!property.many) return check_value(value, property);
    if (!value.is(JsonKind::array)) return fault(value, "not an array");
    if (property.required && value.size() == 0) return fault(value, "an empty array");
    for (const JsonView element : value.elements())
      if (auto wrong = check_value(element, property)) return wrong;
    return std::nullopt;
  }

  Fault check_value(const JsonView& value, const Property& property) {
    switch (property.kind) {
      case ValueKind::integer:
        return value.as_int() && *value.as_int() >= 0 ? std::nullopt : fault(value, "not a natural number");
      case ValueKind::boolean:
        return value.as_bool() ? std::nullopt : fault(value, "not true or false");
      case ValueKind::literal:
      case ValueKind::phone_literal:
      case ValueKind::email_literal:
        return check_literal(value, property, {}, {});
      case ValueKind::dutch_literal:
        return check_literal(value, property, "@language", "nl");
      case ValueKind::date_time_literal:
        return check_literal(value, property, "@type", "DateTime");
      case ValueKind::reference:
        return check_reference(value, property);
      case ValueKind::concept_of:
        return check_concept(value, property);
      case ValueKind::object:
        return check_nested(value, property);
      default:
        return check_text(value, property);
    }
  }

  Fault check_text(const JsonView& value, const Property& property) {
    const auto text = value.as_string();
    if (!text || text->empty()) return fault(value, "not a text");
    if (text->size() > longest_text) return fault(value, "a text that is too long");
    if (const auto wrong = find_text_fault(*text, property)) return fault(value, *wrong);
    if (property.name == transfer_property) {
      if (*text != transfer_id_) return fault(value, "not the transfer that the Idempotency-Key names");
      names_transfer_ = true;
    }
    return std::nullopt;
  }

  Fault check_literal(const JsonView& value, const Property& property, std::string_view mark,
                      std::string_view mark_value) {
    if (!value.is(JsonKind::object) || value.size() != (mark.empty() ? 1U : 2U))
      return fault(value, "not a literal of its kind");
    if (!mark.empty() && value.find(mark).as_string() != mark_value)
      return fault(value, "a literal without its language or data type");
    return check_text(value.find("@value") ? value.find("@value") : value, property);
  }

  Fault check_reference(const JsonView& value, const Property& property) const {
    const auto id = value.find("@id").as_string();
    if (!id || value.size() != 1) return fault(value, "not a reference");
    const auto node = types_by_id_.find(*id);
    if (node == types_by_id_.end()) return fault(value, "a reference to a node that is not there");
    return is_listed(property.of, node->second) ? std::nullopt
                                                : fault(value, "a reference to a node of the wrong type");
  }

  // `of` is the list's URI, and after bars the names it has; without names any will do.
  static Fault check_concept(const JsonView& value, const Property& property) {
    const auto id = value.find("@id").as_string();
    if (!id || value.size() != 1) return fault(value, "not a code");
    const auto bar = property.of.find('|');
    const auto list = property.of.substr(0, bar);
    if (!id->starts_with(list) || id->size() == list.size()) return fault(value, "a code of another list");
    if (bar == std::string_view::npos || is_listed(property.of.substr(bar + 1), id->substr(list.size())))
      return std::nullopt;
    return fault(value, "a code that its list does not have");
  }

  Fault check_nested(const JsonView& value, const Property& property) {
    const auto type = value.find("@type").as_string();
    if (!type || !is_listed(property.of, *type)) return fault(value, "an object of another @type");
    return check_object(value, false);
  }

  // A national number must be one: test partners take mock numbers, since every number they see must be one.
  static Fault check_identifier(const JsonView& object, std::string_view type) {
    if (type != identifier_type || object.find(issuer_property).as_string() != national_register) return std::nullopt;
    const auto today = date_in_brussels(Clock{}.now());
    const auto number = object.find(identifier_property).as_string().value_or("");
    return check_ssin(number, true, today).ssin ? std::nullopt
                                                : fault(object, "not a national number: the check digits do not fit");
  }

  Fault check_whole() const {
    auto once = rules_.once;
    while (!once.empty()) {
      const auto bar = once.find('|');
      const auto type = once.substr(0, bar);
      if (std::ranges::count(types_by_id_, type, [](const auto& node) { return node.second; }) != 1)
        return fmt::format("@graph: there must be one node {}", type);
      once = bar == std::string_view::npos ? std::string_view{} : once.substr(bar + 1);
    }
    if (!names_transfer_) return fmt::format("@graph: {} is missing", transfer_property);
    return std::nullopt;
  }

  const GraphRules& rules_;
  std::string_view transfer_id_;
  std::map<std::string_view, std::string_view> types_by_id_;
  bool names_transfer_ = false;
};

}  // namespace

std::optional<std::string> find_graph_fault(std::string_view body, std::string_view transfer_id,
                                            const GraphRules& rules) {
  const auto document = formats::parse_json(body);
  if (!document) return "the body is not JSON: " + document.error().message;
  return GraphReader(rules, transfer_id).read(document->root());
}

}  // namespace ketenpoort::simulator
