#include "gateway/formats/json_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>
#include <map>
#include <set>

#include "gateway/base/files.hpp"
#include "gateway/formats/json_events.hpp"
#include "gateway/formats/json_schema_node.hpp"
#include "gateway/formats/suggest.hpp"

namespace ketenpoort::formats {
namespace {

std::uint8_t kind_bit(std::string_view type) {
  if (type == "null") return kind_null;
  if (type == "boolean") return kind_boolean;
  if (type == "integer") return kind_integer;
  if (type == "number") return kind_number | kind_integer;
  if (type == "string") return kind_string;
  if (type == "array") return kind_array;
  if (type == "object") return kind_object;
  return 0;
}

// An integer as draft-04 has it: no fraction, no exponent.
bool is_integer(std::string_view number) {
  return std::ranges::none_of(number, [](char c) { return c == '.' || c == 'e' || c == 'E'; });
}

std::uint8_t bit_of(JsonKind kind, std::string_view text) {
  switch (kind) {
    case JsonKind::null:
      return kind_null;
    case JsonKind::boolean:
      return kind_boolean;
    case JsonKind::number:
      return is_integer(text) ? kind_integer : kind_number;
    case JsonKind::string:
      return kind_string;
    case JsonKind::array:
      return kind_array;
    case JsonKind::object:
      return kind_object;
    case JsonKind::absent:
      break;
  }
  return 0;
}

std::string name_kinds(std::uint8_t kinds) {
  std::string names;
  const auto add = [&](std::uint8_t bit, const char* name) {
    if ((kinds & bit) == 0) return;
    if (!names.empty()) names += " or ";
    names += name;
  };
  add(kind_string, "a string");
  if ((kinds & kind_number) != 0)
    add(kind_number, "a number");
  else
    add(kind_integer, "a whole number");
  add(kind_boolean, "true or false");
  add(kind_array, "an array");
  add(kind_object, "an object");
  add(kind_null, "null");
  return names;
}

std::string list_allowed(const SchemaNode& node) {
  constexpr std::size_t shown = 12;
  std::string list;
  for (std::size_t i = 0; i < std::min(node.allowed.size(), shown); ++i)
    list += fmt::format("{}{}", i == 0 ? "" : ", ", node.allowed[i].text);
  if (node.allowed.size() > shown) list += fmt::format(" and {} more", node.allowed.size() - shown);
  return list;
}

double number_of(std::string_view text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool in_range(const SchemaNode& node, std::string_view text) {
  const double value = number_of(text);
  if (node.minimum && (value < *node.minimum || (node.exclusive_minimum && value <= *node.minimum))) return false;
  return !node.maximum || (value <= *node.maximum && !(node.exclusive_maximum && value >= *node.maximum));
}

bool length_fits(const SchemaNode& node, std::string_view text) {
  if (text.size() >= node.surely_from && text.size() <= node.surely_to) return true;
  const auto length = count_characters(text);
  return length >= node.min_length.value_or(0) && length <= node.max_length.value_or(length);
}

}  // namespace

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

SchemaNode::Slot& SchemaNode::take_slot(std::vector<Slot>& slots, std::string_view text) {
  const auto tag = tag_of(text);
  auto at = tag & (slots.size() - 1);
  while (slots[at].number != 0) at = (at + 1) & (slots.size() - 1);
  text.copy(slots[at].start.data(), slots[at].start.size());
  slots[at].tag = tag;
  return slots[at];
}

void SchemaNode::index() {
  required_count = static_cast<std::uint32_t>(std::ranges::count(properties, true, &Property::required));
  if (!properties.empty()) property_slots_.resize(std::bit_ceil(properties.size() * 2));
  for (std::uint32_t i = 0; i < properties.size(); ++i) {
    auto& slot = take_slot(property_slots_, properties[i].name);
    slot.number = i + 1;
    slot.required = properties[i].required ? 1 : 0;
    slot.schema = properties[i].schema;
  }
  if (!allowed.empty()) allowed_slots_.resize(std::bit_ceil(allowed.size() * 2));
  for (std::uint32_t i = 0; i < allowed.size(); ++i) {
    auto& slot = take_slot(allowed_slots_, allowed[i].text);
    slot.number = i + 1;
    slot.kind = static_cast<std::uint32_t>(allowed[i].kind) & 7U;
  }
  // Characters are never more than bytes and never fewer than a quarter of them: mostly nothing has to be counted.
  constexpr std::size_t longest = std::numeric_limits<std::uint32_t>::max();
  surely_from = static_cast<std::uint32_t>(std::min(min_length.value_or(0), longest / 4) * 4);
  surely_to = static_cast<std::uint32_t>(std::min(max_length.value_or(longest), longest));
  const auto ask = [&](Demands what, bool asked) {
    if (asked) demands = static_cast<std::uint8_t>(demands | what);
  };
  ask(asks_listed, !allowed.empty());
  ask(asks_length, min_length || max_length);
  ask(asks_pattern, pattern.has_value());
  ask(asks_range, minimum || maximum);
  ask(asks_choice, !all_of.empty() || !any_of.empty() || !one_of.empty());
}

const SchemaNode::Property* SchemaNode::find(std::string_view name) const {
  const auto found = std::ranges::find(properties, name, &Property::name);
  return found == properties.end() ? nullptr : &*found;
}

// The texts of a document are readable for a block from where they begin.
SchemaNode::Found SchemaNode::find(JsonView member) const {
  if (property_slots_.empty()) return {};
  const auto* const slots = property_slots_.data();
  const auto mask = property_slots_.size() - 1;
  const auto name = member.key();
  const auto tag = member.key_tag();
  for (auto at = tag & mask; slots[at].number != 0; at = (at + 1) & mask) {
    const auto& slot = slots[at];
    if (slot.tag != tag) continue;
    const bool same = name.size() < slot.start.size()
                          ? slot.start[name.size()] == 0 && same_text(slot.start.data(), name.data(), name.size())
                          : properties.data()[slot.number - 1U].name == name;
    if (same) return {true, slot.required != 0, slot.schema};
  }
  return {};
}

bool SchemaNode::allows(JsonKind kind, std::string_view text) const {
  if (allowed_slots_.empty()) return true;
  const auto* const slots = allowed_slots_.data();
  const auto mask = allowed_slots_.size() - 1;
  const auto tag = tag_of(text);
  for (auto at = tag & mask; slots[at].number != 0; at = (at + 1) & mask) {
    const auto& slot = slots[at];
    if (slot.tag != tag || slot.kind != static_cast<std::uint32_t>(kind)) continue;
    const bool same = text.size() < slot.start.size()
                          ? std::string_view(slot.start.data(), text.size()) == text && slot.start[text.size()] == 0
                          : allowed.data()[slot.number - 1U].text == text;
    if (same) return true;
  }
  return false;
}

bool scalar_fits(const SchemaNode& node, JsonKind kind, std::string_view text) {
  if ((node.kinds & bit_of(kind, text)) == 0) return false;
  const auto asks = [demands = node.demands](SchemaNode::Demands what) { return (demands & what) != 0; };
  if (asks(SchemaNode::asks_listed) && !node.allows(kind, text)) return false;
  if (kind == JsonKind::string)
    return (!asks(SchemaNode::asks_length) || length_fits(node, text)) &&
           (!asks(SchemaNode::asks_pattern) || node.pattern->matches(text));
  return kind != JsonKind::number || !asks(SchemaNode::asks_range) || in_range(node, text);
}

std::string fault_of_scalar(const SchemaNode& node, JsonKind kind, std::string_view text) {
  if (scalar_fits(node, kind, text)) return {};
  if ((node.kinds & bit_of(kind, text)) == 0)
    return fmt::format("{} stands where {} is expected", to_text(kind), name_kinds(node.kinds));
  if (!node.allows(kind, text)) return fmt::format("not one of the allowed values: {}", list_allowed(node));
  if (kind == JsonKind::number) {
    if (node.minimum && node.maximum) return fmt::format("must lie between {} and {}", *node.minimum, *node.maximum);
    return node.minimum ? fmt::format("must be at least {}", *node.minimum)
                        : fmt::format("must be at most {}", *node.maximum);
  }
  if (!length_fits(node, text)) {
    const auto length = count_characters(text);
    if (length < node.min_length.value_or(0))
      return length == 0 ? std::string("an empty string; leave the field out instead")
                         : fmt::format("{} characters; at least {} are needed", length, *node.min_length);
    return fmt::format("{} characters; at most {} are taken", length, *node.max_length);
  }
  return fmt::format("does not have the form {}", node.pattern_text);
}

namespace {

// Compiles the text of a schema; errors are collected, not thrown, so that one run names them all.
class Compiler {
 public:
  Compiler(std::vector<std::unique_ptr<SchemaNode>>& nodes, JsonView root, std::string_view text, std::string_view file)
      : nodes_(nodes), root_(root), text_(text), file_(file) {}

