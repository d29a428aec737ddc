// Telephone numbers as people write them, to E.164.
#pragma once

#include <string_view>

#include "gateway/mapping/steps/value.hpp"

namespace ketenpoort::mapping {

// Separators go; 00 means +; a single leading 0 is a Belgian number as dialled at home. False: no number, or one that
// could be read two ways; the text is then as it was.
bool read_phone(std::string_view& text, TextArena& arena);

}  // namespace ketenpoort::mapping
