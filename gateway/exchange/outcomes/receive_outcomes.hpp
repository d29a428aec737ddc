// Use case: a partner reports back about referrals, in its own format. Each outcome is decided like a transfer the
// other way: what is covered is kept, what is not is dropped, and both are written down.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "gateway/exchange/facilities/unknown_codes.hpp"
#include "gateway/exchange/reading/convert_record.hpp"

namespace ketenpoort::exchange {

struct IncomingOutcomes {
  Caller caller;
  std::string recipient;        // who reports: "vdab"
  std::string idempotency_key;  // empty: each outcome that is received stands for itself
  std::string format;           // json, xml, csv, fixed
  std::string mapping;          // which, when several read it; empty: the only one
  std::string body;
  std::string charset{};  // it is said to be in; empty: nothing is said
};

struct OutcomeReceipt {
  // Why nothing of it is kept or written down: the person's data were erased; no such transfer was sent to this
  // partner, or nobody who bears the number was referred to it, or was and is erased; the transfer that it names is
  // another person's than the number beside it; it names nobody; a code of it is in no list of ours, and it is to be
  // sent again once that is mended.
  enum class Dropped : unsigned char { no, erased, unknown, other_person, unreadable, unknown_code };
  std::optional<Uuid> id;  // none: dropped
  std::optional<TransferId> transfer;
  std::vector<Reason> reasons{};  // empty: received, when it has an id
  Dropped dropped = Dropped::no;
  // What is wrong with its codes, and what is known instead; of Dropped::unknown_code.
  struct Code {
    UnknownCode unknown;
    std::vector<std::string> known;
    std::string detail;
  };
  std::vector<Code> codes{};
};

// Translates and checks on the calling thread. `render` makes the body of the answer, which is kept for repetitions;
// `on_done` gets the answer once all is durable. ErrorCode::gone: everybody it speaks of was erased; not_found: no
// mapping of this partner's reads it; invalid_input: nothing in it is about a transfer that was sent to it or a person
// who was referred to it. Each outcome stands for itself: one of which nothing is known stops none of the others. Codes
// that are in no list are noted in `unknown_codes`, which must outlive the call.
void receive_outcomes(Facilities& facilities, UnknownCodes& unknown_codes, IncomingOutcomes incoming,
                      std::function<std::string(const std::vector<OutcomeReceipt>&)> render,
                      std::function<void(Result<PastReply>)> on_done);

}  // namespace ketenpoort::exchange
