#include "gateway/mapping/compile/target_compiler.hpp"

#include <algorithm>

#include "gateway/formats/json.hpp"
#include "gateway/mapping/compile/category_check.hpp"
#include "gateway/mapping/definition/line_text.hpp"

namespace ketenpoort::mapping {

std::uint32_t TargetCompiler::keep(EmitNode node) {
  plan_.nodes.push_back(std::move(node));
  return static_cast<std::uint32_t>(plan_.nodes.size() - 1);
}

int TargetCompiler::id_of(const std::string& id) {
  const auto [at, is_new] = ids_.emplace(id, static_cast<int>(plan_.ids.size()));
  if (is_new) plan_.ids.push_back(id);
  return at->second;
}

std::uint32_t TargetCompiler::line_of(const Target& target, const formats::SchemaNode* schema) {
  const auto number = values_.line(*target.line, target.scope, target.path, schema);
  auto& line = plan_.lines[number];
  line.conditions = target.conditions;
  for (const auto& read : target.told)
    if (read.use == SourceRead::Use::rows) line.rows = read.path;
  line.definition = to_text(*target.line, plan_.definition.defaults);
  line.policies = policies_of(*target.line, plan_.definition.defaults);
  line.is_plain = target.line->origin != Line::Origin::choose && target.line->origin != Line::Origin::pick;
  check_categories(plan_, line, target, complaints_);
  return number;
}

void TargetCompiler::append(EmitNode& parent, std::uint32_t child) {
  const auto& node = plan_.nodes[child];
  if (node.kind == EmitNode::Kind::constant) {
    if (parent.children.empty()) {
      parent.prefix += node.prefix;
      return;
    }
    auto& before = plan_.nodes[parent.children.back()];
    if (before.kind == EmitNode::Kind::constant) {
      before.prefix += node.prefix;
      return;
    }
  }
  parent.children.push_back(child);
}

std::uint32_t TargetCompiler::finish(EmitNode node, bool wraps_value) {
  if (node.kind != EmitNode::Kind::container || node.when || node.id >= 0 || !node.needed.empty() ||
      node.most != SIZE_MAX || node.least > 1 || node.children.empty() || node.children.size() > 2)
    return keep(std::move(node));
  const auto& leaf = plan_.nodes[node.children[0]];
  if (leaf.kind != EmitNode::Kind::leaf || leaf.when) return keep(std::move(node));
  std::string tail;
  if (node.children.size() == 2) {
    if (plan_.nodes[node.children[1]].kind != EmitNode::Kind::constant) return keep(std::move(node));
    tail = plan_.nodes[node.children[1]].prefix;
  }
  EmitNode merged = leaf;
  merged.prefix = node.prefix + leaf.prefix;
  merged.suffix = leaf.suffix + tail;
  if (node.trims_comma) merged.suffix.pop_back();
  merged.suffix += node.suffix;
  merged.vanishes_alone = leaf.vanishes_alone || (!wraps_value && !node.demanded);
  return keep(std::move(merged));
}

// Down through containers that are there exactly when the one part of them is that changes.
const EmitNode& TargetCompiler::what_decides(std::uint32_t number) const {
  const auto& node = plan_.nodes[number];
  if (node.kind != EmitNode::Kind::container || node.when) return node;
  const auto changes = [&](std::uint32_t child) { return plan_.nodes[child].kind != EmitNode::Kind::constant; };
  if (std::count_if(node.children.begin(), node.children.end(), changes) != 1) return node;
  return what_decides(*std::find_if(node.children.begin(), node.children.end(), changes));
}

void TargetCompiler::warn_of_absence(const Target& container, const std::vector<RequiredChild>& required,
                                     std::size_t changing) {
  // With one changing part the container is there exactly when that is; the message as a whole must be there.
  if (changing < 2 && !container.path.empty()) return;
  for (const auto& [target, number] : required) {
    const auto& node = what_decides(number);
    if (node.kind != EmitNode::Kind::leaf) continue;
    const auto& line = plan_.lines[node.line];
    if (line.may_be_absent)
      complaints_.warning(
          target->at, fmt::format("the target schema requires {}, but {} may be absent in the record and there is then "
                                  "no message; say required: true, or missing: {{ value: .. }}",
                                  target->path, line.value.source));
    else if (node.when && !line.required)
      complaints_.warning(target->at,
                          fmt::format("the target schema requires {}, but its `when` may not hold and there "
                                      "is then no message",
                                      target->path));
  }
}

std::string TargetCompiler::quote(std::string_view text) {
  std::string out = "\"";
  formats::append_escaped(out, text);
  return out + '"';
}

}  // namespace ketenpoort::mapping