  const SchemaNode* compile(JsonView view) {
    if (!view.is(JsonKind::object)) {
      complain(view, "a schema must be an object");
      return nullptr;
    }
    if (const auto ref = view.find("$ref")) return follow(ref);
    auto& node = *nodes_.emplace_back(std::make_unique<SchemaNode>());
    for (const auto [key, value] : view.members()) keyword(node, key, value);
    finish(node, view);
    return &node;
  }

  std::vector<Issue> issues;

 private:
  void complain(JsonView at, std::string detail) {
    issues.push_back({ErrorCode::config, fmt::format("{}:{}", file_, line_and_column(text_, offset_of(at))),
                      fmt::format("{}: {}", at.where(), detail)});
  }

  // Keys and texts are read where they stand, so their distances are those in the file. An object in a list stands
  // where its first key does.
  [[nodiscard]] std::size_t offset_of(JsonView view) const {
    const char* at = view.key().data();
    if (at == nullptr && view.is(JsonKind::string)) at = view.as_string()->data();
    if (at == nullptr && view.is(JsonKind::object) && view.size() > 0) at = (*view.members().begin()).key.data();
    if (at == nullptr || !root_.is(JsonKind::object) || root_.size() == 0) return 0;
    const char* const first_key = (*root_.members().begin()).key.data();
    return static_cast<std::size_t>(at - first_key) + text_.find('"');
  }

