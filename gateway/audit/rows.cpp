#include "gateway/audit/rows.hpp"

#include <set>

namespace ketenpoort::audit {

ledger::History::Transfer TransferRow::view() const {
  ledger::History::Transfer out;
  out.id = id;
  out.subject = subject;
  out.record = record;
  out.referral = referral;
  out.recipient = recipient;
  out.purpose = purpose;
  out.message = message;
  out.state = state;
  out.reasons = reasons;
  out.held_until = held_until;
  out.attempts = attempts;
  out.may_have_arrived = may_have_arrived;
  out.sent = sent;
  out.mapping = mapping;
  out.mapping_version = mapping_version;
  out.seqs = seqs;
  out.changed = changed;
  out.reference = reference;
  return out;
}

std::vector<std::string> Dossier::recipients() const {
  std::set<std::string> out;
  for (const auto& transfer : transfers)
    if (transfer.state == TransferState::delivered || transfer.state == TransferState::acknowledged ||
        transfer.state == TransferState::permitted || transfer.may_have_arrived)
      out.insert(transfer.recipient);
  return {out.begin(), out.end()};
}

}  // namespace ketenpoort::audit
