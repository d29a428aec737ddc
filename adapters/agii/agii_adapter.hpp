// AgII: the civic-integration file, pushed to the Kruispuntbank Inburgering (adapters/agii/README.md says what of this
// is assumed).
#pragma once

#include "adapters/partner_adapter.hpp"

namespace ketenpoort::adapters {

class AgiiAdapter final : public PartnerAdapter {
 public:
  [[nodiscard]] Call to_call(const Delivery& delivery) const override;
  [[nodiscard]] Verdict judge(const Answer& answer) const override;
};

}  // namespace ketenpoort::adapters
