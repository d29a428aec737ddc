// Use case: somebody must see what is stored of a person: a record, or a message as it was made. One person asks and
// says why, another approves, and then whoever asked is shown it once; the look is in the log before it is given.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "gateway/exchange/delivery/partner_answer.hpp"
#include "gateway/exchange/facilities/facilities.hpp"

namespace ketenpoort::exchange {

// So long an approved view may be used.
constexpr std::chrono::hours view_lifetime{24};

struct ViewTarget {
  enum class Kind { record, message } kind = Kind::record;
  Uuid id{};  // of the record, or of the transfer
  SubjectRef subject{};
  std::uint32_t attempts = 0;  // of the transfer
};

// With what the recipient answered, of a message.
struct ShownPayload {
  Payload payload;
  std::vector<KeptAnswer> answers;
};

struct PendingView {
  Uuid id{};
  Timestamp asked_at{};
  std::string purpose;                  // a code: why somebody must look
  std::optional<Timestamp> approved{};  // by a second person
};

// `purpose`: a code of small letters, digits and hyphens. A newer proposal about the same thing takes the place of the
// one before. ErrorCode::gone: what it is about was erased, or its time was over; not_found: there is no such thing.
// Looks into the vault's file, so not on an I/O thread.
void propose_view(Facilities& facilities, const Caller& caller, const ViewTarget& target, const std::string& purpose,
                  std::function<void(Result<PendingView>)> done);

// Errors as of find_approvable; conflict: it was approved before.
void approve_view(Facilities& facilities, const Caller& caller, const ViewTarget& target, std::optional<Uuid> id,
                  std::function<void(Result<PendingView>)> done);

// For whoever asked. ErrorCode::not_found: nothing is approved, or it was shown before; forbidden: somebody else asked,
// or nobody has approved yet; gone: as above, or it was approved too long ago.
void show_view(Facilities& facilities, const Caller& caller, const ViewTarget& target,
               std::function<void(Result<ShownPayload>)> done);

}  // namespace ketenpoort::exchange
