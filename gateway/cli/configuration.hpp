// The configuration that a command was pointed at.
#pragma once

#include <string>

#include "gateway/config/load.hpp"

namespace ketenpoort::cli {

// ErrorCode::io where there is no such file: that is no configuration with mistakes in it.
Result<config::Configuration> load_configuration(const std::string& file, const config::Overrides& overrides = {});

}  // namespace ketenpoort::cli
