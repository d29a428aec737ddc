// JSON-LD as somebody takes it who reads it as triples.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "gateway/formats/json.hpp"

namespace ketenpoort::test {

// Is it an IRI, or a name with a prefix that the context declares?
inline bool is_name(std::string_view text, const formats::JsonView& context) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || text.find(' ') != std::string_view::npos) return false;
  const auto before = text.substr(0, colon);
  return before == "urn" || before == "https" || context.find(before);
}

// The members whose value is a name and would be read as a text, because the context does not say what they hold.
inline void find_names_read_as_texts(const formats::JsonView& node, const formats::JsonView& context,
                                     std::set<std::string>& found) {
  for (const auto each : node.elements()) find_names_read_as_texts(each, context, found);
  for (const auto [key, value] : node.members()) {
    if (key.starts_with('@')) continue;
    if (is_name(value.as_string().value_or(""), context) && context.find(key).find("@type").as_string() != "@id")
      found.insert(std::string(key));
    find_names_read_as_texts(value, context, found);
  }
}

inline std::set<std::string> names_read_as_texts(std::string_view document) {
  const auto parsed = formats::parse_json(document).value();
  std::set<std::string> found;
  find_names_read_as_texts(parsed.root(), parsed.root().find("@context"), found);
  return found;
}

}  // namespace ketenpoort::test
