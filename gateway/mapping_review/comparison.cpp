#include "gateway/mapping_review/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "gateway/mapping/plan.hpp"

namespace ketenpoort::mapping_review {
namespace {

using mapping::CodeList;
using mapping::LinePlan;
using mapping::Mapping;
using mapping::Plan;

// The lines, constants among them, each with its target path and which of that path's lines it is.
std::map<std::pair<std::string, int>, const LinePlan*> lines_of(const Plan& plan) {
  std::map<std::string, int> seen;
  std::map<std::pair<std::string, int>, const LinePlan*> lines;
  for (std::size_t i = 0; i < plan.lines.size(); ++i)
    lines.emplace(std::pair(plan.lines[i].target, seen[plan.lines[i].target]++), &plan.lines[i]);
  return lines;
}

const CodeList* code_list_of(const Plan& plan, const LinePlan& line) {
  const auto name = line.code_list.substr(0, line.code_list.find(' '));
  const auto found = plan.code_lists.find(name);
  return found == plan.code_lists.end() ? nullptr : found->second.get();
}

// What one list says more, less and otherwise than the other: "isced-to-kbi: + 9, - 8, 3 says otherwise".
std::string code_change(const CodeList* before, const CodeList* after) {
  if (before == nullptr || after == nullptr || before == after) return {};
  std::map<std::string, std::string> old_codes;
  std::map<std::string, std::string> new_codes;
  for (const auto& entry : before->entries()) old_codes[entry.source] += entry.target + ";";
  for (const auto& entry : after->entries()) new_codes[entry.source] += entry.target + ";";
  std::string words;
  const auto add = [&](std::string text) { words += (words.empty() ? "" : ", ") + std::move(text); };
  for (const auto& [source, target] : new_codes) {
    const auto old = old_codes.find(source);
    if (old == old_codes.end())
      add("+ " + source);
    else if (old->second != target)
      add(source + " says otherwise");
  }
  for (const auto& [source, target] : old_codes)
    if (!new_codes.contains(source)) add("- " + source);
  return words.empty() ? words : fmt::format("code list {}: {}", after->name(), words);
}

std::string category_name(const std::optional<Category>& category) {
  return category ? std::string(to_text(*category)) : std::string("none");
}

std::vector<std::string> changes(const Plan& old_plan, const LinePlan& before, const Plan& new_plan,
                                 const LinePlan& after) {
  std::vector<std::string> words;
  const auto compare = [&](const char* what, const std::string& a, const std::string& b) {
    if (a != b) words.push_back(fmt::format("{}: {} -> {}", what, a.empty() ? "none" : a, b.empty() ? "none" : b));
  };
  compare("category", category_name(before.category), category_name(after.category));
  compare("source", before.value.source, after.value.source);
  compare("constant", before.value.constant, after.value.constant);
  compare("steps", before.steps, after.steps);
  compare("condition", before.conditions, after.conditions);
  compare("required", before.required ? "yes" : "no", after.required ? "yes" : "no");
  const auto list_name = [](const LinePlan& line) { return line.code_list.substr(0, line.code_list.find(' ')); };
  compare("code list", list_name(before), list_name(after));
  compare("when missing, wrong or unknown", before.policies, after.policies);
  // Whatever else is otherwise: which element is picked, which branch comes first.
  if (words.empty() || !before.is_plain || !after.is_plain)
    compare("how it is made", before.definition, after.definition);
  if (auto codes = code_change(code_list_of(old_plan, before), code_list_of(new_plan, after)); !codes.empty())
    words.push_back(std::move(codes));
  return words;
}

std::vector<std::string> missing_in(const std::vector<std::string>& from, const std::vector<std::string>& other) {
  std::vector<std::string> missing;
  for (const auto& each : from)
    if (std::find(other.begin(), other.end(), each) == other.end()) missing.push_back(each);
  return missing;
}

}  // namespace

Comparison compare(const Mapping& before, const Mapping& after) {
  Comparison result;
  result.before = before.name() + " " + before.version();
  result.after = after.name() + " " + after.version();
  result.recipient_before = before.recipient();
  result.recipient_after = after.recipient();
  result.purposes_added = missing_in(after.purposes(), before.purposes());
  result.purposes_removed = missing_in(before.purposes(), after.purposes());

  const auto old_lines = lines_of(before.plan());
  const auto new_lines = lines_of(after.plan());
  std::map<std::string, CategoryChange> found;
  const auto change_in = [&](const std::optional<Category>& category) -> CategoryChange& {
    auto& change = found[category_name(category)];
    change.category = category;
    return change;
  };
  for (const auto& [key, line] : new_lines) {
    const auto old = old_lines.find(key);
    if (old == old_lines.end()) {
      change_in(line->category).fields.push_back({FieldChange::Kind::added, line->target, line->at, {}});
      continue;
    }
    auto words = changes(before.plan(), *old->second, after.plan(), *line);
    if (!words.empty())
      change_in(line->category)
          .fields.push_back({FieldChange::Kind::changed, line->target, line->at, std::move(words)});
  }
  for (const auto& [key, line] : old_lines)
    if (!new_lines.contains(key))
      change_in(line->category).fields.push_back({FieldChange::Kind::removed, line->target, line->at, {}});
  for (const auto category : before.categories().without(after.categories()).list()) change_in(category);
  for (const auto category : after.categories().without(before.categories()).list()) change_in(category);
  for (auto& [name, change] : found) {
    if (change.category) {
      change.is_new = !before.categories().contains(*change.category);
      change.is_gone = !after.categories().contains(*change.category);
    }
    result.categories.push_back(std::move(change));
  }
  return result;
}

}  // namespace ketenpoort::mapping_review
