// A vault for what never looks into one.
#pragma once

#include <stdexcept>

#include "gateway/exchange/facilities/ports.hpp"

namespace ketenpoort::exchange {

class NoVault : public Vault {
 public:
  IdentifierMark mark(IdentifierKind, std::string_view) const override { refuse(); }
  std::optional<SubjectRef> find_subject(const IdentifierMark&) const override { refuse(); }
  bool is_suppressed(const IdentifierMark&) const override { refuse(); }
  Result<std::vector<SubjectRef>> find_subjects(const IdentifierMark&) const override { refuse(); }
  Result<SubjectKeys> keys_of(const SubjectRef&) const override { refuse(); }
  Result<std::string> find_record(const RecordId&) const override { refuse(); }
  Result<Payload> find_payload(const TransferId&) const override { refuse(); }
  std::optional<PastReply> find_reply(const Digest&) const override { refuse(); }
  std::optional<PendingDecision> find_decision(const SubjectRef&) const override { refuse(); }
  Result<std::vector<CountedOutcome>> counted_outcomes(Date, Date) const override { refuse(); }
  ledger::VaultChange add_subject(const SubjectRef&, const SubjectKeys&) const override { refuse(); }
  ledger::VaultChange add_identifier(const IdentifierMark&, const SubjectRef&) const override { refuse(); }
  ledger::VaultChange add_record(const RecordId&, const SubjectRef&, const SubjectKeys&,
                                 std::string_view) const override {
    refuse();
  }
  ledger::VaultChange add_payload(const TransferId&, const SubjectRef&, const SubjectKeys&,
                                  const Payload&) const override {
    refuse();
  }
  ledger::VaultChange drop_payload(const TransferId&) const override { refuse(); }
  ledger::VaultChange add_reply(const Digest&, const PastReply&, Timestamp) const override { refuse(); }
  ledger::VaultChange erase_subject(const SubjectRef&, KeyClassSet, bool) const override { refuse(); }
  ledger::VaultChange drop_record(const RecordId&) const override { refuse(); }
  ledger::VaultChange add_decision(const PendingDecision&) const override { refuse(); }
  ledger::VaultChange drop_decision(const Uuid&) const override { refuse(); }
  ledger::VaultChange count_outcome(const CountedOutcome&) const override { refuse(); }

 private:
  [[noreturn]] static void refuse() { throw std::logic_error("nobody should look into the vault"); }
};

}  // namespace ketenpoort::exchange
