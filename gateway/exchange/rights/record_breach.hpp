// Use case: a personal data breach is written down (GDPR art. 33(5)): its facts, effects and remedies as codes, counts
// and dates. The file that tells it in words stays with the controller; the log has its digest. What becomes known
// later is a later version, which says all of it anew (art. 33(4)).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/ledger/entry/bodies.hpp"

namespace ketenpoort::exchange {

struct BreachWish {
  ledger::BreachRecorded breach;  // without its id
  std::optional<Uuid> known{};    // the breach that this is a later version of; none: a new one
  std::string idempotency_key{};
  std::string body{};  // what came: by which a repetition is recognised
};

struct RecordedBreach {
  ledger::BreachRecorded breach;
  std::uint64_t seq = 0;
  Timestamp at{};
};

// What a version says that cannot be so, each with its property as calls name it. Not the codes and lists: those are
// the format's (ledger/entry/bodies.hpp).
std::vector<Issue> check_breach(const ledger::BreachRecorded& breach, Timestamp now);

// Looks into the vault, so not on an I/O thread. 201 for a new breach, 200 for a later version.
// ErrorCode::invalid_input: check_breach; conflict: an idempotency key used for another body. `render` makes the body
// of the answer, which is kept for repetitions.
void record_breach(Facilities& facilities, const Caller& caller, const BreachWish& wish,
                   std::function<std::string(const RecordedBreach&)> render,
                   std::function<void(Result<PastReply>)> done);

}  // namespace ketenpoort::exchange
