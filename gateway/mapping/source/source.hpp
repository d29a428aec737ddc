// What a mapping reads: its source paths as a key trie that a reader walks along with the input.
#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/byte_block.hpp"
#include "gateway/mapping/steps/value.hpp"

namespace ketenpoort::mapping {

// One value as it was read. An array's slot tells its rows: `first` in its scope's list, `size` of them.
struct Slot {
  union {
    const char* data = nullptr;
    std::uint64_t first;
  };
  std::uint32_t size = 0;
  ValueKind kind = ValueKind::absent;
  // A text as it stood in the input, surely in normal form C; of JSON: JSON can hold it as it is again.
  bool nfc = false;
  bool plain = false;
};

// Where in the rows under way a value stands: the slot of the row at `level` (0: the record itself, then one per
// for_each), after going down `hops` (fixed array indices).
struct Hop {
  std::uint32_t slot = 0;   // of the array
  int index = 0;            // negative: from the end
  std::uint32_t scope = 0;  // of its rows
};
struct SourceRef {
  std::uint32_t slot = 0;
  std::uint16_t level = 0;
  std::uint16_t hop_first = 0;
  std::uint16_t hop_count = 0;
};

// The trie. Built once, then only read.
class SourcePlan {
 public:
  static constexpr int none = -1;
  static constexpr std::size_t most_keys = 64;  // read of one object: duplicates are told by a bit each

  SourcePlan();

  // Building: the node of a member, of the rows of an array, and the slots that keep what stands there.
  int root() const { return 0; }
  int member(int node, std::string_view key);
  int rows_of(int node);           // scope number of the array's rows; the array's slot comes with it
  int element_of(int node) const;  // the node of each row
  int slot_of(int node);
  int selected_of(int node);  // of an array: the one element that `select` names, read in the scope around it
  void seal();                // no more building; makes the look-up tables
  // The same for reading XML documents as they are: `prefix` is what the keys of the namespace `uri` begin with, `root`
  // the local name of the document's element.
  void seal_xml(std::string_view prefix, std::string_view uri, std::string_view root);
  [[nodiscard]] bool fits() const;
  [[nodiscard]] bool reads_xml() const { return !xml_nodes_.empty(); }
  [[nodiscard]] std::size_t scopes() const { return row_sizes_.size(); }
  [[nodiscard]] int scope_of(int node) const { return building_[static_cast<std::size_t>(node)].scope; }

 private:
  friend class SourceReader;
  friend class JsonScan;
  friend class XmlScan;
  using Members = std::map<std::string, int, std::less<>>;
  struct Building {
    Members members;
    int scope = 0;  // whose rows its slots stand in
    int slot = none;
    int rows = none;
    int element = none;
    int selected = none;
    bool qualified = false;  // an element of XML in the namespace
  };
  struct Key {
    std::uint64_t head = 0;  // its first eight bytes
    std::uint64_t tail = 0;  // its last eight bytes, when it has more
    const char* text = nullptr;
    std::uint32_t size = UINT32_MAX;  // of an empty place
    std::int32_t node = none;
    std::uint64_t bit = 0;
    bool is_qualified = false;     // of XML: the element stands in the namespace
    bool is_usual_name = false;    // of XML: ASCII alone, no colon
    std::uint64_t unused[2] = {};  // so that a place is found without multiplying
  };
  struct Table {
    const Key* keys = nullptr;
    std::uint64_t multiplier = 0;
    std::uint32_t shift = 0;
    std::uint32_t linear = 0;  // number of keys when no perfect hash was found
  };
  struct Node {
    Table members;
    std::int32_t slot = none;
    std::int32_t scope = 0;
    std::int32_t rows = none;
    std::int32_t element = none;
    std::int32_t selected = none;
  };
  // What a node reads of an element of XML.
  struct XmlNode {
    Table elements;  // by local name
    Table attributes;
    std::int32_t text = none;     // the slot of its text
    std::int32_t slot = none;     // which tells that it is there: of an array, or of an element that is not text alone
    std::int32_t rows = none;     // as the node's
    std::int32_t element = none;  // of an array: the node of each row
  };
  // `key` must be readable for eight bytes.
  static const Key* find(const Table& table, const char* key, std::uint32_t size);
  static const Key* find_linearly(const Table& table, const char* key, std::uint32_t size, std::uint64_t head);
  static bool is(const Key& known, const char* key, std::uint32_t size, std::uint64_t head);
  Table make_table(const Members& members);

  std::vector<Building> building_;
  std::vector<Node> nodes_;
  std::vector<XmlNode> xml_nodes_;  // as nodes_
  std::string xml_uri_, xml_root_;
  bool xml_prefixless_ = false;    // keys do not tell whether the element stands in the namespace
  std::deque<Members> xml_names_;  // what the keys of xml_nodes_ point into
  std::deque<std::vector<Key>> tables_;
  std::vector<std::uint32_t> row_sizes_;  // slots of a row, by scope
};

// The first eight bytes of a key as a number; zeros where it ends.
inline std::uint64_t head_of(const char* key, std::uint32_t size) {
  std::uint64_t head = 0;
  std::memcpy(&head, key, 8);
  return size >= 8 ? head : head & ((std::uint64_t{1} << (size * 8)) - 1);
}
inline std::uint64_t tail_of(const char* key, std::uint32_t size) {
  std::uint64_t tail = 0;
  if (size > 8) std::memcpy(&tail, key + size - 8, 8);
  return tail;
}
// Spreads keys well enough that small tables find a place for each.
inline std::uint64_t mix(std::uint64_t head, const char* key, std::uint32_t size) {
  const auto last = size == 0 ? 0U : static_cast<unsigned char>(key[size - 1]);
  return head ^ (std::uint64_t{size} << 56) ^ (std::uint64_t{last} << 40);
}

[[gnu::always_inline]] inline bool SourcePlan::is(const Key& known, const char* key, std::uint32_t size,
                                                  std::uint64_t head) {
  if (known.head != head || known.size != size) return false;
  return size <= 8 || (known.tail == tail_of(key, size) && (size <= 16 || same_long_text(known.text, key, size)));
}

[[gnu::always_inline]] inline const SourcePlan::Key* SourcePlan::find(const Table& table, const char* key,
                                                                      std::uint32_t size) {
  if (table.keys == nullptr) return nullptr;
  const auto head = head_of(key, size);
  if (table.linear != 0) [[unlikely]]
    return find_linearly(table, key, size, head);
  const Key& known = table.keys[(mix(head, key, size) * table.multiplier) >> table.shift];
  return is(known, key, size, head) ? &known : nullptr;
}

}  // namespace ketenpoort::mapping
