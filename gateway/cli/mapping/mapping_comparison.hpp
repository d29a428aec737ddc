// ketenpoort mapping diff: what another version sends more or less, per data category.
#pragma once

#include "gateway/cli/mapping/mapping_options.hpp"

namespace ketenpoort::cli {

int mapping_diff(const MappingOptions& options);

}  // namespace ketenpoort::cli
