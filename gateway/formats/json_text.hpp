// The text of a JSON value.
#pragma once

#include <string>

#include "gateway/formats/json.hpp"

namespace ketenpoort::formats {

// Empty where there is no value, or one that is no text.
inline std::string text_of(JsonView value) {
  return std::string(value.as_string().value_or(""));
}

}  // namespace ketenpoort::formats
