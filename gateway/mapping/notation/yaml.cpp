#include "gateway/mapping/notation/yaml.hpp"

#include <algorithm>

#include "gateway/formats/yaml.hpp"

namespace ketenpoort::mapping {
namespace {

constexpr std::size_t deepest = 32;

YamlNode convert(formats::YamlNode&& node, std::string_view file, Complaints& complaints) {
  using Kind = formats::YamlNode::Kind;
  YamlNode result;
  result.at = {file, static_cast<int>(node.line), static_cast<int>(node.column)};
  result.text = std::move(node.text);
  switch (node.kind) {
    case Kind::null:
      complaints.error(result.at,
                       "a value is missing here (null, ~ or nothing); write one, or quote the word if it is meant");
      break;
    case Kind::scalar:
      break;
    case Kind::sequence:
      result.kind = YamlNode::Kind::sequence;
      for (auto& item : node.items) result.items.push_back(convert(std::move(item), file, complaints));
      break;
    case Kind::mapping:
      result.kind = YamlNode::Kind::map;
      for (auto& [key, value] : node.members) {
        const Position key_at{file, static_cast<int>(key.line), static_cast<int>(key.column)};
        if (key.text == "<<") complaints.error(key_at, "merge keys (<<) are not allowed; use a fragment");
        result.entries.push_back({std::move(key.text), key_at, convert(std::move(value), file, complaints)});
      }
  }
  return result;
}

}  // namespace

const YamlEntry* YamlNode::find(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const YamlEntry& e) { return e.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

std::optional<YamlNode> read_yaml(std::string_view text, std::string_view file, Complaints& complaints) {
  auto parsed = formats::parse_yaml(text, {.depth = deepest});
  if (parsed) return convert(std::move(*parsed), file, complaints);
  if (parsed.error().issues.empty()) complaints.error({file, 1, 1}, parsed.error().message);
  for (auto& issue : parsed.error().issues) complaints.error_at(fmt::format("{}:{}", file, issue.where), issue.detail);
  return std::nullopt;
}

}  // namespace ketenpoort::mapping
