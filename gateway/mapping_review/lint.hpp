// What linting says beyond what loading says: examples that are missing, outputs that changed without a new version.
#pragma once

#include <filesystem>
#include <vector>

#include "gateway/mapping/library.hpp"

namespace ketenpoort::mapping_review {

struct LintResult {
  std::vector<Issue> errors;
  std::vector<Issue> warnings;  // those of the library, too
};

// `where` of an issue is "file:line:column".
LintResult lint_examples(const mapping::Library& library, const std::filesystem::path& mappings_dir);

}  // namespace ketenpoort::mapping_review
