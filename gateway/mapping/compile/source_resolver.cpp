#include "gateway/mapping/compile/source_resolver.hpp"

#include <algorithm>
#include <functional>

#include "gateway/formats/suggest.hpp"

namespace ketenpoort::mapping {
namespace {

using formats::SchemaNode;

// Keys of the record can hold no NUL, so what the context adds cannot be mistaken for, or overridden by, something
// sent.
std::string context_key(std::string_view name) {
  return std::string(1, '\0') + std::string(name);
}

// What a mapping sees besides the record, and of what kind.
const formats::JsonSchema& context_schema() {
  static const auto schema = formats::JsonSchema::parse(R"({"type":"object","additionalProperties":false,"properties":{
    "derived":{"type":"object","additionalProperties":false,"properties":{
      "labourAccess":{"type":"object","additionalProperties":false,"properties":{
        "since":{"type":"string"},"basis":{"type":"string","enum":["TIME","STATUS"]}}},
      "age":{"type":"integer"},"minor":{"type":"boolean"}}},
    "transfer":{"type":"object","additionalProperties":false,"properties":{"id":{"type":"string"}}}}})",
                                                        "context");
  return *schema;
}

const SchemaNode* child(const SchemaNode* schema, std::string_view key) {
  if (schema == nullptr) return nullptr;
  const auto* property = schema->find(key);
  return property == nullptr ? nullptr : property->schema;
}

bool is_required(const SchemaNode* schema, std::string_view key) {
  const auto* property = schema == nullptr ? nullptr : schema->find(key);
  return property != nullptr && property->required;
}

bool is_array(const SchemaNode* schema) {
  return schema != nullptr && schema->kinds == formats::kind_array;
}
bool is_object(const SchemaNode* schema) {
  return schema != nullptr && schema->kinds == formats::kind_object;
}

void list_fields(const SchemaNode& schema, const std::string& prefix, char between, std::vector<std::string>& out) {
  if (is_object(&schema)) {
    for (const auto& p : schema.properties)
      if (p.schema != nullptr)
        list_fields(*p.schema, prefix.empty() ? p.name : prefix + between + p.name, between, out);
  } else if (is_array(&schema) && schema.items != nullptr) {
    list_fields(*schema.items, prefix + "[]", between, out);
  } else {
    out.push_back(prefix);
  }
}

std::string in_words(const Path& path, char between) {
  std::string text;
  for (const auto& step : path.steps) {
    if (step.every || step.index)
      text += "[]";
    else
      text += text.empty() ? step.key : between + step.key;
  }
  return text;
}

}  // namespace

SourceResolver::SourceResolver(Plan& plan, Complaints& complaints) : plan_(plan), complaints_(complaints) {}

Scope SourceResolver::record() const {
  return {plan_.source.root(), 0, plan_.source_schema ? &plan_.source_schema->root() : nullptr, {}, false};
}

const SchemaNode* SourceResolver::known_member(const SchemaNode* schema, const std::string& key,
                                               const std::string& where, const Position& at, std::string_view whole) {
  if (schema == nullptr) return nullptr;
  if (const auto* property = schema->find(key); property != nullptr) return property->schema;
  const auto place = where.empty() ? std::string("the record") : where;
  if ((schema->kinds & (formats::kind_object | formats::kind_array)) == 0) {
    complaints_.error(at,
                      fmt::format("{}: {} is a single value and has no {}; read {} itself", whole, place, key, place));
    return nullptr;
  }
  if (schema->additional_allowed && schema->properties.empty() && !is_array(schema)) return schema->additional;
  std::vector<std::string_view> names;
  for (const auto& p : schema->properties) names.push_back(p.name);
  if (where.empty()) names.insert(names.end(), {"derived", "transfer", "referral"});
  if (is_array(schema))
    complaints_.error(
        at, fmt::format("{}: {} is an array; use for_each or pick, or an index like {}[0]", whole, place, place));
  else
    complaints_.error(at,
                      fmt::format("{}: there is no {} in {}{}", whole, key, place, formats::did_you_mean(key, names)));
  return nullptr;
}

Resolved SourceResolver::walk(const Path& path, const Scope& given, const Position& line_at) {
  const auto& at = path.at.file.empty() ? line_at : path.at;
  Scope scope = path.absolute ? record() : given;
  Resolved r;
  r.ref.level = scope.level;
  r.ref.hop_first = static_cast<std::uint16_t>(plan_.hops.size());
  r.full = scope.prefix;
  r.certain = scope.certain;
  r.node = scope.node;
  if (path.broken) return r;  // complained about when read; nothing is known of it
  const bool xml = is_xml();
  if (path.xml != xml && (path.xml || path.steps.size() > 1)) {
    complaints_.error(at, xml ? fmt::format("{}: the source is XML; write a path as p:a/p:b/@c", path.text)
                              : fmt::format("{} is a path into XML, but the source is {}; write it as a.b.c", path.text,
                                            plan_.definition.source.format));
    return r;
  }
  auto node = scope.node;
  const auto* schema = scope.schema;
  for (const auto& step : path.steps) {
    if (step.index) {
      r.certain = false;
      if (schema != nullptr && !is_array(schema))
        complaints_.error(at, fmt::format("{}: {} is no array", path.text, r.full));
      const auto rows = static_cast<std::uint32_t>(plan_.source.rows_of(node));
      plan_.hops.push_back({static_cast<std::uint32_t>(plan_.source.slot_of(node)), *step.index, rows});
      ++r.ref.hop_count;
      node = plan_.source.element_of(node);
      schema = schema == nullptr ? nullptr : schema->items;
      r.full += "[]";
      continue;
    }
    const bool at_top = r.full.empty();
    const auto before = r.full;
    r.full += at_top ? step.key : (xml ? "/" : ".") + step.key;
    if (at_top && (step.key == "derived" || step.key == "transfer")) {
      node = plan_.source.member(node, context_key(step.key));
      schema = child(&context_schema().root(), step.key);
      r.certain = step.key == "transfer";
    } else if (at_top && step.key == "referral") {
      node = plan_.source.selected_of(plan_.source.member(node, "referrals"));
      const auto* list = child(schema, "referrals");
      schema = list == nullptr ? nullptr : list->items;
    } else {
      if (at_top && step.key == "referrals")
        complaints_.error(at, "referrals holds what goes to others too; read `referral`, the one that is being sent");
      r.certain = r.certain && (before == "transfer" || is_required(schema, step.key));
      schema = known_member(schema, step.key, before, at, path.text);
      node = plan_.source.member(node, step.key);
    }
  }
  r.node = node;
  r.schema = schema;
  return r;
}

