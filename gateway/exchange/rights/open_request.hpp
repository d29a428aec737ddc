// Use case: somebody exercises a right (GDPR art. 15 to 21). The rights officer names a number and gets the reference
// that all further calls are about; the log says that a request came and until when it must be answered. Two articles
// take effect at once (docs/decisions/0009-requests.md): an objection stops what it is about until it is decided, and
// portability is refused where no purpose's basis gives it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gateway/exchange/delivery/in_flight.hpp"
#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/exchange/rights/subject_rights.hpp"
#include "gateway/formats/json.hpp"

namespace ketenpoort::exchange {

struct RequestWish {
  std::uint32_t article = 15;
  Date received{};
  // Of an objection: what it is about; empty: whatever rests on the public task.
  std::string purpose{};
  std::string recipient{};  // with a purpose; empty: all that it has
  std::string idempotency_key{};
  std::string body{};  // what came: by which a repetition is recognised
};

struct OpenedRequest {
  Uuid id{};
  SubjectRef subject{};
  std::uint32_t article = 15;
  Date deadline{};
  std::uint64_t seq = 0;
  bool refused = false;  // at once: no basis gives portability
  // Of an objection: what stopped it, and what came of that.
  bool restricted = false;
  std::vector<std::string> withdrawn;  // recipients whose consent cells it took away
  RightsOutcome outcome;
};

// `identifiers`: {fedasilNumber | ssin}, one of them. Looks into the vault's file, so not on
// an I/O thread. A number that belonged to several (a retired reference) means the one it belongs to now, or the one
// known last. ErrorCode::invalid_input: no number that identifies; not_found: nothing is known of that person; gone:
// the data were erased; conflict: an objection to what does not rest on art. 6(1)(e) or (f), or an idempotency key used
// for another body. `render` makes the body of the answer, which is kept for repetitions.
void open_request(Facilities& facilities, InFlight& in_flight, const Caller& caller, formats::JsonView identifiers,
                  const RequestWish& wish, std::function<std::string(const OpenedRequest&)> render,
                  std::function<void(Result<PastReply>)> done, OnSubjectChanged on_changed);

// By two further months, once (art. 12(3)). `reason`: of ledger::extension_reasons. ErrorCode::not_found: no such
// request is open; conflict: it was extended before, or its deadline has passed.
void extend_request(Facilities& facilities, const Caller& caller, const Uuid& request, const std::string& reason,
                    std::function<void(Result<Date>)> done);

struct RequestEnd {
  std::string outcome;       // of ledger::request_outcomes
  std::string forwarded_to;  // recipient that is the competent controller; empty: it was answered here
};

// ErrorCode::not_found: no such request is open; invalid_input: no agreement names that controller.
void close_request(Facilities& facilities, const Caller& caller, const Uuid& request, const RequestEnd& end,
                   std::function<void(Status)> done);

// To whom a request was forwarded, by the refs of the entry that closed it; empty: to nobody.
std::string forwarded_to(const ledger::History& history, const std::vector<std::uint64_t>& refs);

}  // namespace ketenpoort::exchange
