// One look at one transfer on its way into the ledger: the entries that each step writes.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "gateway/exchange/delivery/consider.hpp"
#include "gateway/exchange/delivery/dispatch.hpp"
#include "gateway/exchange/facilities/sealing.hpp"

namespace ketenpoort::exchange {

struct Dispatcher::Sending {
  Sending(const TransferId& transfer_id, const Transfer& transfer, Consideration consideration)
      : id(transfer_id),
        state_seen(transfer.state),
        attempts_seen(transfer.attempts),
        attempt(transfer.attempts + 1),
        record(transfer.record),
        considered(std::move(consideration)),
        policy_said(considered.decision) {}

  TransferId id;
  TransferState state_seen;
  std::uint32_t attempts_seen;
  std::uint32_t attempt;
  RecordId record;
  Uuid trace = new_uuid_v4();           // of this look, and of the call that follows
  std::optional<ledger::Actor> person;  // who asked for this attempt, if it did not come by itself
  Consideration considered;
  // As policy decided. `considered.decision` may differ afterwards: a message that cannot be made, a hold that ran out.
  policy::Decision policy_said;

  // Once a message was made:
  std::string content_type;
  std::string packed;
  Timestamp translated_at{};  // of the message, when it was made just now
  CategorySet sent;
  std::vector<ledger::LeftOut> left_out;
  std::shared_ptr<const mapping::Mapping> mapping;  // that made it just now
  ledger::Seq activated = 0;                        // else: of the mapping that made it at the first permit
  bool is_first = false;
  std::chrono::steady_clock::time_point left{};  // when the call began
  Commitment commitment;

  std::shared_ptr<Lane> lane;  // once it has a place there

  // Once it is to be sent; sealed before the sequencer's turn, since that is most of a permit's work:
  Digest committed{};                          // the message, under the commitment's key
  std::string sealed_premises;                 // of the permit
  std::optional<ledger::VaultChange> payload;  // the message itself, at its first permit
};

// May be looked at: to decide, or to decide again.
inline bool is_due(TransferState state) {
  return state == TransferState::requested || state == TransferState::held || state == TransferState::failed;
}

// ErrorCode::changed unless the transfer is as it was seen, no newer record came and policy still says what it said.
Status still_so(const ledger::History& history, const Dispatcher::Sending& sending, Timestamp now);

Result<ledger::Transaction> draft_decision(const Facilities& facilities, const Dispatcher::Sending& sending);
// Asks for `next` and cancels the one that it takes the place of.
Result<ledger::Transaction> draft_superseding(const Facilities& facilities, const Dispatcher::Sending& sending,
                                              const TransferId& next);
// ErrorCode::gone when the subject's keys were destroyed.
Status seal_permit(const Facilities& facilities, Dispatcher::Sending& sending);
// Takes what was sealed out of `sending`: a permit is drafted once.
Result<ledger::Transaction> draft_permit(const Facilities& facilities, const ledger::History& history,
                                         Dispatcher::Sending& sending);
ledger::Transaction draft_result(const Facilities& facilities, const Dispatcher::Sending& sending,
                                 const DeliveryResult& result, Timestamp retry_at, unsigned most_attempts);
// Why an attempt ended of which nobody knows how.
constexpr std::string_view gateway_restarted = "gateway-restarted";
constexpr std::string_view lease_expired = "lease-expired";
constexpr std::string_view lease_ended = "lease-ended";          // what was fetched may not be given out again
constexpr std::string_view call_off_failed = "call-off-failed";  // nothing was sent: it was to be called off
ledger::Transaction draft_interrupted(const Facilities& facilities, const ledger::History::Transfer& transfer,
                                      Timestamp now, std::string_view failure_class);
// What was fetched has arrived, says its recipient.
ledger::Transaction draft_fetched(const Facilities& facilities, const ledger::History::Transfer& transfer,
                                  const Digest& message, const Digest& answer, const std::string& reference);

ledger::Transaction draft_end_of_erased(const Facilities& facilities, const ledger::History::Transfer& transfer,
                                        std::uint64_t ledger_size);

// Decisions that policy does not take: the message cannot be made, the hold lasted too long, a newer
// record took its place.
void refuse_message(Dispatcher::Sending& sending, Reason reason);
policy::Decision give_up(policy::Decision decision, Reason reason);

// The mapping's fields by category, once each: what the ledger says of what was left out.
std::vector<ledger::LeftOut> summarise(const std::vector<mapping::LeftOut>& fields);

}  // namespace ketenpoort::exchange
