// A line as one text, every word of it: what two versions are compared by, and what a table for a protocol shows where
// a path alone does not say where a value comes from.
#pragma once

#include <string>

#include "gateway/mapping/definition/definition.hpp"

namespace ketenpoort::mapping {

// How the value comes about: "choose [when household.childcareNeeded = true: value JA | value NEE]". Paths stand as in
// the file. Without the line's category, and without the fields of a container.
std::string to_text(const Line& line);

// The same with what the defaults say where the line is silent: two lines of one text do the same.
std::string to_text(const Line& line, const Defaults& defaults);

// Of that, what is done when something is missing, wrong or unknown: "missing: omit, error: reject".
std::string policies_of(const Line& line, const Defaults& defaults);

}  // namespace ketenpoort::mapping
