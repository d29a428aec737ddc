// ketenpoort mapping doc: the table a data protection officer puts in a protocol.
#pragma once

#include "gateway/cli/mapping/mapping_options.hpp"

namespace ketenpoort::cli {

int mapping_doc(const MappingOptions& options);

}  // namespace ketenpoort::cli
