// Dispatcher, the part that a person asks for: transfers tried again before their time, or after they were given up.
#include "gateway/exchange/delivery/dispatch.hpp"
#include "gateway/exchange/delivery/sending.hpp"

namespace ketenpoort::exchange {

using ledger::History;

namespace {

const Error recipient_is_paused{ErrorCode::conflict, "its recipient is paused: POST /partners/{id}/resume first"};

Error may_not_go(const std::vector<Reason>& reasons) {
  Error error{ErrorCode::conflict, "the transfer may not go now"};
  for (const auto code : reasons)
    error.issues.push_back(
        {ErrorCode::conflict, std::string(to_text(code)), "the reason code of docs/ledger-format.md"});
  return error;
}

// A message that is kept no more is not made anew: what went out under this key must not differ.
Error why_gone(const Error& error) {
  if (error.code != ErrorCode::not_found && error.code != ErrorCode::gone) return error;
  return {ErrorCode::conflict, "its message is kept no more; send the record again"};
}

}  // namespace

Status Dispatcher::retry(const TransferId& id, const ledger::Actor& person) {
  if (auto may = check_retry(id); !may) return may;
  wish(id, person);
  return {};
}

Status Dispatcher::replay(const TransferId& id, const ledger::Actor& person) {
  if (auto may = check_replay(id); !may) return may;
  wish(id, person);
  return {};
}

void Dispatcher::wish(const TransferId& id, const ledger::Actor& person) {
  {
    const std::lock_guard lock(wishes_mutex_);
    wishes_[id] = person;
  }
  wake(id);
}

Status Dispatcher::check_retry(const TransferId& id) const {
  const auto transfer = facilities_.sequencer.read([&](const History& history) { return history.transfer(id); });
  if (!transfer) return fail(ErrorCode::not_found, "no transfer that may still move has this id");
  if (is_due(transfer->state)) return {};
  if (transfer->state == TransferState::abandoned) return check_restart(*transfer);
  if (transfer->state == TransferState::permitted)
    return fail(ErrorCode::conflict, "an attempt is under way; ask again when it has ended");
  return fail(ErrorCode::conflict, "its recipient has the message");
}

// Of many, only what would go: one that waits for a date, a fact or a consent is looked at by itself when it comes.
Status Dispatcher::check_replay(const TransferId& id) const {
  if (auto may = check_retry(id); !may) return may;
  const auto transfer = facilities_.sequencer.read([&](const History& history) { return history.transfer(id); });
  if (!transfer || !is_due(transfer->state)) return {};
  if (is_paused(transfer->recipient)) return fail(recipient_is_paused);
  const auto considered = consider_transfer(*transfer, facilities_.now());
  if (!considered) return fail(considered.error());
  if (considered->decision.reasons.empty()) return {};
  return fail(may_not_go(considered->decision.reasons));
}

// An abandoned one goes only as it is: nothing less, and not after something newer.
Status Dispatcher::check_restart(const Transfer& transfer) const {
  if (is_paused(transfer.recipient)) return fail(recipient_is_paused);
  if (is_erased(transfer.subject)) return fail(may_not_go({Reason::subject_erased}));
  if (is_outdated(transfer) || older_is_under_way(transfer)) return fail(may_not_go({Reason::superseded}));
  if (rectified_since(transfer.id))
    return fail(ErrorCode::conflict, "what it says was wrong: send the record that says it right");
  const auto considered = consider_transfer(transfer, facilities_.now());
  if (!considered) return fail(considered.error());
  if (!considered->decision.reasons.empty()) return fail(may_not_go(considered->decision.reasons));
  if (shrank(transfer, *considered)) return fail(may_not_go({Reason::category_not_covered}));
  if (const auto kept = facilities_.vault.find_payload(transfer.id); !kept) return fail(why_gone(kept.error()));
  return {};
}

std::optional<ledger::Actor> Dispatcher::who_wishes(const TransferId& id) const {
  const std::lock_guard lock(wishes_mutex_);
  const auto it = wishes_.find(id);
  return it == wishes_.end() ? std::nullopt : std::optional(it->second);
}

void Dispatcher::forget_wish(const TransferId& id) {
  const std::lock_guard lock(wishes_mutex_);
  wishes_.erase(id);
}

}  // namespace ketenpoort::exchange
