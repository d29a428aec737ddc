// Reading only what a mapping needs: its source paths as a key trie that the parser's events drive. What no path leads
// to is counted for depth and otherwise passed over.
#pragma once

#include <rapidjson/reader.h>

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/mapping/value.hpp"

namespace ketenpoort::mapping {

// One value as it was read. An array's slot tells its rows: `first` in its scope's list, `size` of them.
struct Slot {
  union {
    const char* data = nullptr;
    std::uint64_t first;
  };
  std::uint32_t size = 0;
  ValueKind kind = ValueKind::absent;
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
  void seal();                // no more building; makes the look-up tables. False: too many keys in one object.
  [[nodiscard]] bool fits() const;
  [[nodiscard]] std::size_t scopes() const { return row_sizes_.size(); }
  [[nodiscard]] int scope_of(int node) const { return building_[static_cast<std::size_t>(node)].scope; }

 private:
  friend class SourceReader;
  friend struct SourceEvents;
  struct Building {
    std::map<std::string, int, std::less<>> members;
    int scope = 0;  // whose rows its slots stand in
    int slot = none;
    int rows = none;
    int element = none;
    int selected = none;
  };
  struct Key {
    std::uint64_t head = 0;  // its first eight bytes
    const char* text = nullptr;
    std::uint32_t size = 0;
    std::int32_t node = none;
    std::uint64_t bit = 0;
  };
  struct Node {
    const Key* table = nullptr;
    std::uint64_t multiplier = 0;
    std::uint32_t shift = 0;
    std::int32_t slot = none;
    std::int32_t scope = 0;
    std::int32_t rows = none;
    std::int32_t element = none;
    std::int32_t selected = none;
    std::uint32_t linear = 0;  // number of keys when no perfect hash was found
  };
  const Key* find(const Node& node, const char* key, std::uint32_t size) const;
  void make_table(Node& node, const std::map<std::string, int, std::less<>>& members);

  std::vector<Building> building_;
  std::vector<Node> nodes_;
  std::deque<std::vector<Key>> tables_;
  std::vector<std::uint32_t> row_sizes_;  // slots of a row, by scope
};

// What was read of one record, and the memory for it: keep one per thread.
class SourceReader {
 public:
  // Reads `text`; `select` is the index for selected_of. The complaint's words, or null when all is well.
  const char* read(const SourcePlan& plan, std::string_view text, std::size_t select);

  [[nodiscard]] const Slot* root() const { return arena_.data(); }
  [[nodiscard]] Slot* root() { return arena_.data(); }
  [[nodiscard]] const Slot* row(std::uint32_t scope, std::uint64_t index) const {
    return arena_.data() + rows_[scope][static_cast<std::size_t>(index)];
  }
  [[nodiscard]] bool surely_nfc() const { return surely_nfc_; }

 private:
  friend struct SourceEvents;
  struct Frame {
    const SourcePlan::Node* node;
    std::uint64_t seen;
    std::uint32_t index;
    std::uint32_t saved_row;  // of the rows' scope, before this array
    bool array;
  };
  std::vector<char> buffer_;
  std::vector<Slot> arena_;
  std::vector<std::vector<std::uint32_t>> rows_;  // by scope: where in the arena each row begins
  std::vector<std::uint32_t> current_;            // by scope: the row being read
  std::array<Frame, 130> frames_;
  rapidjson::Reader parser_;
  bool surely_nfc_ = false;
};

}  // namespace ketenpoort::mapping
