// A partner that takes messages by a plain REST push: what differs from one to the next is settings, not code.
#pragma once

#include "adapters/partner_adapter.hpp"
#include "gateway/domain/rest_settings.hpp"

namespace ketenpoort::adapters {

class RestAdapter final : public PartnerAdapter {
 public:
  explicit RestAdapter(RestSettings settings) : settings_(std::move(settings)) {}
  [[nodiscard]] Call to_call(const Delivery& delivery) const override;
  [[nodiscard]] Verdict judge(const Answer& answer) const override;

 private:
  RestSettings settings_;
};

}  // namespace ketenpoort::adapters
