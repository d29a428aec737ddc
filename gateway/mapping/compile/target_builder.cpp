#include "gateway/mapping/compile/target_builder.hpp"

#include <algorithm>

#include "gateway/formats/suggest.hpp"

namespace ketenpoort::mapping {
namespace {

using Origin = Line::Origin;

// "nl" is a language; "dateTime" a type, which JSON-LD of the Klantvolgsysteem writes DateTime.
bool is_language(std::string_view literal) {
  return (literal.size() == 2 || literal.size() == 3) &&
         std::all_of(literal.begin(), literal.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

void tell(const ConditionPlan& condition, std::vector<SourceRead>& told) {
  for (const auto& part : condition.parts) tell(part, told);
  if (condition.parts.empty()) told.push_back({condition.field, {}, SourceRead::Use::condition});
}

void add_condition(Target& node, const Condition& condition, const ConditionPlan& plan) {
  node.conditions += (node.conditions.empty() ? "" : " and ") + to_text(condition);
  tell(plan, node.told);
}

// What surrounds a node counts for what stands in it.
void stand_under(const Target& outer, Target& node) {
  node.conditions = outer.conditions;
  node.told = outer.told;
}

std::string type_name(std::string literal) {
  if (!literal.empty() && literal[0] >= 'a' && literal[0] <= 'z') literal[0] = static_cast<char>(literal[0] - 32);
  return literal;
}

}  // namespace

bool Target::is_constant() const {
  if (kind == Kind::value) return line->origin == Origin::value && !when;
  if (kind == Kind::reference || kind == Kind::rows || when) return false;
  return std::all_of(children.begin(), children.end(), [](const auto& c) { return c->is_constant(); });
}

std::unique_ptr<Target> TargetBuilder::build(const std::vector<Field>& fields) {
  auto root = std::make_unique<Target>();
  root->at = plan_.definition.fields_at;
  root->scope = resolver_.record();
  add_fields(*root, fields, root->scope);
  return root;
}

void TargetBuilder::add_fields(Target& parent, const std::vector<Field>& fields, const Scope& scope) {
  for (const auto& field : fields) add(parent, field.target, field, scope);
}

Target& TargetBuilder::child(Target& parent, std::string_view name, const Position& at) {
  for (auto& c : parent.children)
    if (c->name == name) return *c;
  auto& c = *parent.children.emplace_back(std::make_unique<Target>());
  c.name = std::string(name);
  c.path = parent.path.empty() ? c.name : parent.path + "/" + c.name;
  c.at = at;
  c.key_at = at;
  c.scope = parent.scope;
  stand_under(parent, c);
  return c;
}

void TargetBuilder::add(Target& parent, std::string_view path, const Field& field, const Scope& scope) {
  const auto slash = path.find('/');
  const auto name = path.substr(0, slash);
  if (name.empty()) return complaints_.error(field.at, "the target path has an empty level");
  if (printable(name) != name) return complaints_.error(field.at, "the target path holds a control character");
  if (parent.closed)
    return complaints_.error(field.at, "the container has a `when` of its own; put this line inside it");
  auto& node = child(parent, name, field.at);
  if (slash == std::string_view::npos) {
    // XML: an element may have text and attributes, so a value may join members that are attributes only.
    const bool attributes_only =
        std::all_of(node.children.begin(), node.children.end(), [](const auto& c) { return c->name[0] == '@'; });
    const bool gives_value = field.line.origin != Origin::include && field.line.origin != Origin::fields &&
                             field.line.origin != Origin::for_each && field.line.origin != Origin::items;
    if (plan_.xml && gives_value && name[0] != '@' && name != "#text" && !node.children.empty() && attributes_only &&
        node.line == nullptr) {
      auto& text = child(node, "#text", field.at);
      text.path = node.path;
      return place(text, field.line, scope);
    }
    const bool taken = node.line != nullptr || node.kind != Target::Kind::members;
    const bool merges = node.kind == Target::Kind::members &&
                        (field.line.origin == Origin::include || field.line.origin == Origin::fields);
    if (taken || (!node.children.empty() && !merges))
      return complaints_.error(field.at,
                               fmt::format("{} is written twice (also in line {}); keep one", node.path, node.at.line));
    if (merges && !node.children.empty() && field.line.when)
      return complaints_.error(
          field.at, fmt::format("{} already has fields, so a `when` here would not hold for all of it", node.path));
    return place(node, field.line, scope);
  }
  if (plan_.xml && node.kind == Target::Kind::value && path[slash + 1] == '@') {  // a text that gets attributes
    auto text = std::make_unique<Target>();
    text->kind = node.kind;
    text->name = "#text";
    text->path = node.path;
    text->at = node.at;
    text->scope = node.scope;
    text->line = node.line;
    text->when = std::move(node.when);
    stand_under(node, *text);
    node.kind = Target::Kind::members;
    node.line = nullptr;
    node.when.reset();
    node.children.push_back(std::move(text));
  }
  if (node.kind != Target::Kind::members)
    return complaints_.error(field.at, fmt::format("{} is written in line {} already, as something without fields",
                                                   node.path, node.at.line));
  add(node, path.substr(slash + 1), field, scope);
}

std::optional<ConditionPlan> TargetBuilder::when(const Line& line, const Scope& scope) {
  if (!line.when) return std::nullopt;
  return values_.decision(*line.when, scope, "when");
}

const Line& TargetBuilder::constant(std::string text, const Position& at) {
  auto& line = *made_.emplace_back(std::make_unique<Line>());
  line.origin = Origin::value;
  line.text = std::move(text);
  line.at = at;
  return line;
}

void TargetBuilder::place(Target& node, const Line& line, const Scope& scope) {
  node.at = line.at;
  node.scope = scope;
  if (line.origin != Origin::include && line.origin != Origin::fields) node.line = &line;
  if (line.when) {
    node.when = when(line, scope);
    add_condition(node, *line.when, *node.when);
    node.closed = true;
  }
  switch (line.origin) {
    case Origin::include:
      return include(node, line, scope);
    case Origin::fields: {
      node.closed = false;
      add_fields(node, line.fields, scope);
      node.closed = line.when.has_value();
      return;
    }
    case Origin::items:
      node.kind = Target::Kind::list;
      for (const auto& item : line.lines) {
        auto& element = *node.children.emplace_back(std::make_unique<Target>());
        element.path = node.path;
        stand_under(node, element);
        if (plan_.xml) element.name = node.name;
        place(element, item, scope);
      }
      return;
    case Origin::for_each: {
      node.kind = Target::Kind::rows;
      node.rows = resolver_.rows(line.path, scope, line.at);
      if (line.where) node.where = values_.decision(*line.where, node.rows.row, "where");
      auto& row = *node.children.emplace_back(std::make_unique<Target>());
      row.path = node.path;
      stand_under(node, row);
      row.told.push_back({node.rows.array.full, {}, SourceRead::Use::rows});
      if (node.where) add_condition(row, *line.where, *node.where);
      row.at = line.at;
      row.scope = node.rows.row;
      if (plan_.xml) row.name = node.name;
      const bool is_text = !plan_.xml && line.fields.size() == 1 && line.fields[0].target == "#text";
      if (is_text) return place(row, line.fields[0].line, node.rows.row);
      add_fields(row, line.fields, node.rows.row);
      return;
    }
    case Origin::ref:
      node.kind = Target::Kind::reference;
      if (plan_.xml) complaints_.error(line.at, "ref belongs to JSON-LD; XML has no nodes to refer to");
      return;
    default:
      break;
  }
  if (line.literal.empty() && line.as.empty()) {
    node.kind = Target::Kind::value;
    return;
  }
  if (plan_.xml) return complaints_.error(line.at, "literal and as belong to JSON-LD targets");
  wrap(node, line, scope);
}

// { "@value": v, "@language": "nl" }, { "@value": v, "@type": "DateTime" } or { "@id": v }.
void TargetBuilder::wrap(Target& node, const Line& line, const Scope& scope) {
  node.kind = Target::Kind::members;
  auto& value = child(node, line.as.empty() ? "@value" : line.as, line.at);
  value.path = node.path;
  value.kind = Target::Kind::value;
  value.scope = scope;
  value.line = &line;
  value.when = std::move(node.when);  // the wrapping goes with its value
  node.when.reset();
  if (line.literal.empty()) return;
  const bool language = is_language(line.literal);
  auto& tag = child(node, language ? "@language" : "@type", line.at);
  tag.kind = Target::Kind::value;
  tag.line = &constant(language ? line.literal : type_name(line.literal), line.at);
}

void TargetBuilder::include(Target& node, const Line& line, const Scope& scope) {
  const auto found = fragments_.find(line.text);
  if (found == fragments_.end()) {
    std::vector<std::string_view> names;
    for (const auto& [name, fragment] : fragments_) names.push_back(name);
    return complaints_.error(line.text_at, fmt::format("there is no fragment {} under use:{}", line.text,
                                                       formats::did_you_mean(line.text, names)));
  }
  included_.insert(line.text);
  if (scope.in_fragment)
    return complaints_.error(line.text_at, "fragments are one level deep: a fragment includes no other");
  Scope inner = line.path.steps.empty() && !line.path.absolute ? scope : resolver_.part(line.path, scope, line.at);
  inner.in_fragment = true;
  const bool closed = node.closed;
  node.closed = false;
  add_fields(node, found->second.fields, inner);
  node.closed = closed;
}

}  // namespace ketenpoort::mapping
