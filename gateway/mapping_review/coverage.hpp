// How much of the mappings their examples come by: lines, branches, and the rows of code lists.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "gateway/mapping/library.hpp"

namespace ketenpoort::mapping_review {

struct Share {
  std::size_t covered = 0;
  std::size_t all = 0;
  [[nodiscard]] bool whole() const { return covered == all; }
};

// Something that no example comes by.
struct Uncovered {
  std::string kind;   // "line", "branch", "code"
  std::string where;  // "file:line:column" of the mapping or fragment, "file:line" of the code list
  std::string what;   // "Personalia/INSZ", "Talenkennis/...: choose: branch 2", "country-to-dutch: ABW"
};

// What is counted: every line that gives a value that is not a bare constant (those come with their container); per
// `choose` each branch and that none holds, per `when` and `where` both outcomes, per policy that a line states itself
// that it was applied. The lines of a fragment count once for each inclusion. An example counts whether it passes or
// not: `mapping test` tells that.
struct MappingCoverage {
  std::string mapping;
  std::string version;
  std::size_t examples = 0;
  Share lines, branches;
  // Rows of the code lists that the mapping uses. A list is shared, so a row counts as covered when an example of any
  // mapping looks it up.
  Share codes;
  std::vector<Uncovered> uncovered;
  [[nodiscard]] bool whole() const { return lines.whole() && branches.whole() && codes.whole(); }
};

// Every mapping of the library, in its order. `mappings_dir` is where examples/ is.
std::vector<MappingCoverage> measure_coverage(const mapping::Library& library,
                                              const std::filesystem::path& mappings_dir);

}  // namespace ketenpoort::mapping_review
