// The XML side: attributes first, then elements in the schema's order.
#include <algorithm>

#include "gateway/formats/suggest.hpp"
#include "gateway/formats/xml.hpp"
#include "gateway/formats/xml_names.hpp"
#include "gateway/mapping/compile/target_compiler.hpp"

namespace ketenpoort::mapping {
namespace {

using formats::XsdElement;
using formats::XsdType;

constexpr std::string_view declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

bool is_attribute(const Target& t) {
  return !t.name.empty() && t.name[0] == '@';
}

}  // namespace

// Declarations go into every message, so each must be one that XML takes.
void XmlTargetCompiler::check_namespaces() {
  const auto& end = plan_.definition.target;
  for (const auto& [prefix, uri] : end.namespaces) {
    const bool is_name = formats::xml_name_length(prefix, 0) == prefix.size() &&
                         prefix.find(':') == std::string::npos && !prefix.starts_with("xml");
    if (!is_name) complaints_.error(end.at, fmt::format("{} is no prefix that XML takes", prefix));
    if (uri.empty() || !formats::is_xml_text(uri) || uri.starts_with("http://www.w3.org/XML/1998/namespace") ||
        uri.starts_with("http://www.w3.org/2000/xmlns/"))
      complaints_.error(end.at, fmt::format("the prefix {} must be bound to the URI of a namespace", prefix));
  }
}

void XmlTargetCompiler::compile(Target& root) {
  check_namespaces();
  const auto& end = plan_.definition.target;
  const auto colon = end.root.find(':');
  prefix_ = colon == std::string::npos ? std::string{} : end.root.substr(0, colon);
  const auto name = colon == std::string::npos ? end.root : end.root.substr(colon + 1);
  const auto* schema = plan_.target_xsd ? plan_.target_xsd->root(name) : nullptr;
  if (plan_.target_xsd && schema == nullptr) {
    const auto roots = plan_.target_xsd->roots();
    complaints_.error(end.at, fmt::format("the schema has no root element {}{}", name,
                                          formats::did_you_mean(name, {roots.begin(), roots.end()})));
  }
  std::string spaces;
  for (const auto& [prefix, uri] : end.namespaces) {
    spaces += prefix.empty() ? " xmlns=\"" : fmt::format(" xmlns:{}=\"", prefix);
    formats::append_xml_attribute(spaces, uri);
    spaces += '"';
  }
  if (plan_.target_xsd && !plan_.target_xsd->target_namespace().empty()) {
    const auto own = end.namespaces.find(prefix_);
    if (own == end.namespaces.end() || own->second != plan_.target_xsd->target_namespace())
      complaints_.error(end.at, fmt::format("the prefix of {} must be bound to the schema's namespace {}", end.root,
                                            plan_.target_xsd->target_namespace()));
  }
  if (schema != nullptr) check_provable(*plan_.target_xsd);
  root.name = name;
  plan_.root = element(root, schema, spaces);
  auto& node = plan_.nodes[plan_.root];
  node.prefix.insert(0, declaration);
}

// Is a message valid whose structure and texts are?
void XmlTargetCompiler::check_provable(const formats::XsdSchema& schema) {
  const auto& namespaces = plan_.definition.target.namespaces;
  const bool in_a_namespace = !prefix_.empty() || namespaces.contains("");
  if (!schema.is_understood() || (schema.target_namespace().empty() && in_a_namespace)) plan_.xsd_unprovable = true;
}

std::string XmlTargetCompiler::qualified(const Target& target, const XsdElement* schema) const {
  return schema != nullptr && schema->qualified && !prefix_.empty() ? prefix_ + ":" + target.name : target.name;
}

void XmlTargetCompiler::sort(Target& target, const XsdType* type) {
  std::stable_sort(target.children.begin(), target.children.end(), [&](const auto& a, const auto& b) {
    if (is_attribute(*a) != is_attribute(*b)) return is_attribute(*a);
    if (is_attribute(*a) || type == nullptr) return false;
    return type->position(a->name) < type->position(b->name);
  });
}

std::uint32_t XmlTargetCompiler::text(Target& target, std::string prefix, std::string suffix, const XsdType* type,
                                      const formats::XsdText* rule) {
  EmitNode n;
  n.target = target.path;
  n.when = target.when;
  if (type != nullptr && !type->has_text)
    complaints_.error(target.at, fmt::format("{} holds elements, not text; write one of them", target.path));
  const auto line = line_of(target, nullptr);
  if (target.line->origin == Line::Origin::value && !target.when) {
    if (type != nullptr && !type->allowed.empty() &&
        std::find(type->allowed.begin(), type->allowed.end(), target.line->text) == type->allowed.end())
      complaints_.error(target.at, fmt::format("{} is not a value the schema allows{}", target.line->text,
                                               formats::did_you_mean(target.line->text,
                                                                     {type->allowed.begin(), type->allowed.end()})));
    if (rule == nullptr || !rule->surely_fits(target.line->text)) plan_.xsd_unprovable = true;
    if (!formats::is_xml_text(target.line->text))
      complaints_.error(target.line->text_at, "the constant holds a control character, which XML cannot carry");
    n.kind = EmitNode::Kind::constant;
    n.prefix = std::move(prefix);
    if (is_attribute(target))
      formats::append_xml_attribute(n.prefix, target.line->text);
    else
      formats::append_xml_text(n.prefix, target.line->text);
    n.prefix += suffix;
    return keep(std::move(n));
  }
  if (type != nullptr && !type->allowed.empty()) check_codes(target, plan_.lines[line].value, *type);
  n.kind = EmitNode::Kind::leaf;
  n.line = line;
  n.prefix = std::move(prefix);
  n.suffix = std::move(suffix);
  n.attribute = is_attribute(target);
  n.text = rule;
  return keep(std::move(n));
}

// Values that are known when compiling, against those that the schema lists.
void XmlTargetCompiler::check_codes(const Target& target, const ValuePlan& value, const XsdType& type) {
  for (const auto& branch : value.branches) check_codes(target, branch, type);
  const auto allowed = [&](const std::string& text) {
    return std::find(type.allowed.begin(), type.allowed.end(), text) != type.allowed.end();
  };
  const auto refuse = [&](const Position& at, const std::string& text) {
    complaints_.error(at.file.empty() ? target.at : at,
                      fmt::format("{} is not a value the schema allows{}", text,
                                  formats::did_you_mean(text, {type.allowed.begin(), type.allowed.end()})));
  };
  const auto fits = [&](const Policy& policy) {
    if (policy.kind == Policy::Kind::value && !allowed(policy.value)) refuse(policy.at, policy.value);
  };
  for (const auto* policy : {&value.missing, &value.error, &value.unmapped}) fits(*policy);
  for (const auto& step : value.steps)
    if (step.policy) fits(*step.policy);
  if (value.origin == Line::Origin::value && !allowed(value.constant)) refuse(target.line->text_at, value.constant);
  if (value.steps.empty() || value.steps.back().kind->name != "codes" || value.steps.back().arguments.codes == nullptr)
    return;
  const auto& step = value.steps.back();
  std::string wrong;
  for (const auto& entry : step.arguments.codes->entries()) {
    const auto& code = step.arguments.number == 1 ? entry.source : entry.target;
    if (!code.empty() && !allowed(code)) wrong += (wrong.empty() ? "" : ", ") + code;
  }
  if (!wrong.empty())
    complaints_.error(step.at, fmt::format("codes of the list {} that {} does not take: {}",
                                           step.arguments.codes->name(), target.path, wrong));
}

std::uint32_t XmlTargetCompiler::element(Target& target, const XsdElement* schema, const std::string& attributes) {
  const auto* type = schema == nullptr ? nullptr : schema->type;
  const auto* rule = type == nullptr ? nullptr : type->text.get();
  const auto tag = qualified(target, schema);
  // A default namespace would take in an element that is in none.
  if (schema != nullptr && !schema->qualified && plan_.definition.target.namespaces.contains(""))
    plan_.xsd_unprovable = true;
  const bool repeated = target.kind == Target::Kind::rows || target.kind == Target::Kind::list;
  if (repeated && schema != nullptr && !schema->repeats && target.kind == Target::Kind::rows)
    complaints_.error(target.at, fmt::format("{} may stand only once in the target; use pick", target.path));
  if (target.kind == Target::Kind::value && type != nullptr && type->has_text) check_written(target, *type);
  if (target.kind == Target::Kind::value)
    return text(target, "<" + tag + attributes + ">", "</" + tag + ">", type, rule);
  EmitNode n;
  n.target = target.path;
  n.when = target.when;
  if (repeated) {
    n.kind = target.kind == Target::Kind::rows ? EmitNode::Kind::rows : EmitNode::Kind::container;
    n.ref = target.rows.array.ref;
    n.scope = target.rows.scope;
    n.level = target.rows.row.level;
    n.where = target.where;
    if (schema != nullptr) n.most_rows = schema->most;
    const bool counts = schema != nullptr && (schema->most != SIZE_MAX || schema->least > 1);
    if (counts && (target.kind == Target::Kind::list || schema->least > 1)) plan_.xsd_unprovable = true;
    for (auto& child : target.children) n.children.push_back(element(*child, schema, {}));
    return keep(std::move(n));
  }
  n.kind = target.is_constant() && !target.path.empty() ? EmitNode::Kind::constant : EmitNode::Kind::container;
  n.prefix = "<" + tag + attributes;
  n.suffix = "</" + tag + ">";
  n.demanded = target.demanded;
  sort(target, type);
  std::vector<RequiredChild> required;
  bool open = true;
  const auto close = [&] {
    if (!open) return;
    open = false;
    EmitNode end;
    end.prefix = ">";
    append(n, keep(std::move(end)));
  };
  const auto add = [&](const Target& child, std::uint32_t number, bool asked) {
    const auto position = n.children.size();
    append(n, number);
    if (asked && !child.is_constant() && n.children.size() > position)
      n.asked.push_back(static_cast<std::uint32_t>(position));
  };
  for (auto& child : target.children) {
    if (is_attribute(*child)) {
      const auto name = child->name.substr(1);
      const XsdType::Attribute* known = nullptr;
      if (type != nullptr)
        for (const auto& a : type->attributes)
          if (a.name == name) known = &a;
      if (type != nullptr && known == nullptr) {
        std::vector<std::string> names;
        for (const auto& a : type->attributes) names.push_back("@" + a.name);
        complaints_.error(child->key_at, fmt::format("{}: the target schema has no such attribute{}", child->path,
                                                     formats::did_you_mean(child->name, {names.begin(), names.end()})));
      }
      if (child->kind != Target::Kind::value)
        complaints_.error(child->at, "an attribute takes one value");
      else
        add(*child,
            text(*child, fmt::format(" {}=\"", name), "\"", nullptr,
                 known == nullptr || known->type == nullptr ? nullptr : known->type->text.get()),
            known != nullptr && known->required);
      continue;
    }
    close();
    if (child->name == "#text") {
      if (child->kind == Target::Kind::value)
        add(*child, text(*child, {}, {}, type, rule), true);
      else
        complaints_.error(child->at, "#text takes one value");
      continue;
    }
    const auto* inner = type == nullptr ? nullptr : type->find(child->name);
    if (type != nullptr && inner == nullptr) {
      std::vector<std::string_view> names;
      for (const auto& e : type->children) names.push_back(e.name);
      complaints_.error(child->key_at, fmt::format("{}: the target schema has no {} there{}", child->path, child->name,
                                                   formats::did_you_mean(child->name, names)));
    }
    child->demanded = inner != nullptr && inner->required;
    const auto number = element(*child, inner, {});
    if (inner != nullptr && inner->least > 1) plan_.xsd_unprovable = true;
    if (inner != nullptr && inner->required && !child->is_constant()) required.push_back({child.get(), number});
    add(*child, number, inner != nullptr && inner->required);
  }
  close();
  const bool says_text = std::any_of(target.children.begin(), target.children.end(),
                                     [](const auto& child) { return child->name == "#text"; });
  if (type != nullptr && type->has_text && !says_text && (rule == nullptr || !rule->surely_fits("")))
    plan_.xsd_unprovable = true;
  const auto changing = std::count_if(n.children.begin(), n.children.end(),
                                      [&](auto c) { return plan_.nodes[c].kind != EmitNode::Kind::constant; });
  warn_of_absence(target, required, static_cast<std::size_t>(changing));
  if (type != nullptr) check_written(target, *type);
  if (n.kind != EmitNode::Kind::constant) return target.path.empty() ? keep(std::move(n)) : finish(std::move(n), false);
  n.prefix += n.suffix;
  return keep(std::move(n));
}

// What the schema requires must have a line.
void XmlTargetCompiler::check_written(const Target& target, const XsdType& type) {
  const auto has_line = [&](const std::string& name) {
    return std::any_of(target.children.begin(), target.children.end(), [&](const auto& c) { return c->name == name; });
  };
  const auto require = [&](const std::string& name) {
    if (!has_line(name))
      complaints_.error(target.at, fmt::format("the target schema requires {}{}{}, but no line writes it", target.path,
                                               target.path.empty() ? "" : "/", name));
  };
  for (const auto& e : type.children)
    if (e.required) require(e.name);
  for (const auto& a : type.attributes)
    if (a.required) require("@" + a.name);
}

}  // namespace ketenpoort::mapping
