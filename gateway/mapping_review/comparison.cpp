#include "gateway/mapping_review/comparison.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "gateway/mapping/plan/plan.hpp"

namespace ketenpoort::mapping_review {
namespace {

using mapping::CodeList;
using mapping::LinePlan;
using mapping::Mapping;
using mapping::Plan;

// The lines that write one target path, constants among them, in the order of the file: more than one where a list is
// made of several templates or sources.
using Lines = std::vector<const LinePlan*>;

std::map<std::string, Lines> by_target(const Plan& plan) {
  std::map<std::string, Lines> lines;
  for (const auto& line : plan.lines) lines[line.target].push_back(&line);
  return lines;
}

const Lines& lines_of(const std::map<std::string, Lines>& all, const std::string& target) {
  static const Lines none;
  const auto found = all.find(target);
  return found == all.end() ? none : found->second;
}

// For each of `after` the line that it was before, if any: the next from the same array, or else the next that is left.
std::map<const LinePlan*, const LinePlan*> find_pairs(const Lines& before, const Lines& after) {
  std::map<const LinePlan*, const LinePlan*> pairs;
  std::set<const LinePlan*> taken;
  const auto pair_off = [&](bool of_the_same_array) {
    for (const auto* line : after) {
      if (pairs.contains(line)) continue;
      const auto old = std::ranges::find_if(before, [&](const auto* candidate) {
        return !taken.contains(candidate) && (!of_the_same_array || candidate->rows == line->rows);
      });
      if (old == before.end()) continue;
      pairs.emplace(line, *old);
      taken.insert(*old);
    }
  };
  pair_off(true);
  pair_off(false);
  return pairs;
}

// "a, b -> b, a" when the lines that stayed come in another order.
std::string order_change(const Lines& before, const Lines& after,
                         const std::map<const LinePlan*, const LinePlan*>& pairs) {
  Lines stayed;
  for (const auto* line : after)
    if (const auto pair = pairs.find(line); pair != pairs.end()) stayed.push_back(pair->second);
  Lines kept;
  std::ranges::copy_if(before, std::back_inserter(kept),
                       [&](const auto* line) { return std::ranges::find(stayed, line) != stayed.end(); });
  if (kept == stayed) return {};
  const auto names = [](const Lines& lines) {
    std::vector<std::string> words;
    for (const auto* line : lines) words.push_back(line->rows.empty() ? line->at : line->rows);
    return fmt::format("{}", fmt::join(words, ", "));
  };
  return fmt::format("order: {} -> {}", names(kept), names(stayed));
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
  compare("once per element of", before.rows, after.rows);
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

  const auto old_lines = by_target(before.plan());
  const auto new_lines = by_target(after.plan());
  std::map<std::string, CategoryChange> found;
  const auto change_in = [&](const std::optional<Category>& category) -> CategoryChange& {
    auto& change = found[category_name(category)];
    change.category = category;
    return change;
  };
  std::set<const LinePlan*> stayed;
  const auto note = [&](FieldChange::Kind kind, const LinePlan& line, std::vector<std::string> words) {
    change_in(line.category).fields.push_back({kind, line.target, line.at, std::move(words)});
  };
  for (const auto& [target, lines] : new_lines) {
    const auto& old = lines_of(old_lines, target);
    const auto pairs = find_pairs(old, lines);
    auto order = order_change(old, lines, pairs);
    for (const auto* line : lines) {
      const auto pair = pairs.find(line);
      if (pair == pairs.end()) {
        note(FieldChange::Kind::added, *line, {});
        continue;
      }
      stayed.insert(pair->second);
      auto words = changes(before.plan(), *pair->second, after.plan(), *line);
      if (!order.empty()) words.push_back(std::exchange(order, {}));
      if (!words.empty()) note(FieldChange::Kind::changed, *line, std::move(words));
    }
  }
  for (const auto& [target, lines] : old_lines)
    for (const auto* line : lines)
      if (!stayed.contains(line)) note(FieldChange::Kind::removed, *line, {});
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
