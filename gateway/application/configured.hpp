// What the use cases and the front are given of the configuration.
#pragma once

#include <vector>

#include "gateway/api/access/authentication.hpp"
#include "gateway/config/settings.hpp"
#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/exchange/retention/retention.hpp"
#include "gateway/exchange/terms/activate.hpp"
#include "gateway/mapping/library.hpp"

namespace ketenpoort {

exchange::RetryPlan to_plan(const config::RetrySettings& retry);
exchange::Terms to_terms(const config::Configuration& configuration);  // without connections
exchange::RetentionTerms to_retention(const std::vector<config::RetentionRule>& rules);
exchange::PolicySet to_policy(const config::Configuration& configuration);
std::vector<api::ClientConfig> to_clients(const std::vector<config::Client>& clients);
mapping::LoadOptions to_load_options(const config::Configuration& configuration);

}  // namespace ketenpoort
