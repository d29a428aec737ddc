// Who confirms the log, as the configuration says, with a connection to each.
#pragma once

#include "gateway/base/result.hpp"
#include "gateway/config/settings.hpp"
#include "gateway/exchange/anchoring.hpp"

namespace ketenpoort {

// ErrorCode::config naming the anchor that does not do.
Result<exchange::AnchoringPlan> make_anchoring_plan(const config::AnchorSettings& settings);

}  // namespace ketenpoort
