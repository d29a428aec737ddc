// The JSON side: every member writes its trailing comma, and its container takes the last one back.
#include <algorithm>

#include "gateway/formats/suggest.hpp"
#include "gateway/mapping/compile/category_check.hpp"
#include "gateway/mapping/compile/target_compiler.hpp"

namespace ketenpoort::mapping {
namespace {

using formats::SchemaNode;

bool is_choice(const SchemaNode& schema) {
  return !schema.one_of.empty() || !schema.any_of.empty() || !schema.all_of.empty();
}

}  // namespace

void JsonTargetCompiler::compile(Target& root) {
  collect_ids(root);
  const auto* schema = plan_.target_schema ? &plan_.target_schema->root() : nullptr;
  plan_.root = members(root, {}, settle(schema, root));
  auto& node = plan_.nodes[plan_.root];
  if (!node.suffix.empty() && node.suffix.back() == ',') node.suffix.pop_back();
  for (const auto& [id, number] : ids_)
    if (defined_.find(id) == defined_.end()) {
      std::vector<std::string_view> names;
      for (const auto& [name, at] : defined_) names.push_back(name);
      complaints_.error(referred_.at(id),
                        fmt::format("ref {}: no node has this \"@id\"{}", id, formats::did_you_mean(id, names)));
    }
}

void JsonTargetCompiler::collect_ids(const Target& target) {
  if (target.kind == Target::Kind::members)
    for (const auto& child : target.children)
      if (child->name == "@id" && child->kind == Target::Kind::value && child->line->origin == Line::Origin::value &&
          child->line->as.empty()) {
        const auto [at, is_new] = defined_.emplace(child->line->text, target.at);
        if (!is_new)
          complaints_.error(child->at,
                            fmt::format("the node {} stands in line {} already", child->line->text, at->second.line));
      }
  for (const auto& child : target.children) collect_ids(*child);
}

std::uint32_t JsonTargetCompiler::node(Target& target, const SchemaNode* schema) {
  const std::string prefix = target.name.empty() ? std::string{} : quote(target.name) + ":";
  switch (target.kind) {
    case Target::Kind::value:
      return value(target, prefix, schema);
    case Target::Kind::members:
      return members(target, prefix, settle(schema, target));
    case Target::Kind::list:
      return list(target, prefix, schema);
    case Target::Kind::rows:
      return rows(target, prefix, schema);
    case Target::Kind::reference:
      break;
  }
  return reference(target, prefix, schema);
}

std::uint32_t JsonTargetCompiler::value(Target& target, const std::string& prefix, const SchemaNode* schema) {
  EmitNode n;
  n.target = target.path;
  if (schema != nullptr && (schema->kinds == formats::kind_object || schema->kinds == formats::kind_array)) {
    complaints_.error(target.at, fmt::format("{} is {} in the target; give it {}", target.path,
                                             schema->kinds == formats::kind_object ? "an object" : "an array",
                                             schema->kinds == formats::kind_object ? "fields (a/b), or literal/as"
                                                                                   : "for_each or items"));
    schema = nullptr;
  }
  const auto line = line_of(target, schema);
  if (target.line->origin == Line::Origin::value && !target.when) {
    n.kind = EmitNode::Kind::constant;
    const bool text =
        schema == nullptr || ValueCompiler::constant_kind(target.line->text, *schema) == ValueKind::string;
    n.prefix = prefix + (text ? quote(target.line->text) : target.line->text) + ",";
    return keep(std::move(n));
  }
  n.kind = EmitNode::Kind::leaf;
  n.line = line;
  n.prefix = prefix;
  n.suffix = ",";
  n.when = target.when;
  return keep(std::move(n));
}

// Which form of a choice this is, told by its constants ("@type"). More than one left: only the finished message can
// tell.
const SchemaNode* JsonTargetCompiler::settle(const SchemaNode* schema, const Target& target) {
  if (schema == nullptr || !is_choice(*schema)) return schema;
  const auto& forms = !schema->one_of.empty() ? schema->one_of : schema->any_of;
  if (!schema->all_of.empty() || forms.empty()) {
    plan_.whole_check = true;
    return nullptr;
  }
  std::vector<const SchemaNode*> left;
  for (const auto* form : forms)
    if (could_be(*form, target)) left.push_back(form);
  if (left.empty()) {
    complaints_.error(
        target.at,
        fmt::format("{}: none of the forms the target schema allows here has these constants; look at its @type",
                    target.path));
    return nullptr;
  }
  if (left.size() == 1 && !is_choice(*left[0])) return left[0];
  plan_.whole_check = true;
  return nullptr;
}

bool JsonTargetCompiler::could_be(const SchemaNode& form, const Target& target) const {
  if (is_choice(form)) return true;
  if ((form.kinds & formats::kind_object) == 0) return false;
  return std::all_of(target.children.begin(), target.children.end(), [&](const auto& child) {
    const auto* property = form.find(child->name);
    if (child->kind != Target::Kind::value || child->line->origin != Line::Origin::value || child->when) return true;
    if (property == nullptr || property->schema == nullptr) return form.additional_allowed;
    return formats::scalar_fits(*property->schema, formats::JsonKind::string, child->line->text);
  });
}

const SchemaNode* JsonTargetCompiler::member_schema(const SchemaNode* schema, const Target& child) {
  if (schema == nullptr) return nullptr;
  if (const auto* property = schema->find(child.name); property != nullptr) return property->schema;
  // A schema that names its members and is silent about others takes them, says draft-04. A name it does not know is
  // a typo all the same.
  const bool names_members =
      std::ranges::any_of(schema->properties, [](const auto& p) { return p.schema != nullptr; });  // not just required
  const bool is_open = schema->additional_stated || !names_members;
  if (schema->additional_allowed && is_open) return schema->additional;
  std::vector<std::string_view> names;
  for (const auto& p : schema->properties) names.push_back(p.name);
  complaints_.error(child.key_at, fmt::format("{}: the target schema has no {} there{}", child.path, child.name,
                                              formats::did_you_mean(child.name, names)));
  return nullptr;
}

std::uint32_t JsonTargetCompiler::members(Target& target, std::string prefix, const SchemaNode* schema) {
  EmitNode n;
  n.target = target.path;
  n.kind = target.is_constant() && !target.path.empty() ? EmitNode::Kind::constant : EmitNode::Kind::container;
  n.prefix = std::move(prefix) + "{";
  n.suffix = "},";
  n.trims_comma = true;
  n.when = target.when;
  n.demanded = target.demanded;
  if (schema != nullptr && (schema->kinds & formats::kind_object) == 0) {
    complaints_.error(target.at, fmt::format("{} is no object in the target", target.path));
    schema = nullptr;
  }
  std::vector<RequiredChild> required;
  for (auto& child : target.children) {
    const auto* property = schema == nullptr ? nullptr : schema->find(child->name);
    const bool needed = property != nullptr && property->required && !child->is_constant();
    child->demanded = property != nullptr && property->required;
    const auto number = node(*child, member_schema(schema, *child));
    const auto count = n.children.size();
    append(n, number);
    if (needed && n.children.size() > count) {
      n.needed.push_back(static_cast<std::uint32_t>(count));
      required.push_back({child.get(), number});
    }
    if (child->name == "@id" && child->kind == Target::Kind::value && child->line->origin == Line::Origin::value &&
        child->line->as.empty() && defined_.find(child->line->text) != defined_.end())
      n.id = id_of(child->line->text);
  }
  if (schema != nullptr)
    for (const auto& p : schema->properties) {
      const bool has_line =
          std::any_of(target.children.begin(), target.children.end(), [&](const auto& c) { return c->name == p.name; });
      if (p.required && !has_line)
        complaints_.error(target.at, fmt::format("the target schema requires {}{}{}, but no line writes it",
                                                 target.path, target.path.empty() ? "" : "/", p.name));
    }
  // With one changing part only, the container is there exactly when that part is.
  const auto changing = std::count_if(n.children.begin(), n.children.end(),
                                      [&](auto c) { return plan_.nodes[c].kind != EmitNode::Kind::constant; });
  if (changing == 1) n.needed.clear();
  warn_of_absence(target, required, static_cast<std::size_t>(changing));
  if (n.kind != EmitNode::Kind::constant)
    return target.path.empty() ? keep(std::move(n)) : finish(std::move(n), target.line != nullptr);
  if (n.prefix.back() == ',') n.prefix.pop_back();
  n.prefix += n.suffix;
  return keep(std::move(n));
}

std::uint32_t JsonTargetCompiler::list(Target& target, const std::string& prefix, const SchemaNode* schema) {
  EmitNode n;
  n.target = target.path;
  n.kind = target.is_constant() ? EmitNode::Kind::constant : EmitNode::Kind::container;
  n.prefix = prefix + "[";
  n.suffix = "],";
  n.trims_comma = true;
  n.when = target.when;
  if (schema != nullptr && (schema->kinds & formats::kind_array) == 0) {
    complaints_.error(target.at, fmt::format("{} is no array in the target", target.path));
    schema = nullptr;
  }
  for (auto& child : target.children) {
    if (child->is_constant()) ++n.constants;
    if (child->kind == Target::Kind::rows) n.counts_rows = true;
    append(n, element(*child, schema == nullptr ? nullptr : schema->items));
  }
  if (schema != nullptr) count_elements(n, target, *schema);
  if (n.kind != EmitNode::Kind::constant) return keep(std::move(n));
  if (n.prefix.back() == ',') n.prefix.pop_back();
  n.prefix += n.suffix;
  return keep(std::move(n));
}

// An element of a list, or as many as a source has rows: those are elements of the list itself.
std::uint32_t JsonTargetCompiler::element(Target& target, const SchemaNode* schema) {
  if (target.kind != Target::Kind::rows) return node(target, schema);
  auto rows = rows_of(target, schema);
  rows.are_elements = true;
  return keep(std::move(rows));
}

void JsonTargetCompiler::count_elements(EmitNode& n, const Target& target, const SchemaNode& schema) {
  if (schema.unique_items) plan_.whole_check = true;
  const auto constants = n.constants;
  const auto written = target.children.size();
  if (schema.max_items && (n.counts_rows || *schema.max_items < written))
    n.most = *schema.max_items - std::min(constants, *schema.max_items);
  if (schema.min_items && *schema.min_items > constants) n.least = *schema.min_items - constants;
  if (schema.max_items && *schema.max_items < constants)
    complaints_.error(target.at, fmt::format("{} may have at most {} elements, but {} constants are written",
                                             target.path, *schema.max_items, constants));
  if (!n.counts_rows && n.least > written - constants)
    complaints_.error(target.at, fmt::format("{} must have at least {} elements, but only {} are written", target.path,
                                             *schema.min_items, written));
}

EmitNode JsonTargetCompiler::rows_of(Target& target, const SchemaNode* element) {
  EmitNode n;
  n.target = target.path;
  n.kind = EmitNode::Kind::rows;
  n.when = target.when;
  n.where = target.where;
  n.ref = target.rows.array.ref;
  n.scope = target.rows.scope;
  n.level = target.rows.row.level;
  n.children.push_back(node(*target.children[0], element));
  return n;
}

std::uint32_t JsonTargetCompiler::rows(Target& target, const std::string& prefix, const SchemaNode* schema) {
  if (schema != nullptr && (schema->kinds & formats::kind_array) == 0) {
    complaints_.error(target.at, fmt::format("{} is no array in the target", target.path));
    schema = nullptr;
  }
  auto n = rows_of(target, schema == nullptr ? nullptr : schema->items);
  n.prefix = prefix + "[";
  n.suffix = "],";
  n.trims_comma = true;
  if (schema != nullptr) {
    if (schema->unique_items) plan_.whole_check = true;
    n.least = schema->min_items.value_or(0);
    n.most = schema->max_items.value_or(SIZE_MAX);
  }
  return keep(std::move(n));
}

std::uint32_t JsonTargetCompiler::reference(Target& target, const std::string& prefix, const SchemaNode* schema) {
  EmitNode n;
  n.target = target.path;
  n.kind = EmitNode::Kind::reference;
  check_reference(plan_, target, complaints_);
  n.prefix = prefix + "{\"@id\":" + quote(target.line->text) + "},";
  n.id = id_of(target.line->text);
  referred_.emplace(target.line->text, target.line->text_at);
  n.when = target.when;
  if (schema != nullptr) {
    Target id;
    id.name = "@id";
    id.path = target.path;
    id.at = target.at;
    id.key_at = target.at;
    const auto* inner = member_schema(schema, id);
    if (inner != nullptr && !formats::scalar_fits(*inner, formats::JsonKind::string, target.line->text))
      complaints_.error(target.at,
                        fmt::format("{} does not fit the target: {}", target.line->text,
                                    formats::fault_of_scalar(*inner, formats::JsonKind::string, target.line->text)));
  }
  return keep(std::move(n));
}

}  // namespace ketenpoort::mapping