  const SchemaNode* follow(JsonView ref) {
    constexpr std::string_view prefix = "#/definitions/";
    const auto text = ref.as_string().value_or("");
    if (!text.starts_with(prefix)) {
      complain(ref, "$ref must point to #/definitions/...");
      return nullptr;
    }
    const std::string name(text.substr(prefix.size()));
    if (const auto known = definitions_.find(name); known != definitions_.end()) return known->second;
    const auto definition = root_.find("definitions").find(name);
    if (!definition || !under_way_.insert(name).second) {
      complain(ref, definition ? "a definition that refers to itself is not supported" : "there is no such definition");
      return nullptr;
    }
    const auto* node = compile(definition);
    under_way_.erase(name);
    definitions_.emplace(name, node);
    return node;
  }

  void keyword(SchemaNode& node, std::string_view key, JsonView value) {
    static const std::map<std::string_view, void (Compiler::*)(SchemaNode&, JsonView)> known = {
        {"type", &Compiler::type},
        {"properties", &Compiler::properties},
        {"required", &Compiler::required},
        {"additionalProperties", &Compiler::additional},
        {"items", &Compiler::items},
        {"enum", &Compiler::enumeration},
        {"pattern", &Compiler::pattern},
        {"uniqueItems", &Compiler::unique},
        {"minLength", &Compiler::bounds},
        {"maxLength", &Compiler::bounds},
        {"minItems", &Compiler::bounds},
        {"maxItems", &Compiler::bounds},
        {"minimum", &Compiler::bounds},
        {"maximum", &Compiler::bounds},
        {"allOf", &Compiler::choices},
        {"anyOf", &Compiler::choices},
        {"oneOf", &Compiler::choices},
        {"exclusiveMinimum", &Compiler::exclusive},
        {"description", nullptr},
        {"title", nullptr},
        {"exclusiveMaximum", &Compiler::exclusive},
        {"definitions", nullptr},
        {"$schema", nullptr},
        {"id", nullptr},
        {"default", nullptr}};
    const auto found = known.find(key);
    if (found == known.end()) {
      std::vector<std::string_view> names;
      for (const auto& [name, function] : known) names.push_back(name);
      return complain(value,
                      fmt::format("the keyword {} is not enforced here{}; remove it or write the rule another way", key,
                                  did_you_mean(key, names)));
    }
    if (found->second != nullptr) (this->*found->second)(node, value);
  }

