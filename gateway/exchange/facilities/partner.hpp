// A partner as the dispatcher sees it: takes one delivery, says what became of it. The application joins an adapter
// (what to say, what the answer means), the message signature and a connection pool behind this.
#pragma once

#include <functional>
#include <string>

#include "gateway/domain/call.hpp"

namespace ketenpoort::exchange {

struct DeliveryResult {
  Verdict verdict;
  bool may_have_arrived = true;  // for a failure: the partner may have the message all the same
  int status = 0;                // HTTP status, 0 when no answer came
  std::string answer;            // the partner's answer as it came, for the keyed digest in the ledger
};

class Partner {
 public:
  virtual ~Partner() = default;
  // `done` is called once, from any thread, and must not block.
  virtual void deliver(Delivery delivery, std::function<void(DeliveryResult)> done) = 0;
};

}  // namespace ketenpoort::exchange
