// The text of dossier.xsd.
#pragma once

#include <string_view>

namespace ketenpoort::simulator {

extern const std::string_view dossier_schema;

}  // namespace ketenpoort::simulator
