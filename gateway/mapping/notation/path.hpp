// Paths into the source: RFC 9535 singular queries without the leading `$.`; for XML p:elem/@attr and #text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/mapping/notation/complaints.hpp"

namespace ketenpoort::mapping {

struct PathStep {
  std::string key;           // member of an object, when there is no index
  std::optional<int> index;  // element of an array; negative counts from the end
  bool every = false;        // [] : every element (only where lint rules name fields, and of what join puts together)
  bool operator==(const PathStep&) const = default;
};

struct Path {
  std::vector<PathStep> steps;
  bool absolute = false;  // began with `$`: from the record's root, even inside for_each and fragments
  std::string text;
  Position at{};        // where it stands in the file
  bool xml = false;     // written as into XML
  bool broken = false;  // no path at all: its place was complained about
};

// In XML: p:a/p:b[0]/@c, #text, /p:a from the root. In JSON:
// a.b[0].c, ['odd name'], @ for the current element, $.a from the root. `allow_every` also takes [].
Result<Path> parse_path(std::string_view text, bool allow_every = false);

}  // namespace ketenpoort::mapping
