// A recall as every partner that takes them gets it: a POST of JSON, answered with what was done, or with nothing yet.
#pragma once

#include <string>

#include "gateway/domain/call.hpp"
#include "gateway/domain/recall.hpp"

namespace ketenpoort::adapters {

// With Content-Type, Accept, Idempotency-Key (the notification's id), Content-Digest and BelGov-Trace-Id.
Call push_recall(const RecallDelivery& delivery, std::string path);

// 2xx: taken, with {"reply": "ERASED" | "STOPPED" | "KEPT", "ground"?} or without a reply; one whose body is not JSON
// is tried again, as 408, 425, 429 and 5xx are. Any other status: reject.
RecallVerdict judge_recall(const Answer& answer);

}  // namespace ketenpoort::adapters
