// YAML 1.2 as people should write it: one document of mappings, sequences and scalars, read into a tree that knows
// where everything stands. Scalars stay text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/base/result.hpp"

namespace ketenpoort::formats {

struct YamlLimits {
  std::size_t bytes = std::size_t{1} << 20;
  std::size_t depth = 64;
  std::size_t nodes = 100'000;
};

struct YamlNode {
  enum class Kind : std::uint8_t { null, scalar, sequence, mapping };  // null: nothing stands there, or ~ or null
  Kind kind = Kind::null;
  bool quoted = false;  // a scalar in quotes or a block: "1.0" is meant as text
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  std::string text;             // of a scalar
  std::vector<YamlNode> items;  // of a sequence
  std::vector<std::pair<YamlNode, YamlNode>>
      members{};  // of a mapping, in the file's order; keys are scalars, each once

  [[nodiscard]] bool is(Kind wanted) const { return kind == wanted; }
  [[nodiscard]] const YamlNode* find(std::string_view key) const;  // null when absent or no mapping
};
std::string_view to_text(YamlNode::Kind kind);  // "a mapping", "nothing": reads in a sentence

// Refuses what hides things: anchors, aliases, tags, duplicate keys, keys that are no scalars, a second document,
// invalid UTF-8. All at once, each an issue with where = "line:column"; after a syntax error only that one.
Result<YamlNode> parse_yaml(std::string_view text, const YamlLimits& limits = {});

}  // namespace ketenpoort::formats
