// A partner's protocol, pure: a delivery becomes a call, an answer becomes a verdict. No I/O, no clock.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/domain/call.hpp"

namespace ketenpoort::adapters {

class PartnerAdapter {
 public:
  virtual ~PartnerAdapter() = default;
  [[nodiscard]] virtual Call to_call(const Delivery& delivery) const = 0;
  [[nodiscard]] virtual Verdict judge(const Answer& answer) const = 0;
};

// The adapter a partner file names ("vdab", "agii", "municipality"); ErrorCode::config with the known names otherwise.
Result<std::unique_ptr<PartnerAdapter>> make_adapter(std::string_view name);
std::vector<std::string_view> adapter_names();

}  // namespace ketenpoort::adapters
