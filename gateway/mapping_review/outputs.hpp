// What the examples of a released version came to: kept beside them, so that a changed output without a new version is
// seen.
//
// examples/<mapping>/outputs-<version>.txt has one line for each example, sorted by name:
//   <SHA-256 of the input> <SHA-256 of the output> <example>
// It is committed with the version. An example whose input changed is another example and is not compared.
#pragma once

#include <filesystem>
#include <vector>

#include "gateway/mapping/library.hpp"

namespace ketenpoort::mapping_review {

struct OutputCheck {
  std::vector<Issue> errors;    // an output changed though the version did not
  std::vector<Issue> warnings;  // examples that the version has not recorded yet
};

OutputCheck check_outputs(const mapping::Library& library, const std::filesystem::path& mappings_dir);

// Records the outputs of this version's examples. Those recorded before stay as they are: ErrorCode::conflict, with an
// issue for each, when one came out otherwise.
Status record_outputs(const mapping::Mapping& mapping, const std::filesystem::path& mappings_dir);

}  // namespace ketenpoort::mapping_review
