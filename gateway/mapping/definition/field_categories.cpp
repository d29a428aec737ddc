#include "gateway/mapping/definition/field_categories.hpp"

#include <algorithm>

#include "gateway/formats/suggest.hpp"

namespace ketenpoort::mapping {
namespace {

class Reader {
 public:
  Reader(const std::vector<std::string>& fields, Complaints& complaints)
      : fields_(fields.begin(), fields.end()), complaints_(complaints) {}

  void error(const Position& at, std::string what) { complaints_.error(at, std::move(what)); }

  bool is(const YamlNode& node, YamlNode::Kind kind, const char* what) {
    if (node.kind == kind) return true;
    error(node.at, what);
    return false;
  }

  void only(const YamlNode& node, const std::vector<std::string_view>& known) {
    for (const auto& entry : node.entries)
      if (std::find(known.begin(), known.end(), entry.key) == known.end())
        error(entry.key_at, fmt::format("unknown key {}{}", entry.key, formats::did_you_mean(entry.key, known)));
  }

  // A category, or nothing for `none`.
  std::optional<std::optional<Category>> category(const std::string& text, const Position& at, bool may_be_none) {
    if (may_be_none && text == "none") return std::optional<Category>();
    if (const auto known = parse_category(text)) return std::optional(*known);
    std::vector<std::string_view> names;
    for (const auto c : CategorySet::all().list()) names.push_back(to_text(c));
    error(at, fmt::format("unknown data category {}{}", text, formats::did_you_mean(text, names)));
    return std::nullopt;
  }

  bool is_field(const std::string& name, const Position& at) {
    if (std::find(fields_.begin(), fields_.end(), name) != fields_.end()) return true;
    error(at, fmt::format("the schema has no field {}{}", name, formats::did_you_mean(name, fields_)));
    return false;
  }

 private:
  std::vector<std::string_view> fields_;
  Complaints& complaints_;
};

}  // namespace

bool lies_within(std::string_view field, std::string_view part) {
  return field.starts_with(part) && (field.size() == part.size() || field[part.size()] == '.' ||
                                     field[part.size()] == '/' || field[part.size()] == '[');
}

FieldCategories FieldCategories::read(const YamlNode& root, const std::vector<std::string>& fields,
                                      Complaints& complaints) {
  FieldCategories table;
  Reader reader(fields, complaints);
  if (!reader.is(root, YamlNode::Kind::map, "a table of categories must be a map")) return table;
  reader.only(root, {"categories", "message", "coarser"});
  const auto list = [&](const YamlNode& node, std::optional<Category> category) {
    if (!reader.is(node, YamlNode::Kind::sequence, "here stands a list of fields")) return;
    for (const auto& item : node.items)
      if (reader.is_field(item.text, item.at) && !table.rules_.emplace(item.text, Rule{category, {}}).second)
        reader.error(item.at, fmt::format("{} stands twice; keep one", item.text));
  };
  if (const auto* categories = root.find("categories");
      categories != nullptr && reader.is(categories->value, YamlNode::Kind::map, "categories takes a map"))
    for (const auto& entry : categories->value.entries)
      if (const auto category = reader.category(entry.key, entry.key_at, false)) list(entry.value, *category);
  if (const auto* message = root.find("message")) list(message->value, std::nullopt);
  for (const auto& field : fields)
    if (!table.rules_.contains(field))
      reader.error(root.at, fmt::format("{} has no category; put it under one, or under message: when it is not about "
                                        "the person",
                                        field));
  if (const auto* coarser = root.find("coarser");
      coarser != nullptr && reader.is(coarser->value, YamlNode::Kind::map, "coarser takes a map"))
    for (const auto& entry : coarser->value.entries) {
      if (!reader.is_field(entry.key, entry.key_at) ||
          !reader.is(entry.value, YamlNode::Kind::map, "write { code-list: category }"))
        continue;
      for (const auto& through : entry.value.entries)
        if (const auto category = reader.category(through.value.text, through.value.at, true))
          table.rules_[entry.key].coarser.emplace(through.key, *category);
    }
  table.add_context();
  return table;
}

// What the engine itself adds to the record: what policy concluded. The id of the transfer is the message's.
void FieldCategories::add_context() {
  for (const auto* field : {"derived.labourAccess.since", "derived.labourAccess.basis"})
    rules_[field].category = Category::labour_access;
  for (const auto* field : {"derived.age", "derived.minor"}) rules_[field].category = Category::identity_core;
}

std::map<std::string, std::optional<Category>> FieldCategories::fields() const {
  std::map<std::string, std::optional<Category>> all;
  for (const auto& [field, rule] : rules_) all.emplace(field, rule.category);
  return all;
}

CategorySet FieldCategories::of(const SourceRead& read) const {
  // `referral` is the one of referrals[] that is being sent.
  const auto path = lies_within(read.path, "referral") ? "referrals[]" + read.path.substr(8) : read.path;
  CategorySet found;
  for (const auto& [field, rule] : rules_) {
    if (!lies_within(field, path) && !lies_within(path, field)) continue;
    auto category = rule.category;
    for (const auto& [list, left] : rule.coarser)
      if (read.lists.contains(list)) category = left;
    if (category) found.insert(*category);
  }
  return found;
}

}  // namespace ketenpoort::mapping
