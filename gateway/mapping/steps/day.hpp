// What day a text says, for comparisons: the steps that read days keep to the same.
#pragma once

#include <string_view>

namespace ketenpoort::mapping {

struct StepContext;

// Of a date, perhaps incomplete, as it is written; of a moment, the one in Brussels. Empty when it is neither.
std::string_view day_of(std::string_view text, StepContext& context);

}  // namespace ketenpoort::mapping
