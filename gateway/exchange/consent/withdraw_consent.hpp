// Use case: a consent is withdrawn, whole or for some categories. It bites at once: what waits is cancelled in the same
// batch.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gateway/exchange/delivery/in_flight.hpp"
#include "gateway/exchange/facilities/facilities.hpp"

namespace ketenpoort::exchange {

struct Withdrawal {
  ConsentId consent;
  std::vector<TransferId> stopped;     // cancelled, nothing was sent
  std::vector<TransferId> in_flight;   // the first byte may be out; they cannot be called back
  std::vector<std::string> to_notify;  // recipients that have, or may have, the data
};

struct WithdrawalRequest {
  ConsentId consent;
  CategorySet categories;  // empty: all
  struct Cell {
    SubjectRef subject{};
    std::string purpose;
    std::string recipient;
  };
  std::optional<Cell> cell;  // what it was about, where the projection has let this consent go
};

// A consent that a newer conversation took over still names its cell: what stands there now is withdrawn.
// ErrorCode::not_found for an id nobody knows; repeating a withdrawal is no error. `on_changed` is told the subject
// when only a part was withdrawn: what waits is decided afresh.
void withdraw_consent(Facilities& facilities, InFlight& in_flight, Caller caller, WithdrawalRequest request,
                      std::function<void(Result<Withdrawal>)> on_withdrawn,
                      std::function<void(const SubjectRef&)> on_changed);

}  // namespace ketenpoort::exchange
