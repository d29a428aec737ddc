// Which of our transfers a partner reports about: by the transfer's id, or by the number of the person where the
// partner's message knows no referral. A number finds only what was sent to that very partner.
#pragma once

#include <optional>
#include <string_view>

#include "gateway/exchange/facilities/facilities.hpp"

namespace ketenpoort::exchange {

// Something of it may have arrived, so there is something to report about.
bool may_be_reported_on(const ledger::History::Transfer& transfer);

// The history forgets a transfer once a later one of the same person, recipient and purpose has arrived: what is
// reported about it belongs to the newer one of the same message, or else to the one beside it that the same referral
// became.
TransferId find_successor(const Facilities& facilities, const TransferId& id);

// The newest transfer of a person's that may have arrived at the recipient.
std::optional<TransferId> find_transfer_to(const ledger::History& history, const SubjectRef& subject,
                                           std::string_view recipient);

}  // namespace ketenpoort::exchange
