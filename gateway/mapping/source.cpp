#include "gateway/mapping/source.hpp"

#include <algorithm>
#include <cstring>

#include "gateway/formats/json_events.hpp"

namespace ketenpoort::mapping {
namespace {

constexpr std::size_t deepest = 128;
constexpr std::size_t padding = 16;  // a key's head is read eight bytes at a time

// The first eight bytes of a key as a number; zeros where it ends. `key` must be readable for eight bytes.
std::uint64_t head_of(const char* key, std::uint32_t size) {
  std::uint64_t head = 0;
  std::memcpy(&head, key, 8);
  return size >= 8 ? head : head & ((std::uint64_t{1} << (size * 8)) - 1);
}

std::uint64_t mix(std::uint64_t head, const char* key, std::uint32_t size) {
  const auto last = size == 0 ? 0U : static_cast<unsigned char>(key[size - 1]);
  return head ^ (std::uint64_t{size} << 56) ^ (std::uint64_t{last} << 40);
}

}  // namespace

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
    if (!b.members.empty()) make_table(n, b.members);
  }
}

// Looks for a multiplier that gives every key a place of its own; the odd case where two keys look the same to the hash
// is searched one by one.
void SourcePlan::make_table(Node& node, const std::map<std::string, int, std::less<>>& members) {
  std::vector<Key> keys;
  for (const auto& [text, index] : members) {
    char padded[8] = {};
    std::memcpy(padded, text.data(), std::min<std::size_t>(text.size(), 8));
    const auto size = static_cast<std::uint32_t>(text.size());
    keys.push_back({head_of(padded, size), text.data(), size, index, std::uint64_t{1} << (keys.size() % most_keys)});
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
    node.table = tables_.emplace_back(std::move(table)).data();
    node.multiplier = multiplier | 1;
    node.shift = 64 - bits;
    return;
  }
  node.linear = static_cast<std::uint32_t>(keys.size());
  node.table = tables_.emplace_back(std::move(keys)).data();
}

inline const SourcePlan::Key* SourcePlan::find(const Node& node, const char* key, std::uint32_t size) const {
  if (node.table == nullptr) return nullptr;
  const auto head = head_of(key, size);
  const auto same = [&](const Key& k) {
    return k.head == head && k.size == size && k.text != nullptr &&
           (size <= 8 || std::memcmp(k.text + 8, key + 8, size - 8) == 0);
  };
  if (node.linear != 0) {
    for (std::uint32_t i = 0; i < node.linear; ++i)
      if (same(node.table[i])) return &node.table[i];
    return nullptr;
  }
  const Key& k = node.table[(mix(head, key, size) * node.multiplier) >> node.shift];
  return same(k) ? &k : nullptr;
}

// The parser's events.
struct SourceEvents {
  const SourcePlan& plan;
  SourceReader& reader;
  std::size_t select;
  const SourcePlan::Node* coming;  // node of the value that comes next; null: nobody reads it
  std::size_t depth = 0;           // of frames
  std::size_t skipped = 0;         // levels within a subtree nobody reads
  const char* complaint = nullptr;

  bool refuse(const char* what) {
    complaint = what;
    return false;
  }

  // The node for a value, taking note of a new row.
  const SourcePlan::Node* arrive() {
    if (depth == 0 || !reader.frames_[depth - 1].array) return coming;
    auto& frame = reader.frames_[depth - 1];
    const auto index = frame.index++;
    const auto& array = *frame.node;
    if (array.selected != SourcePlan::none && index == select)
      return &plan.nodes_[static_cast<std::size_t>(array.selected)];
    if (array.rows == SourcePlan::none) return nullptr;
    const auto scope = static_cast<std::size_t>(array.rows);
    const auto begin = static_cast<std::uint32_t>(reader.arena_.size());
    reader.arena_.resize(begin + plan.row_sizes_[scope]);
    reader.rows_[scope].push_back(begin);
    reader.current_[scope] = begin;
    return &plan.nodes_[static_cast<std::size_t>(array.element)];
  }

  Slot& slot(const SourcePlan::Node& node) {
    return reader.arena_[reader.current_[static_cast<std::size_t>(node.scope)] + static_cast<std::uint32_t>(node.slot)];
  }

  bool scalar(ValueKind kind, const char* text, std::uint32_t size) {
    if (skipped > 0) return true;
    const auto* node = arrive();
    if (node == nullptr || node->slot == SourcePlan::none) return true;
    auto& s = slot(*node);
    s.data = text;
    s.size = size;
    s.kind = kind;
    return true;
  }

  bool open(bool array) {
    if (depth + skipped >= deepest) return refuse("the record is nested too deeply");
    if (skipped > 0) {
      ++skipped;
      return true;
    }
    const auto* node = arrive();
    if (node == nullptr) {
      skipped = 1;
      return true;
    }
    auto& frame = reader.frames_[depth++];
    frame = {node, 0, 0, 0, array};
    if (node->slot != SourcePlan::none) {
      auto& s = slot(*node);
      s.kind = array ? ValueKind::array : ValueKind::object;
      s.size = 0;
      if (array && node->rows != SourcePlan::none) s.first = reader.rows_[static_cast<std::size_t>(node->rows)].size();
    }
    return true;
  }

  bool close(std::uint32_t size) {
    if (skipped > 0) {
      --skipped;
      return true;
    }
    const auto& frame = reader.frames_[--depth];
    if (frame.node->slot != SourcePlan::none) slot(*frame.node).size = size;
    return true;
  }

  bool Null() { return skipped > 0 || (arrive(), true); }
  bool Bool(bool yes) { return scalar(ValueKind::boolean, yes ? "true" : "false", yes ? 4 : 5); }
  bool Int(int) { return false; }  // numbers come as text only
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
  bool RawNumber(const char* text, unsigned size, bool) { return scalar(ValueKind::number, text, size); }
  bool String(const char* text, unsigned size, bool) { return scalar(ValueKind::string, text, size); }
  bool Key(const char* text, unsigned size, bool) {
    if (skipped > 0) return true;
    auto& frame = reader.frames_[depth - 1];
    const auto* key = plan.find(*frame.node, text, size);
    if (key == nullptr) {
      coming = nullptr;
      return true;
    }
    if ((frame.seen & key->bit) != 0) return refuse("the same key stands twice in one object");
    frame.seen |= key->bit;
    coming = &plan.nodes_[static_cast<std::size_t>(key->node)];
    return true;
  }
  bool StartObject() { return open(false); }
  bool EndObject(unsigned size) { return close(size); }
  bool StartArray() { return open(true); }
  bool EndArray(unsigned size) { return close(size); }
};

const char* SourceReader::read(const SourcePlan& plan, std::string_view text, std::size_t select) {
  const auto fault = formats::check_json_text(text);
  if (fault.what != nullptr) return fault.what;
  surely_nfc_ = fault.surely_nfc;
  if (buffer_.size() < text.size() + padding) buffer_.resize(text.size() + padding);
  std::memcpy(buffer_.data(), text.data(), text.size());
  std::memset(buffer_.data() + text.size(), 0, padding);
  arena_.clear();
  arena_.resize(plan.row_sizes_[0]);
  if (rows_.size() < plan.scopes()) rows_.resize(plan.scopes());
  for (auto& rows : rows_) rows.clear();
  current_.assign(plan.scopes(), 0);
  SourceEvents events{plan, *this, select, &plan.nodes_[0]};
  const auto result = formats::parse_in_situ(parser_, buffer_.data(), events);
  if (events.complaint != nullptr) return events.complaint;
  return result.IsError() ? "the record is not JSON" : nullptr;
}

}  // namespace ketenpoort::mapping
