// A vault for use cases that never look into one: it has nothing, and a change is a mistake of the test.
#pragma once

#include <optional>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "gateway/exchange/facilities/ports.hpp"

namespace ketenpoort::exchange::test {

class NoVault final : public Vault {
 public:
  [[nodiscard]] IdentifierMark mark(IdentifierKind, std::string_view) const override { return {}; }
  [[nodiscard]] std::optional<SubjectRef> find_subject(const IdentifierMark&) const override { return std::nullopt; }
  [[nodiscard]] bool is_suppressed(const IdentifierMark&) const override { return false; }
  [[nodiscard]] Result<std::vector<SubjectRef>> find_subjects(const IdentifierMark&) const override {
    return std::vector<SubjectRef>{};
  }
  [[nodiscard]] Result<SubjectKeys> keys_of(const SubjectRef&) const override { return nothing(); }
  [[nodiscard]] Result<std::string> find_record(const RecordId&) const override { return nothing(); }
  [[nodiscard]] Result<Payload> find_payload(const TransferId&) const override { return nothing(); }
  [[nodiscard]] std::optional<PastReply> find_reply(const Digest&) const override { return std::nullopt; }
  [[nodiscard]] std::optional<PendingDecision> find_decision(const SubjectRef&) const override { return std::nullopt; }
  [[nodiscard]] Result<std::vector<CountedOutcome>> counted_outcomes(Date, Date) const override {
    return std::vector<CountedOutcome>{};
  }

  [[nodiscard]] ledger::VaultChange add_subject(const SubjectRef&, const SubjectKeys&) const override { refuse(); }
  [[nodiscard]] ledger::VaultChange add_identifier(const IdentifierMark&, const SubjectRef&) const override {
    refuse();
  }
  [[nodiscard]] ledger::VaultChange add_record(const RecordId&, const SubjectRef&, const SubjectKeys&,
                                               std::string_view) const override {
    refuse();
  }
  [[nodiscard]] ledger::VaultChange add_payload(const TransferId&, const SubjectRef&, const SubjectKeys&,
                                                const Payload&) const override {
    refuse();
  }
  [[nodiscard]] ledger::VaultChange drop_payload(const TransferId&) const override { refuse(); }
  [[nodiscard]] ledger::VaultChange add_reply(const Digest&, const PastReply&, Timestamp) const override { refuse(); }
  [[nodiscard]] ledger::VaultChange erase_subject(const SubjectRef&, KeyClassSet, bool) const override { refuse(); }
  [[nodiscard]] ledger::VaultChange drop_record(const RecordId&) const override { refuse(); }
  [[nodiscard]] ledger::VaultChange add_decision(const PendingDecision&) const override { refuse(); }
  [[nodiscard]] ledger::VaultChange drop_decision(const Uuid&) const override { refuse(); }
  [[nodiscard]] ledger::VaultChange count_outcome(const CountedOutcome&) const override { refuse(); }

 private:
  static tl::unexpected<Error> nothing() { return fail(ErrorCode::not_found, "there is nothing"); }
  [[noreturn]] static void refuse() { throw std::logic_error("this test has no vault to change"); }
};

}  // namespace ketenpoort::exchange::test
