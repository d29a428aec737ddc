// The way by which a recipient is told: as a message it takes. The application joins an adapter, the signature and a
// connection behind it. A recipient without one reads what it must know at GET /notifications.
#pragma once

#include <functional>

#include "gateway/domain/recall.hpp"

namespace ketenpoort::exchange {

struct RecallResult {
  RecallVerdict verdict;
  int status = 0;  // HTTP status, 0 when no answer came
};

class RecallChannel {
 public:
  virtual ~RecallChannel() = default;
  // `done` is called once, from any thread, and must not block.
  virtual void tell(RecallDelivery delivery, std::function<void(RecallResult)> done) = 0;
};

}  // namespace ketenpoort::exchange