Resolved SourceResolver::value(const Path& path, const Scope& scope, const Position& at, bool used) {
  auto r = walk(path, scope, at);
  r.ref.slot = static_cast<std::uint32_t>(plan_.source.slot_of(r.node));
  if (used) used_.insert(r.full);
  return r;
}

SourceResolver::Rows SourceResolver::rows(const Path& path, const Scope& scope, const Position& line_at) {
  const auto& at = path.at.file.empty() ? line_at : path.at;
  Rows result;
  result.array = walk(path, scope, at);
  auto& array = result.array;
  if (array.schema != nullptr && !is_array(array.schema))
    complaints_.error(at, fmt::format("{} is no array; read its fields with fields: or include ... at", array.full));
  result.scope = static_cast<std::uint32_t>(plan_.source.rows_of(array.node));
  array.ref.slot = static_cast<std::uint32_t>(plan_.source.slot_of(array.node));
  result.row = {plan_.source.element_of(array.node),
                static_cast<std::uint16_t>(scope.level + 1),
                array.schema == nullptr ? nullptr : array.schema->items,
                array.full + "[]",
                scope.in_fragment,
                true};
  plan_.levels = std::max(plan_.levels, static_cast<std::uint16_t>(result.row.level + 1));
  return result;
}

Scope SourceResolver::part(const Path& path, const Scope& scope, const Position& line_at) {
  const auto& at = path.at.file.empty() ? line_at : path.at;
  const auto r = walk(path, scope, at);
  if (r.ref.hop_count > 0) complaints_.error(at, "at: takes no index; use for_each, or pick for one field");
  return {r.node, r.ref.level, r.schema, r.full, scope.in_fragment, r.certain};
}

std::vector<std::string> SourceResolver::fields() const {
  std::vector<std::string> fields;
  if (plan_.source_schema) list_fields(plan_.source_schema->root(), {}, is_xml() ? '/' : '.', fields);
  return fields;
}

void SourceResolver::check_use(const std::vector<Ignored>& ignored, const Position& at) {
  if (!plan_.source_schema) return;
  auto fields = this->fields();
  const auto& root = plan_.source_schema->root();
  const char between = is_xml() ? '/' : '.';
  // What policy concluded is there when something leaves, not when something comes in.
  if (!plan_.definition.inbound) list_fields(context_schema().root(), {}, between, fields);
  if (const auto* list = child(&root, "referrals"); list != nullptr && list->items != nullptr)
    list_fields(*list->items, "referral", between, fields);
  std::vector<std::string_view> names(fields.begin(), fields.end());
  std::vector<std::string> ignored_parts;
  for (const auto& each : ignored) {
    const auto part = in_words(each.path, between);
    ignored_parts.push_back(part);
    const bool exists = std::any_of(fields.begin(), fields.end(), [&](const auto& f) { return lies_within(f, part); });
    if (!exists)
      complaints_.error(each.at,
                        fmt::format("there is no field {} in the source{}", part, formats::did_you_mean(part, names)));
    for (const auto& used : used_)
      if (lies_within(used, part))
        complaints_.error(each.at, fmt::format("{} is ignored, but {} is used; narrow what is ignored", part, used));
  }
  for (const auto& field : fields) {
    const bool handed_over_as_referral = lies_within(field, "referrals");
    const bool of_the_message = lies_within(field, "transfer");
    if (handed_over_as_referral || of_the_message) continue;
    const bool is_used = std::any_of(used_.begin(), used_.end(), [&](const auto& u) { return lies_within(field, u); });
    const bool is_ignored =
        std::any_of(ignored_parts.begin(), ignored_parts.end(), [&](const auto& p) { return lies_within(field, p); });
    if (!is_used && !is_ignored)
      complaints_.error(
          at, fmt::format("{} is neither used nor ignored; map it, or put it under ignore: with the reason", field));
  }
}

void SourceResolver::bind_context() {
  const auto bind = [&](std::initializer_list<std::string_view> path, ContextField what) {
    std::string field;
    for (const auto key : path) field += (field.empty() ? "" : is_xml() ? "/" : ".") + std::string(key);
    if (used_.find(field) == used_.end()) return;
    int node = plan_.source.root();
    bool first = true;
    for (const auto key : path) {
      node = plan_.source.member(node, first ? context_key(key) : std::string(key));
      first = false;
    }
    plan_.context.emplace_back(what, static_cast<std::uint32_t>(plan_.source.slot_of(node)));
  };
  bind({"transfer", "id"}, ContextField::transfer_id);
  bind({"derived", "labourAccess", "since"}, ContextField::labour_since);
  bind({"derived", "labourAccess", "basis"}, ContextField::labour_basis);
  bind({"derived", "age"}, ContextField::age);
  bind({"derived", "minor"}, ContextField::minor);
}

}  // namespace ketenpoort::mapping
