// Reading the arguments of steps. Each of these says what is wrong with them, or nothing.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/mapping/steps/steps.hpp"

namespace ketenpoort::mapping {

std::string no_arguments(StepArguments& a);
std::string one_count(StepArguments& a);
std::string one_shift(StepArguments& a);
std::string one_word(StepArguments& a);

// Exactly the named arguments, the optional ones with their default; `counts` must be numbers.
std::string named_arguments(StepArguments& a, std::initializer_list<std::string_view> needed,
                            std::initializer_list<std::pair<std::string_view, std::string_view>> optional,
                            std::initializer_list<std::string_view> counts);

// A named argument that was checked to be a number.
long count_of(const StepArguments& a, std::string_view name);

}  // namespace ketenpoort::mapping
