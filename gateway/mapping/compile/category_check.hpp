// Does a line say what kind of data it is, and does it say so rightly?
#pragma once

#include "gateway/mapping/compile/target.hpp"
#include "gateway/mapping/plan/plan.hpp"

namespace ketenpoort::mapping {

// What is read by a line with a value, and what the conditions around it look at, must belong to the category that the
// line says: a condition tells by the line's presence. Only what goes out is checked; a source without a table of
// categories only for conditions.
void check_categories(const Plan& plan, const LinePlan& line, const Target& target, Complaints& complaints);

// The same for a reference, which has no category: what decides about it must not be about the person.
void check_reference(const Plan& plan, const Target& target, Complaints& complaints);

}  // namespace ketenpoort::mapping
