// Use case: a conversation about consent is recorded. It may come before or after the resident's record.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "gateway/exchange/delivery/in_flight.hpp"
#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/exchange/reading/check_record.hpp"
#include "gateway/ledger/entry/bodies.hpp"

namespace ketenpoort::exchange {

struct IncomingConsent {
  Caller caller;
  std::string idempotency_key;  // empty: none
  std::string body;             // docs/api: POST /consents
};

struct ConsentReceipt {
  struct Recorded {
    ledger::ConsentStatement statement;
    bool given = true;
  };
  Uuid conversation;
  std::vector<Recorded> consents;
  std::vector<RecordFinding> findings;  // what of it will never be of use
};

// One cell per consent of the conversation: what it says supersedes what stood there, so a refusal withdraws and fewer
// categories narrow, for everybody who is one person with the subject; permitted transfers that say more and whose
// first byte is not out are stopped. `on_recorded` gets the answer once durable; `on_changed` each subject whose
// waiting transfers are to be decided afresh.
void record_consent(Facilities& facilities, InFlight& in_flight, IncomingConsent incoming,
                    std::function<std::string(const ConsentReceipt&)> render,
                    std::function<void(Result<PastReply>)> on_recorded,
                    std::function<void(const SubjectRef&)> on_changed);

}  // namespace ketenpoort::exchange
