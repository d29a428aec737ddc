// The text of toeleiding.xsd.
#pragma once

#include <string_view>

namespace ketenpoort::simulator {

extern const std::string_view toeleiding_schema;

}  // namespace ketenpoort::simulator
