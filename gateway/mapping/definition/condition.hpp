// `when` and `where`: one comparison, or lists under all: / any:.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/formats/pattern.hpp"
#include "gateway/mapping/notation/path.hpp"
#include "gateway/mapping/notation/yaml.hpp"

namespace ketenpoort::mapping {

struct Condition {
  enum class Kind {
    all,
    any,
    exists,
    not_exists,
    equal,
    not_equal,
    less,
    less_or_equal,
    in,
    before,
    after,
    matches
  } kind = Kind::all;
  Position at;
  std::vector<Condition> parts;       // all, any
  Path path;                          // the others
  std::vector<std::string> operands;  // in has several; exists none
  std::shared_ptr<const formats::Pattern> pattern;
};

// "a.b = X", "a in [X, Y]", "exists a", "not exists a", "a before 2026-01-01", "a matches ^[0-9]+$"; or { all: [...] },
// { any: [...] }.
std::optional<Condition> read_condition(const YamlNode& node, Complaints& complaints);

// The condition in one line, as a file would say it: "a = X", "(a = X or not exists a)".
std::string to_text(const Condition& condition);

// How a value compares: numerically when both sides are numbers, as text otherwise (ISO days sort as text).
int compare_values(std::string_view a, std::string_view b);

}  // namespace ketenpoort::mapping