  void type(SchemaNode& node, JsonView value) {
    node.kinds = 0;
    if (const auto one = value.as_string()) node.kinds = kind_bit(*one);
    for (const auto each : value.elements()) node.kinds |= kind_bit(each.as_string().value_or(""));
    if (node.kinds == 0) complain(value, "unknown type; write string, integer, number, boolean, array, object or null");
  }

  SchemaNode::Property& property(SchemaNode& node, std::string_view name) {
    for (auto& p : node.properties)
      if (p.name == name) return p;
    return node.properties.emplace_back(SchemaNode::Property{std::string(name), nullptr, false});
  }

  void properties(SchemaNode& node, JsonView value) {
    for (const auto [name, schema] : value.members()) {
      const auto* compiled = compile(schema);
      property(node, name).schema = compiled;
    }
  }

  void required(SchemaNode& node, JsonView value) {
    for (const auto each : value.elements()) property(node, each.as_string().value_or("")).required = true;
  }

  void additional(SchemaNode& node, JsonView value) {
    node.additional_stated = true;
    if (const auto yes = value.as_bool())
      node.additional_allowed = *yes;
    else
      node.additional = compile(value);
  }

  void items(SchemaNode& node, JsonView value) {
    if (value.is(JsonKind::array)) return complain(value, "one schema for every item is needed, not one per position");
    node.items = compile(value);
  }

  void enumeration(SchemaNode& node, JsonView value) {
    for (const auto each : value.elements()) {
      if (each.is(JsonKind::object) || each.is(JsonKind::array)) complain(each, "enum takes scalars only");
      const auto text = each.is(JsonKind::boolean) ? std::optional<std::string_view>(*each.as_bool() ? "true" : "false")
                        : each.is(JsonKind::number) ? each.as_number()
                                                    : each.as_string();
      node.allowed.push_back({each.kind(), std::string(text.value_or(""))});
    }
    if (node.allowed.empty()) complain(value, "enum must list at least one value");
  }

  void pattern(SchemaNode& node, JsonView value) {
    node.pattern_text = std::string(value.as_string().value_or(""));
    auto compiled = Pattern::compile(node.pattern_text);
    if (compiled)
      node.pattern = std::move(*compiled);
    else
      complain(value, compiled.error().message);
  }

  void unique(SchemaNode& node, JsonView value) { node.unique_items = value.as_bool().value_or(false); }

  void exclusive(SchemaNode& node, JsonView value) {
    (value.key() == "exclusiveMinimum" ? node.exclusive_minimum : node.exclusive_maximum) =
        value.as_bool().value_or(false);
  }

  void bounds(SchemaNode& node, JsonView value) {
    const auto text = value.as_number();
    if (!text) return complain(value, fmt::format("{} must be a number", value.key()));
    const double number = number_of(*text);
    const auto key = value.key();
    if (key == "minimum")
      node.minimum = number;
    else if (key == "maximum")
      node.maximum = number;
    else if (number < 0)
      complain(value, fmt::format("{} must not be negative", key));
    else if (key == "minLength")
      node.min_length = static_cast<std::size_t>(number);
    else if (key == "maxLength")
      node.max_length = static_cast<std::size_t>(number);
    else if (key == "minItems")
      node.min_items = static_cast<std::size_t>(number);
    else
      node.max_items = static_cast<std::size_t>(number);
  }

  void choices(SchemaNode& node, JsonView value) {
    auto& list = value.key() == "allOf" ? node.all_of : value.key() == "anyOf" ? node.any_of : node.one_of;
    for (const auto each : value.elements())
      if (const auto* compiled = compile(each)) list.push_back(compiled);
  }

