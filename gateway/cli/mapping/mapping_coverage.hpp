// ketenpoort mapping coverage: how much of the mappings their examples come by.
#pragma once

#include "gateway/cli/mapping/mapping_options.hpp"

namespace ketenpoort::cli {

int mapping_coverage(const MappingOptions& options);

}  // namespace ketenpoort::cli
