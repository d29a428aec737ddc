// Complaints about a name that is not known: what may be said of it, and the nearest that would have been right.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ketenpoort::formats {

// " (did you mean X?)" when one of the names is near enough to be meant (a third of its letters may differ, letter case
// is free), else "". Reads at the end of a sentence.
std::string did_you_mean(std::string_view given, const std::vector<std::string_view>& names);

// The name, or "?" where it may be more than a mistyped one: a number of somebody may stand in the place of a name.
std::string name_to_tell(std::string_view given);

}  // namespace ketenpoort::formats
