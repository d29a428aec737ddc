// A partner publishes an activity, under an Idempotency-Key or without.
#pragma once

#include <functional>
#include <string>

#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/exchange/outcomes/activity_board.hpp"

namespace ketenpoort::exchange {

struct ActivityWish {
  std::string partner;
  std::string client;           // whose key it is
  std::string idempotency_key;  // empty: none
  std::string body;
};

// Writes files, so on a worker; `done` is called there or on the sequencer's thread. Errors as of
// ActivityBoard::publish and repeat_reply; ErrorCode::changed while the same key is being answered.
void publish_activity(Facilities& facilities, ActivityBoard& board, const ActivityWish& wish,
                      const std::function<std::string(const PublishedActivity&)>& render,
                      std::function<void(Result<PastReply>)> done);

}  // namespace ketenpoort::exchange
