// A partner's protocol, pure: a delivery becomes a call, an answer becomes a verdict. No I/O, no clock.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/base/result.hpp"
#include "gateway/domain/call.hpp"
#include "gateway/domain/rest_settings.hpp"

namespace ketenpoort::adapters {

class PartnerAdapter {
 public:
  virtual ~PartnerAdapter() = default;
  [[nodiscard]] virtual Call to_call(const Delivery& delivery) const = 0;
  [[nodiscard]] virtual Verdict judge(const Answer& answer) const = 0;

  // Overridden by protocols that may find that a payload is none of theirs, or whose answers name their question.
  [[nodiscard]] virtual Result<Call> make_call(const Delivery& delivery) const { return to_call(delivery); }
  // Whether make_call takes so long (a signature over XML) that nobody else should have to wait for it.
  [[nodiscard]] virtual bool writes_slowly() const { return false; }
  [[nodiscard]] virtual Verdict judge_reply(const Delivery& delivery, const Answer& answer) const {
    static_cast<void>(delivery);
    return judge(answer);
  }
};

// The adapter a partner file names ("vdab", "agii", "municipality", "rest"); ErrorCode::config with the known names
// otherwise. `rest` is what adapter rest needs, and no other takes.
Result<std::unique_ptr<PartnerAdapter>> make_adapter(std::string_view name,
                                                     const std::optional<RestSettings>& rest = std::nullopt);
std::vector<std::string_view> adapter_names();

}  // namespace ketenpoort::adapters