  void finish(SchemaNode& node, JsonView view) {
    std::sort(node.properties.begin(), node.properties.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    node.index();
    for (const auto& p : node.properties)
      if (p.schema == nullptr && !node.additional_allowed)
        complain(view, fmt::format("{} is required but not described, and additionalProperties is false", p.name));
  }

  std::vector<std::unique_ptr<SchemaNode>>& nodes_;
  JsonView root_;
  std::string_view text_;
  std::string file_;
  std::map<std::string, const SchemaNode*> definitions_;
  std::set<std::string> under_way_;
};

// Walks a value along a schema.
class Checker {
 public:
  explicit Checker(std::size_t most) : most_(most) {}

  void check(const SchemaNode& node, JsonView value) {
    if (issues.size() >= most_) return;
    const auto kind = value.kind();
    if (kind == JsonKind::object || kind == JsonKind::array) {
      if ((node.kinds & bit_of(kind, {})) == 0 || (node.demands & SchemaNode::asks_listed) != 0)
        return wrong_kind(node, value);
      kind == JsonKind::object ? object(node, value) : array(node, value);
    } else if (!scalar_fits(node, kind, value.scalar_text())) {
      wrong_scalar(node, value);
    }
    if ((node.demands & SchemaNode::asks_choice) != 0) choices(node, value);
  }

  std::vector<Issue> issues;

 private:
  void complain(JsonView at, std::string detail) { complain(at.where(), std::move(detail)); }
  void complain(std::string where, std::string detail, ErrorCode code = ErrorCode::schema_violation) {
    if (issues.size() < most_) issues.push_back({code, std::move(where), std::move(detail)});
  }

  // What is rare stands apart, so that the way through a sound record stays short.
  [[gnu::noinline]] void wrong_kind(const SchemaNode& node, JsonView value) {
    complain(value, fmt::format("{} stands where {} is expected", to_text(value.kind()), name_kinds(node.kinds)));
  }

  [[gnu::noinline]] void wrong_scalar(const SchemaNode& node, JsonView value) {
    complain(value, fault_of_scalar(node, value.kind(), value.scalar_text()));
  }

  void object(const SchemaNode& node, JsonView value) {
    std::uint32_t required_there = 0;
    for (const auto [key, member] : value.members()) {
      const auto property = node.find(member);
      required_there += static_cast<std::uint32_t>(property.required);
      const auto* schema = property.known ? property.schema : node.additional;
      if (schema != nullptr)
        check(*schema, member);
      else if (!property.known && !node.additional_allowed)
        unknown(node, key, value);
    }
    if (required_there != node.required_count) missing(node, value);  // a parsed object has no key twice
  }

  [[gnu::noinline]] void missing(const SchemaNode& node, JsonView value) {
    for (const auto& p : node.properties)
      if (p.required && !value.find(p.name)) {
        const auto where = value.where();
        complain(where == "$" ? p.name : where + "." + p.name, "required, but absent; add it");
      }
  }

  [[gnu::noinline]] void unknown(const SchemaNode& node, std::string_view key, JsonView holder) {
    if (issues.size() >= most_) return;  // looking for the name that was meant takes a while, for each of thousands
    std::vector<std::string_view> names;
    for (const auto& p : node.properties) names.push_back(p.name);
    const auto holder_at = holder.where();
    complain(holder_at == "$" ? name_to_tell(key) : holder_at + "." + name_to_tell(key),
             fmt::format("unknown property{}; correct its name or remove it", did_you_mean(key, names)),
             ErrorCode::unknown_input);
  }

  void array(const SchemaNode& node, JsonView value) {
    const auto size = value.size();
    if (size > node.max_items.value_or(size) || size < node.min_items.value_or(0)) wrong_size(node, value);
    if (node.items != nullptr)
      for (const auto each : value.elements()) check(*node.items, each);
    if (node.unique_items && size > 1) unique(value);
  }

