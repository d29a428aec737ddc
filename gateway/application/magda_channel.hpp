// The adapter of a channel that speaks MAGDA, with its key and certificate read.
#pragma once

#include <memory>

#include "adapters/partner_adapter.hpp"
#include "gateway/base/result.hpp"
#include "gateway/config/settings.hpp"

namespace ketenpoort {

Result<std::shared_ptr<const adapters::PartnerAdapter>> open_magda(const config::MagdaSettings& settings);

}  // namespace ketenpoort
