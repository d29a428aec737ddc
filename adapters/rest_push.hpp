// What every partner that takes messages by REST push has in common: the headers of the call and what its status means.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/domain/call.hpp"

namespace ketenpoort::adapters {

// A POST of the payload with Content-Type, Accept, Idempotency-Key (the transfer id), Content-Digest and
// BelGov-Trace-Id. Partners find the transfer id and the trace in headers and logs, so neither is derived from the data
// subject.
Call push(const Delivery& delivery, std::string path, std::string accept);

// A success answer, read in the partner's own form: nothing when it is not that form at all, else the reference it
// gives (empty when it gives none).
using ReadReference = std::function<std::optional<std::string>(const Answer&)>;

// 2xx with a reference: acknowledged; without one: delivered; not readable: retry, since a proxy's
// error page or a torn answer proves nothing and the same idempotency key makes asking again safe. 3xx, 408, 425, 429,
// 5xx: retry, after as long as the partner asks. Any other: reject.
Verdict judge_push(const Answer& answer, const ReadReference& read_reference);

// RFC 9110, section 10.2.3: seconds, or a date, which is read against the answer's own Date because adapters have no
// clock. A day at most.
std::optional<std::chrono::seconds> read_retry_after(const Answer& answer);

// Some servers put a byte order mark before their JSON; what they answered is readable all the same (RFC 8259, 8.1).
std::string_view without_mark(std::string_view body);

// A partner's own words go into the ledger only as a reference of [A-Za-z0-9._:-]{1,64} that is not a national number;
// otherwise the reference counts as absent.
bool is_acceptable_reference(std::string_view reference);

}  // namespace ketenpoort::adapters
