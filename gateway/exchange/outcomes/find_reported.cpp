#include "gateway/exchange/outcomes/find_reported.hpp"

#include "gateway/exchange/facilities/same_person.hpp"
#include "gateway/ledger/history/history.hpp"

namespace ketenpoort::exchange {

using ledger::History;

bool may_be_reported_on(const History::Transfer& transfer) {
  return transfer.state == TransferState::delivered || transfer.state == TransferState::acknowledged ||
         transfer.state == TransferState::permitted || transfer.may_have_arrived;
}

TransferId find_successor(const Facilities& facilities, const TransferId& id) {
  if (facilities.sequencer.read([&](const History& history) { return history.transfer(id).has_value(); })) return id;
  const auto past = facilities.past_transfer ? facilities.past_transfer(id) : std::nullopt;
  if (!past) return id;
  return facilities.sequencer.read([&](const History& history) {
    std::optional<TransferId> beside;  // another message of the same referral
    for (const auto& other : history.transfers_of(past->subject)) {
      const auto transfer = history.transfer(other);
      if (!transfer || transfer->recipient != past->recipient || transfer->purpose != past->purpose ||
          !may_be_reported_on(*transfer))
        continue;
      if (transfer->message == past->message) return other;
      if (!beside) beside = other;
    }
    return beside.value_or(id);
  });
}

std::optional<TransferId> find_transfer_to(const History& history, const SubjectRef& subject,
                                           std::string_view recipient) {
  std::optional<TransferId> newest;
  for (const auto& one : kept_same_person(history, subject))
    for (const auto& id : history.transfers_of(one)) {
      const auto transfer = history.transfer(id);
      if (!transfer || transfer->recipient != recipient || !may_be_reported_on(*transfer)) continue;
      if (!newest || *newest < id) newest = id;
    }
  return newest;
}

}  // namespace ketenpoort::exchange
