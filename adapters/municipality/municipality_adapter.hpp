// A municipality's public welfare centre: the client profile of the warm handover (adapters/municipality/README.md).
#pragma once

#include "adapters/partner_adapter.hpp"

namespace ketenpoort::adapters {

class MunicipalityAdapter final : public PartnerAdapter {
 public:
  [[nodiscard]] Call to_call(const Delivery& delivery) const override;
  [[nodiscard]] Verdict judge(const Answer& answer) const override;
};

}  // namespace ketenpoort::adapters
