// The target as a tree: lines of the mapping and of its fragments put where they belong. One tree for JSON and XML.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/mapping/compile/source_resolver.hpp"

namespace ketenpoort::mapping {

struct Target {
  enum class Kind { members, value, list, rows, reference } kind = Kind::members;
  std::string name;  // key, element, @attribute or #text; empty in a list
  std::string path;  // from the root, for messages: rows and list elements add nothing
  Position at;       // of the line
  Position key_at;   // of the target path that brought it in
  Scope scope;       // in which the line's paths are read
  const Line* line = nullptr;
  std::vector<std::unique_ptr<Target>> children;  // members, elements of a list; of rows: the one child each row makes
  std::optional<ConditionPlan> when;
  SourceResolver::Rows rows;  // rows
  std::optional<ConditionPlan> where;
  std::string conditions;        // of this and of what surrounds it, in words
  std::vector<SourceRead> told;  // what those look at, and the arrays that it stands in a row of
  bool closed = false;           // by a `when`: no other line may add to it
  bool demanded = false;         // the target's schema requires it in its container

  // Constants only: part of its surroundings, not something the person's data brings about.
  [[nodiscard]] bool is_constant() const;
};

}  // namespace ketenpoort::mapping