  [[gnu::noinline]] void wrong_size(const SchemaNode& node, JsonView value) {
    const auto size = value.size();
    if (size > node.max_items.value_or(size))
      complain(value, fmt::format("{} elements; at most {} are taken", size, *node.max_items));
    if (size < node.min_items.value_or(0))
      complain(value, fmt::format("{} elements; at least {} are needed", size, *node.min_items));
  }

  [[gnu::noinline]] void unique(JsonView value) {
    if (is_surely_unique(value)) return;
    std::set<std::string> seen;
    for (const auto each : value.elements()) {
      std::string text;
      JsonWriter(text).value(each);
      if (!seen.insert(std::move(text)).second) return complain(each, "the same element stands twice; keep one");
    }
  }

  // Few texts are compared as they are.
  static bool is_surely_unique(JsonView value) {
    constexpr std::size_t few = 8;
    if (value.size() > few) return false;
    const auto elements = value.elements();
    for (auto one = elements.begin(); one != elements.end(); ++one) {
      if (!(*one).is(JsonKind::string)) return false;
      for (auto before = elements.begin(); before != one; ++before)
        if ((*before).scalar_text() == (*one).scalar_text()) return false;
    }
    return true;
  }

  bool fits(const SchemaNode& node, JsonView value) {
    Checker trial(1);
    trial.check(node, value);
    return trial.issues.empty();
  }

  void choices(const SchemaNode& node, JsonView value) {
    for (const auto* each : node.all_of) check(*each, value);
    const auto fitting = [&](const auto& list) {
      return std::count_if(list.begin(), list.end(), [&](const auto* each) { return fits(*each, value); });
    };
    if (!node.any_of.empty() && fitting(node.any_of) == 0) explain_choice(node.any_of, value);
    if (node.one_of.empty()) return;
    const auto count = fitting(node.one_of);
    if (count == 0) explain_choice(node.one_of, value);
    if (count > 1) complain(value, "fits more than one of the forms it may have; it must fit exactly one");
  }

  // The complaints of the form that comes nearest say more than "fits none": nearest is the one that objects to the
  // least.
  void explain_choice(const std::vector<const SchemaNode*>& forms, JsonView value) {
    std::vector<Issue> best;
    for (const auto* form : forms) {
      Checker trial(most_);
      trial.check(*form, value);
      if (best.empty() || trial.issues.size() < best.size()) best = std::move(trial.issues);
    }
    for (auto& issue : best) complain(std::move(issue.where), std::move(issue.detail));
  }

  std::size_t most_;
};

}  // namespace

JsonSchema::JsonSchema() = default;
JsonSchema::JsonSchema(JsonSchema&&) noexcept = default;
JsonSchema& JsonSchema::operator=(JsonSchema&&) noexcept = default;
JsonSchema::~JsonSchema() = default;

Result<JsonSchema> JsonSchema::load(const std::filesystem::path& file) {
  const auto text = read_file(file, std::size_t{4} << 20);
  if (!text) return fail(text.error());
  return parse(*text, file.string());
}

Result<JsonSchema> JsonSchema::parse(std::string_view text, std::string_view name) {
  const auto document = parse_json(text, {.bytes = std::size_t{4} << 20});
  if (!document) {
    const auto where = document.error().issues.empty() ? std::string("1:1") : document.error().issues[0].where;
    return fail(ErrorCode::config, fmt::format("{}:{}: error: {}", name, where, document.error().message),
                {{ErrorCode::config, fmt::format("{}:{}", name, where), document.error().message}});
  }
  JsonSchema schema;
  Compiler compiler(schema.nodes_, document->root(), text, name);
  schema.root_ = compiler.compile(document->root());
  schema.text_ = std::string(text);
  if (!compiler.issues.empty()) {
    const auto& first = compiler.issues.front();
    return fail(ErrorCode::config, fmt::format("{}: {}", first.where, first.detail), compiler.issues);
  }
  return schema;
}

std::vector<Issue> JsonSchema::check(const JsonView& value, std::size_t most) const {
  Checker checker(most);
  checker.check(*root_, value);
  return std::move(checker.issues);
}

}  // namespace ketenpoort::formats
