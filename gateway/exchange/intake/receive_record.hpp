// Use case: a resident record comes in. Accepted means durable: the record, one requested transfer per message, the
// answer given.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/exchange/facilities/facilities.hpp"
#include "gateway/exchange/reading/check_record.hpp"
#include "gateway/exchange/reading/record_places.hpp"

namespace ketenpoort::exchange {

struct IncomingRecord {
  Caller caller;
  std::string idempotency_key;                   // empty: the record's messageId
  std::string content_type;                      // media type it came in
  std::string body;                              // a resident record, JSON
  std::string original{};                        // what came, when it was not JSON: what a repetition is recognised by
  std::vector<RecordFinding> findings{};         // of whoever made the record of it
  std::shared_ptr<const RecordPlaces> places{};  // where its fields stand in that
};

struct RecordReceipt {
  struct Requested {
    TransferId id;
    std::uint32_t referral = 0;  // index into the record's referrals[]
    Route route;
    std::string recipient;
    std::string purpose;
  };
  RecordId record;
  std::vector<Requested> transfers;
  std::vector<RecordFinding> findings;
};

// A record that passed every check, and its tree.
struct CheckedRecord {
  formats::JsonDocument document;
  std::vector<RecordFinding> findings;
};

// Parses and checks. ErrorCode::malformed, schema_violation or invalid_input with one issue per place; of a record that
// was made of something else, the place is there: `places`, `original`.
Result<CheckedRecord> check_incoming_record(const Facilities& facilities, std::string_view body,
                                            const RecordPlaces* places = nullptr, std::string_view original = {});

// The transfers a record asks for, in the order of its referrals.
std::vector<RecordReceipt::Requested> list_transfers(const Facilities& facilities, formats::JsonView record);

// `render` makes the body of the answer, which is kept for repetitions of the same request. `on_accepted` gets the
// answer once it is durable, or why there is none: conflict when the idempotency key was used for another body.
// `on_changed` is told
// the subject: its new transfers are to be decided, and those that wait are to be decided afresh.
void receive_record(Facilities& facilities, IncomingRecord incoming,
                    std::function<std::string(const RecordReceipt&)> render,
                    std::function<void(Result<PastReply>)> on_accepted,
                    std::function<void(const SubjectRef&)> on_changed);

}  // namespace ketenpoort::exchange
