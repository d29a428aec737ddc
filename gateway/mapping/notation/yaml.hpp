// YAML without its surprises: maps, sequences and text. No anchors, aliases, tags, merge keys, nulls or duplicate keys;
// scalars stay the text that stands there (NO is not false, 1.0 is not 1).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/mapping/notation/complaints.hpp"

namespace ketenpoort::mapping {

struct YamlEntry;

struct YamlNode {
  enum class Kind { scalar, sequence, map } kind = Kind::scalar;
  Position at;
  std::string text;                // scalar
  std::vector<YamlNode> items;     // sequence
  std::vector<YamlEntry> entries;  // map, in the file's order

  [[nodiscard]] const YamlEntry* find(std::string_view key) const;
};

struct YamlEntry {
  std::string key;
  Position key_at;
  YamlNode value;
};

// Nothing when the file cannot be read as one document; the complaints say why. `file` must outlive the nodes.
std::optional<YamlNode> read_yaml(std::string_view text, std::string_view file, Complaints& complaints);

}  // namespace ketenpoort::mapping
