// Messages made readable: what fits on a line stays on one, long lists show their beginning, and the rest is counted.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::cli {

struct ExcerptLimits {
  std::size_t width = 100;     // of a line, in characters
  std::size_t lines = 36;      // in all
  std::size_t list_items = 2;  // of an array, or of elements of one name
};

// The members of objects whose dotted paths are given, as one object with those paths as keys.
std::string excerpt_of_record(formats::JsonView record, const std::vector<std::string_view>& paths,
                              const ExcerptLimits& limits);
// One object of a JSON-LD graph a type, as far as it has them; the other objects are named by their types.
std::string excerpt_of_graph(formats::JsonView document, const std::vector<std::string_view>& types,
                             const ExcerptLimits& limits);
std::string excerpt_of_json(formats::JsonView value, const ExcerptLimits& limits);
Result<std::string> excerpt_of_xml(std::string_view xml, const ExcerptLimits& limits);

// Every line with so many blanks before it.
std::string indented(std::string_view text, std::size_t by);

}  // namespace ketenpoort::cli
