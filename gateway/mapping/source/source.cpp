#include "gateway/mapping/source/source.hpp"

#include <algorithm>
#include <cstring>

#include "gateway/mapping/source/xml_pieces.hpp"

namespace ketenpoort::mapping {
SourcePlan::SourcePlan() : building_(1), row_sizes_(1, 0) {}

int SourcePlan::member(int node, std::string_view key) {
  auto& parent = building_[static_cast<std::size_t>(node)];
  if (const auto known = parent.members.find(key); known != parent.members.end()) return known->second;
  const int index = static_cast<int>(building_.size());
  const int scope = parent.scope;
  parent.members.emplace(std::string(key), index);
  building_.emplace_back();
  building_.back().scope = scope;
  return index;
}

int SourcePlan::slot_of(int node) {
  auto& b = building_[static_cast<std::size_t>(node)];
  if (b.slot == none) b.slot = static_cast<int>(row_sizes_[static_cast<std::size_t>(b.scope)]++);
  return b.slot;
}

int SourcePlan::rows_of(int node) {
  slot_of(node);
  if (building_[static_cast<std::size_t>(node)].rows == none) {
    const int scope = static_cast<int>(row_sizes_.size());
    row_sizes_.push_back(0);
    const int element = static_cast<int>(building_.size());
    building_.emplace_back();
    building_.back().scope = scope;
    building_[static_cast<std::size_t>(node)].rows = scope;
    building_[static_cast<std::size_t>(node)].element = element;
  }
  return building_[static_cast<std::size_t>(node)].rows;
}

int SourcePlan::element_of(int node) const {
  return building_[static_cast<std::size_t>(node)].element;
}

int SourcePlan::selected_of(int node) {
  if (building_[static_cast<std::size_t>(node)].selected == none) {
    const int selected = static_cast<int>(building_.size());
    const int scope = building_[static_cast<std::size_t>(node)].scope;
    building_.emplace_back();
    building_.back().scope = scope;
    building_[static_cast<std::size_t>(node)].selected = selected;
  }
  return building_[static_cast<std::size_t>(node)].selected;
}

bool SourcePlan::fits() const {
  return std::all_of(building_.begin(), building_.end(),
                     [](const Building& b) { return b.members.size() <= most_keys; });
}

void SourcePlan::seal() {
  nodes_.resize(building_.size());
  for (std::size_t i = 0; i < building_.size(); ++i) {
    const auto& b = building_[i];
    auto& n = nodes_[i];
    n.slot = b.slot;
    n.scope = b.scope;
    n.rows = b.rows;
    n.element = b.element;
    n.selected = b.selected;
    if (!b.members.empty()) n.members = make_table(b.members);
  }
}

// Looks for a multiplier that gives every key a place of its own; the odd case where two keys look the same to the hash
// is searched one by one.
SourcePlan::Table SourcePlan::make_table(const Members& members) {
  Table made;
  std::vector<Key> keys;
  for (const auto& [text, index] : members) {
    char padded[8] = {};
    std::memcpy(padded, text.data(), std::min<std::size_t>(text.size(), 8));
    const auto size = static_cast<std::uint32_t>(text.size());
    keys.push_back({head_of(padded, size),
                    tail_of(text.data(), size),
                    text.data(),
                    size,
                    index,
                    std::uint64_t{1} << (keys.size() % most_keys),
                    building_[static_cast<std::size_t>(index)].qualified,
                    is_usual_xml_name(text),
                    {}});
  }
  std::uint32_t bits = 1;
  while ((std::size_t{1} << bits) < keys.size() * 2) ++bits;
  std::uint64_t multiplier = 0x9E3779B97F4A7C15ULL;
  for (int attempt = 0; attempt < 4000; ++attempt) {
    if (attempt % 1000 == 999) ++bits;
    multiplier = multiplier * 6364136223846793005ULL + 1442695040888963407ULL;
    std::vector<Key> table(std::size_t{1} << bits);
    const bool perfect = std::all_of(keys.begin(), keys.end(), [&](const Key& key) {
      auto& place = table[(mix(key.head, key.text, key.size) * (multiplier | 1)) >> (64 - bits)];
      if (place.text != nullptr) return false;
      place = key;
      return true;
    });
    if (!perfect) continue;
    made.keys = tables_.emplace_back(std::move(table)).data();
    made.multiplier = multiplier | 1;
    made.shift = 64 - bits;
    return made;
  }
  made.linear = static_cast<std::uint32_t>(keys.size());
  made.keys = tables_.emplace_back(std::move(keys)).data();
  return made;
}

const SourcePlan::Key* SourcePlan::find_linearly(const Table& table, const char* key, std::uint32_t size,
                                                 std::uint64_t head) {
  for (std::uint32_t i = 0; i < table.linear; ++i)
    if (is(table.keys[i], key, size, head)) return &table.keys[i];
  return nullptr;
}

void SourcePlan::seal_xml(std::string_view prefix, std::string_view uri, std::string_view root) {
  const auto selects = [](const Building& b) { return b.selected != none; };
  if (std::any_of(building_.begin(), building_.end(), selects)) return;  // XML has no referrals
  xml_uri_ = std::string(uri);
  xml_root_ = std::string(root);
  const auto start = prefix.empty() ? std::string{} : std::string(prefix) + ":";
  xml_nodes_.resize(building_.size());
  xml_prefixless_ = prefix.empty();
  for (std::size_t i = 0; i < building_.size(); ++i) {
    auto& node = xml_nodes_[i];
    const auto& b = building_[i];
    auto& elements = xml_names_.emplace_back();
    auto& attributes = xml_names_.emplace_back();
    node.rows = b.rows;
    node.element = b.element;
    // Nothing but text in it: the text is its value.
    (b.rows == none && b.members.empty() ? node.text : node.slot) = b.slot;
    for (const auto& [key, index] : b.members) {
      const bool qualified = !start.empty() && key.starts_with(start);
      if (key == "#text") node.text = building_[static_cast<std::size_t>(index)].slot;
      if (key.starts_with('@')) attributes.emplace(key.substr(1), index);
      if (key.starts_with('#') || key.starts_with('@') || key.starts_with('\0')) continue;
      elements.emplace(qualified ? key.substr(start.size()) : key, index);
      building_[static_cast<std::size_t>(index)].qualified = qualified;
    }
    if (!elements.empty()) node.elements = make_table(elements);
    if (!attributes.empty()) node.attributes = make_table(attributes);
  }
}

}  // namespace ketenpoort::mapping
